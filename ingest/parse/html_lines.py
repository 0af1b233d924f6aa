"""The lines of a page: its innermost blocks, and headings, lists of terms and tables whole."""

from dataclasses import dataclass

from ingest.parse.html_tree import BLOCKS, HEADINGS, Element, words_in

WHOLE = HEADINGS | words_in("dl ol pre table")
"""Tags whose elements are one line, whatever stands in them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line and what it stands in."""

    element: Element
    within: Element
    text: str


def lines_below(root: Element) -> list[Line]:
    """Give the lines that were not cut, in reading order."""
    found = []
    stack = [(root, root)]
    while stack:
        element, within = stack.pop()
        if element.is_cut or not element.length:
            continue
        if element.tag in WHOLE or not element.has_block:
            found.append(Line(element, within, element.text().strip()))
        else:
            stack += [(child, element) for child in reversed(_parts(element))]
    return found


def _parts(element: Element) -> list[Element]:
    """Give the elements in it that may be lines; amid loose text only blocks are."""
    inner = [child for child in element.children if isinstance(child, Element)]
    if all(text.isspace() for text in element.children if isinstance(text, str)):
        return inner
    return [child for child in inner if child.tag in BLOCKS or child.has_block]
