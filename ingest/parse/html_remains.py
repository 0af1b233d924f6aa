"""Leave out what lost its sense when noise went: headings of nothing, links around the text."""

import re

from ingest.parse.html_tree import HEADINGS, Element, Grown, words_in

_RIGHTS = re.compile(r"\s*(?:©|\(c\)\s*\d{4}|copyright\b)", re.IGNORECASE)
_HOLDERS = words_in("article body center div form main section span td")
_BODY = 0.8
_LINKED = 0.3
_SHORT = 80
_MUCH = 400


def cut_surroundings(grown: Grown, root: Element) -> None:
    """Mark short lines and links that stand around the element with most of the text.

    A title and the lines above it, lists, tables and whatever has sentences stay.
    """
    chain = _chain(grown, root)
    for outer, inner in zip(chain, chain[1:], strict=False):
        is_before = True
        for child in outer.children:
            if child is inner:
                is_before = False
            elif isinstance(child, Element) and not child.is_cut:
                child.is_cut = _is_idle(child) and not (is_before and child.is_headed)


def _chain(grown: Grown, root: Element) -> list[Element]:
    """Give the elements that hold most of the sentences left, each within the one before."""
    elements, outer = grown.elements, grown.outer
    left = [0 if element.is_cut else _own_prose(element) for element in elements]
    for place in range(len(left) - 1, 0, -1):
        left[outer[place]] += left[place]
    within = [element is root for element in elements]
    for place in range(1, len(left)):
        within[place] |= within[outer[place]]
    least = _BODY * left[elements.index(root)]
    return [
        element
        for element, prose, is_within in zip(elements, left, within, strict=True)
        if is_within and prose >= least > 0 and (element.tag in _HOLDERS or element is root)
    ]


def _own_prose(element: Element) -> int:
    below = sum(child.prose for child in element.children if isinstance(child, Element))
    return max(0, element.prose - below)


def _is_idle(element: Element) -> bool:
    if element.tag in HEADINGS:
        return False
    return element.length < _SHORT or element.linked > _LINKED * element.length


def cut_headings_of_nothing(root: Element) -> None:
    """Mark headings whose section was left out, or that the page ends with; never an h1."""
    heading: Element | None = None
    lost_words = False
    stack: list[Element | str] = [*reversed(root.children)]
    while stack:
        step = stack.pop()
        if isinstance(step, str):
            if heading is not None and not step.isspace():
                heading = None
        elif step.is_cut:
            lost_words |= step.length > 0
        elif step.tag in HEADINGS:
            if heading is not None and lost_words and step.tag <= heading.tag:
                heading.is_cut = True
            heading, lost_words = (step if step.tag != "h1" else None), False
        else:
            stack += reversed(step.children)
    if heading is not None and (lost_words or root.prose >= _MUCH):
        heading.is_cut = True
