"""Find the element that holds the main content of a page, where the page itself tells."""

from ingest.parse.html_tree import BLOCKS, Element, Grown

_FEW = 200
_MOST = 0.6


def main_root(grown: Grown) -> Element | None:
    """Give what the page marks as its main content, if most of its text stands there."""
    whole = grown.root
    marked = [
        element
        for element in grown.elements
        if element.tag in BLOCKS
        and (element.tag == "main" or element.attributes.get("role") == "main")
    ]
    if marked:
        root = max(marked, key=lambda element: element.length)
        return root if root.length >= min(_FEW, whole.length / 4) else None
    articles = _outer_articles(grown)
    if len(articles) == 1 and articles[0].prose >= _MOST * whole.prose:
        return articles[0]
    return None


def _outer_articles(grown: Grown) -> list[Element]:
    within = [False] * len(grown.elements)
    found = []
    for place, element in enumerate(grown.elements):
        within[place] = within[grown.outer[place]] or element.tag == "article"
        if within[place] and not within[grown.outer[place]]:
            found.append(element)
    return found
