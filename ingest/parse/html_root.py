"""Find the element that holds the main content of a page, where the page itself tells."""

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.parse.html_noise import CONTROLS
from ingest.parse.html_tree import BLOCKS, UNSEEN, Element, Grown, grow

_FEW = 200
_MOST = 0.6
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Page:
    """As much of a page as is looked at, and in it what the page marked as main content."""

    grown: Grown
    marked: Element | None


def read_page(tree: LexborHTMLParser, body: LexborNode) -> Page:
    """Grow what the page marks as its main content if most text stands there, else all."""
    ids = frozenset(name for node in tree.css("[id]") if (name := node.id))
    skipped = UNSEEN | CONTROLS
    main = _main(tree)
    grown = grow(main, skipped, ids) if main else None
    if grown is None or grown.root.length < _FEW:
        whole = grow(body, skipped, ids)
        if grown is None or grown.root.length < whole.root.length / 4:
            return Page(whole, _article(whole, _MOST) if main is None else None)
    article = _article(grown, _HALF)
    return Page(grown, article if article is not None and article.is_headed else grown.root)


def _main(tree: LexborHTMLParser) -> LexborNode | None:
    # A span can be around a page only where its markup is broken.
    marked = [node for node in tree.css("main, [role='main']") if node.tag in BLOCKS]
    return (
        max(marked, key=lambda node: len(node.text()))
        if len(marked) > 1
        else next(iter(marked), None)
    )


def _article(grown: Grown, share: float) -> Element | None:
    """Give the article with most sentences of all articles, and with this share of all."""
    within = [False] * len(grown.elements)
    found = []
    for place, element in enumerate(grown.elements):
        within[place] = within[grown.outer[place]] or element.tag == "article"
        if within[place] and not within[grown.outer[place]]:
            found.append(element)
    best = max(found, key=lambda element: element.prose, default=None)
    least = max(_MOST * sum(element.prose for element in found), share * grown.root.prose)
    return best if best is not None and best.prose >= least else None
