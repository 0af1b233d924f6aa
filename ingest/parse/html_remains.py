"""Leave out what lost its sense when noise went: headings of nothing, links around the text."""

import re
from collections import Counter
from itertools import pairwise, takewhile

from ingest.parse.html_lines import WHOLE, lines_below
from ingest.parse.html_tree import HEADINGS, Element, Grown, words_in

_RIGHTS = re.compile(r"\s*(?:©|\(c\)\s*\d{4}|copyright\b)", re.IGNORECASE)
_PLAIN_LINES = words_in("b center div em figcaption font i p section small span strong time")
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
_BOX_LINKED = 0.2
_REPEATED = 3


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
    is_kept = element.has_structure or element.tag in WHOLE
    if is_kept or element.prose >= _MINOR * other.prose:
        return False
    if element.links >= 3 and element.linked > _BOX_LINKED * element.length:
        return True
    text = element.text()
    return "?" not in text and not _REACHED.search(text)


def _is_short_line(element: Element) -> bool:
    if element.length >= _SHORT or element.has_structure or element.tag in WHOLE:
        return False
    lines = [line.element for line in lines_below(element)]
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
    lost_prose, lost_plain = [0] * len(prose), [0] * len(prose)
    for place in range(len(prose) - 1, -1, -1):
        if grown.elements[place].is_cut:
            lost_prose[place], lost_plain[place] = prose[place], plain[place]
        prose[place] -= lost_prose[place]
        plain[place] -= lost_plain[place]
        if place:
            above = grown.outer[place]
            lost_prose[above] += lost_prose[place]
            lost_plain[above] += lost_plain[place]
    return prose, plain


def cut_margins(root: Element, title: str, *, is_article: bool, strictly: bool) -> None:
    """Mark short lines above the page's first heading, and links and rights that end it.

    In an article, fragments between its title and its first sentence (who wrote it, and
    when) and after its last one go as well; `strictly`, the latter go anywhere, but for a
    section of fragments: a short answer is one.
    """
    if root.prose < _MUCH:
        return
    lines = [line.element for line in lines_below(root)]
    cut = [line for line in lines if _is_credit(line)]
    first = _title_at(lines, title) if strictly else 0
    above = lines[:first] or list(takewhile(_is_above, lines))
    below = lines[len(above) :]
    if first or (below and below[0].tag == "h1"):
        cut += above
        cut += filter(_is_fragment, takewhile(_is_above, below[1:])) if is_article else ()
    if is_article:
        cut += _repeated(lines)
    loose = list(takewhile(_is_loose if is_article else _is_fragment, reversed(lines)))
    last = lines[-len(loose) - 1 : len(lines) - len(loose)]
    is_section = not strictly or any(line.tag in HEADINGS for line in last)
    cut += takewhile(_is_ending, reversed(lines)) if is_section else loose
    for line in cut:
        line.is_cut = True


def _title_at(lines: list[Element], title: str) -> int:
    """Give the place of the heading that is the title, where no sentence stands above it."""
    wanted = _solid(title)
    for place, line in enumerate(lines):
        if line.prose or line.has_structure or line.tag in WHOLE - HEADINGS:
            break
        if line.tag in HEADINGS and len(text := _solid(line.text())) > 3 and text in wanted:
            return place
    return 0


def _solid(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _repeated(lines: list[Element]) -> list[Element]:
    """Give the fragments that stand there again and again, such as labels of advertisements."""
    texts = {id(line): line.text().strip() for line in lines if _is_fragment(line)}
    counts = Counter(texts.values())
    return [line for line in lines if counts[texts.get(id(line), "")] >= _REPEATED]


def _is_above(line: Element) -> bool:
    return line.tag not in WHOLE and line.own < _SHORT


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
