"""Leave out what lost its sense when noise went: headings of nothing, links around the text."""

import re
from itertools import pairwise, takewhile

from ingest.parse.html_tree import BLOCKS, HEADINGS, Element, Grown, words_in

_RIGHTS = re.compile(r"\s*(?:©|\(c\)\s*\d{4}|copyright\b)", re.IGNORECASE)
_STRUCTURE = HEADINGS | words_in("dl ol pre table")
_PLAIN_LINES = words_in("p div span section center small figcaption")
_REACHED = re.compile(r"@|(?:\d[ /().-]*){6}")
_CREDIT = re.compile(r"\s*(?:photos?|fotos?|cr[eé]dits?)\b[^:.]{0,20}:", re.IGNORECASE)
_HOLDERS = words_in("article body center div form main section span td")
_PROSE = 0.8
_PLAIN = 0.6
_LINKED = 0.3
_DENSE = 0.4
_ENDS_OF_SENTENCES = (".", "!", "?", ":", ";", "…", "。", "\uff01", "\uff1f", ")", '"', "”", "»")
_MINOR = 0.25
_LONGEST_ENDING = 250
_SHORT = 80
_MUCH = 400


def cut_surroundings(grown: Grown, root: Element, *, strictly: bool) -> None:
    """Mark links around the element with most of the text, and short lines below it.

    Titles, lists, tables, code and whatever has sentences stay, and so do sections that are
    of the same kind as the one with most of the text. `strictly`, what stands below that and
    has few sentences beside it goes as well, unless it asks something or names an address.
    """
    chain = _chain(grown, root)
    for outer, inner in pairwise(chain):
        is_below = False
        for child in outer.children:
            if child is inner:
                is_below = True
            elif isinstance(child, Element) and not _is_alike(child, inner):
                is_apart = is_below or (inner.is_headed and not child.is_headed)
                child.is_cut |= strictly and is_below and _is_minor(child, inner)
                child.is_cut |= _leads_away(child) or (is_apart and _is_short_line(child))


def _is_alike(element: Element, other: Element) -> bool:
    kind = element.attribute("class")
    return bool(kind) and element.tag == other.tag and kind == other.attribute("class")


def _leads_away(element: Element) -> bool:
    if element.tag in HEADINGS or element.is_headed:
        return False
    return element.linked > (_DENSE if element.has_structure else _LINKED) * element.length


def _is_minor(element: Element, other: Element) -> bool:
    is_kept = element.has_structure or element.tag in _STRUCTURE
    if is_kept or element.prose >= _MINOR * other.prose:
        return False
    text = element.text()
    return "?" not in text and not _REACHED.search(text)


def _is_short_line(element: Element) -> bool:
    if element.length >= _SHORT or element.has_structure or element.tag in _STRUCTURE:
        return False
    lines = _lines(element)
    return len(lines) < 2 or lines[0].tag not in HEADINGS


def _chain(grown: Grown, root: Element) -> list[Element]:
    """Give the elements that hold most of what is left, each within the one before."""
    elements, outer = grown.elements, grown.outer
    prose, plain = _left(grown)
    within = [element is root for element in elements]
    for place in range(1, len(within)):
        within[place] |= within[outer[place]]
    top = within.index(True)
    least_prose, least_plain = max(1, _PROSE * prose[top]), _PLAIN * plain[top]
    return [
        element
        for place, element in enumerate(elements)
        if within[place]
        and prose[place] >= least_prose
        and plain[place] >= least_plain
        and (element.tag in _HOLDERS or element is root)
    ]


def _left(grown: Grown) -> tuple[list[int], list[int]]:
    """Give for each element the sentences, and all text outside of links, that were not cut."""
    prose = [element.prose for element in grown.elements]
    plain = [element.length - element.linked for element in grown.elements]
    lost = [(0, 0)] * len(prose)
    for place in range(len(prose) - 1, 0, -1):
        if grown.elements[place].is_cut:
            lost[place] = (prose[place], plain[place])
        prose[place] -= lost[place][0]
        plain[place] -= lost[place][1]
        above = lost[grown.outer[place]]
        lost[grown.outer[place]] = (above[0] + lost[place][0], above[1] + lost[place][1])
    return prose, plain


def cut_margins(root: Element, *, is_article: bool, strictly: bool) -> None:
    """Mark short lines above the page's first heading, and links and rights that end it.

    In an article, fragments between its title and its first sentence (who wrote it, and
    when) and after its last one go as well; `strictly`, the latter go anywhere, but for a
    section of fragments: a short answer is one.
    """
    if root.prose < _MUCH:
        return
    lines = _lines(root)
    cut = [line for line in lines if _is_credit(line)]
    above = list(takewhile(_is_above, lines))
    below = lines[len(above) :]
    if below and below[0].tag == "h1":
        cut += above
        cut += takewhile(_is_fragment, below[1:]) if is_article else ()
    loose = list(takewhile(_is_loose if is_article else _is_fragment, reversed(lines)))
    last = lines[-len(loose) - 1 : len(lines) - len(loose)]
    is_section = not strictly or any(line.tag in HEADINGS for line in last)
    cut += takewhile(_is_ending, reversed(lines)) if is_section else loose
    for line in cut:
        line.is_cut = True


def _lines(root: Element) -> list[Element]:
    """Give the innermost blocks in reading order, and tables and headings whole."""
    found = []
    stack = [root]
    while stack:
        element = stack.pop()
        if element.is_cut or not element.length:
            continue
        if element.tag in _STRUCTURE or (element.tag in BLOCKS and not element.has_block):
            found.append(element)
        else:
            stack += [child for child in reversed(element.children) if isinstance(child, Element)]
    return found


def _is_above(line: Element) -> bool:
    return line.tag not in _STRUCTURE and line.own < _SHORT


def _is_credit(line: Element) -> bool:
    return _is_above(line) and line.tag in _PLAIN_LINES and bool(_CREDIT.match(line.text()))


def _is_fragment(line: Element) -> bool:
    if line.tag not in _PLAIN_LINES or line.own >= _SHORT:
        return False
    text = line.text().rstrip()
    # An address or a number may be all that somebody looks for.
    return not (text.endswith(_ENDS_OF_SENTENCES) or _REACHED.search(text))


def _is_loose(line: Element) -> bool:
    return _is_fragment(line) or line.tag in HEADINGS - {"h1"}


def _is_ending(line: Element) -> bool:
    if line.tag not in _PLAIN_LINES or line.length > _LONGEST_ENDING:
        return False
    return line.linked == line.length or bool(_RIGHTS.match(line.text()))


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
