"""Find the element that holds the main content of a page, where the page itself tells."""

from ingest.parse.html_tree import BLOCKS, Element, Grown

_FEW = 200
_MOST = 0.6
_HALF = 0.5


def main_root(grown: Grown) -> Element | None:
    """Give what the page marks as its main content, if most of its text stands there."""
    whole = grown.root
    article = _only_article(grown)
    # A span can be around a page only where its markup is broken.
    marked = [
        element
        for element in grown.elements
        if element.tag in BLOCKS
        and (element.tag == "main" or element.attributes.get("role") == "main")
    ]
    if marked:
        root = max(marked, key=lambda element: element.length)
        if article is not None and article.is_headed and article.prose >= _HALF * root.prose:
            return article
        return root if root.length >= min(_FEW, whole.length / 4) else None
    if article is not None and article.prose >= _MOST * whole.prose:
        return article
    return None


def _only_article(grown: Grown) -> Element | None:
    """Give the article that most sentences of all articles stand in."""
    within = [False] * len(grown.elements)
    found = []
    for place, element in enumerate(grown.elements):
        within[place] = within[grown.outer[place]] or element.tag == "article"
        if within[place] and not within[grown.outer[place]]:
            found.append(element)
    best = max(found, key=lambda element: element.prose, default=None)
    total = sum(element.prose for element in found)
    return best if best is not None and best.prose >= _MOST * total else None
