"""A page as a light tree with measures of its text, built once and without recursion."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode


def words_in(text: str) -> frozenset[str]:
    """Give the words of a text as a set."""
    return frozenset(text.split())


UNSEEN = words_in(
    "script style template noscript svg iframe object embed canvas audio video map "
    "annotation annotation-xml head"
)
"""Tags whose text nobody reads."""
BREAKING = words_in(
    "address article aside blockquote body caption center details div dir fieldset figcaption "
    "figure footer form header hgroup hr legend main optgroup option p section summary tbody "
    "td tfoot th thead tr xmp"
)
"""Tags that start and end a line, beside headings, lists and preformatted text."""
HEADINGS = words_in("h1 h2 h3 h4 h5 h6")
LISTS = words_in("ul ol dl menu")
BLOCKS = BREAKING | HEADINGS | LISTS | words_in("li dt dd pre table")
_STRUCTURE = words_in("dl ol pre table")
_TELLING = HEADINGS | {"a"}
_SENTENCE = 60
_NO_ELEMENTS = words_in("- !doctype -comment -document -undef")

Attributes = Mapping[str, str | None]


@dataclass(slots=True, eq=False)
class Element:
    """An element with measures of all that stands in it; lengths are in characters.

    `linked` is the text within links, `links` their number, `inward` how many of them lead
    to an id of the page. `own` is the text of its own line outside of links; `prose` that of
    all lines long enough for a sentence, code apart. `has_structure` tells of numbered steps,
    terms, tables or code below it, `is_headed` of an h1 that is no link, `shows` of a link
    around a whole heading, picture or block, as in a teaser of another page. `is_cut` says
    that it is left out.
    """

    tag: str
    node: LexborNode
    children: "list[Element | str]"
    length: int = field(default=0, init=False)
    linked: int = field(default=0, init=False)
    links: int = field(default=0, init=False)
    inward: int = field(default=0, init=False)
    own: int = field(default=0, init=False)
    prose: int = field(default=0, init=False)
    has_block: bool = field(default=False, init=False)
    has_structure: bool = field(default=False, init=False)
    is_headed: bool = field(default=False, init=False)
    shows: bool = field(default=False, init=False)
    is_cut: bool = field(default=False, init=False)
    _attributes: Attributes | None = field(default=None, init=False)

    @property
    def attributes(self) -> Attributes:
        """What is written in its tag; read when first asked for, for most never are."""
        if self._attributes is None:
            self._attributes = self.node.attributes
        return self._attributes

    def attribute(self, name: str) -> str:
        """Give the value of an attribute; "" where it has none."""
        return self.attributes.get(name) or ""

    def words(self, name: str) -> list[str]:
        """Give the words of an attribute."""
        return self.attribute(name).split()

    def text(self) -> str:
        """Give all its text as it stands there, in reading order."""
        parts: list[str] = []
        stack: list[Element | str] = [self]
        while stack:
            step = stack.pop()
            if isinstance(step, str):
                parts.append(step)
            else:
                stack += reversed(step.children)
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Grown:
    """The elements of a tree, each after what it stands in.

    `outer` is for each the place of what it stands in; a reference would make a circle,
    and a page would stay in memory until the collector comes.
    """

    elements: list[Element]
    outer: list[int]

    @property
    def root(self) -> Element:
        """The element that all others stand in."""
        return self.elements[0]


def grow(
    node: LexborNode, skipped: frozenset[str] = UNSEEN, ids: frozenset[str] = frozenset()
) -> Grown:
    """Give the tree below a node, measured, without the tags that are skipped.

    `ids` are those of the page, to tell which links stay on it.
    """
    root = Element(node.tag or "", node, [])
    elements, outer = [root], [0]
    skipped |= _NO_ELEMENTS
    # The list grows while it is walked: each element adds those below it.
    for place, element in enumerate(elements):
        children = element.children
        length = 0
        child = element.node.first_child
        while child is not None:
            tag = child.tag or "-"
            if tag == "-text":
                text = child.text_content or ""
                children.append(text)
                length += len(text.strip())
            elif tag not in skipped:
                below = Element(tag, child, [])
                children.append(below)
                elements.append(below)
                outer.append(place)
            child = child.next
        if length:
            element.length = element.own = length
    grown = Grown(elements, outer)
    _measure(grown, ids)
    return grown


def _measure(grown: Grown, ids: frozenset[str]) -> None:
    elements = grown.elements
    for element, place in zip(reversed(elements), reversed(grown.outer), strict=True):
        tag = element.tag
        if tag in _TELLING:
            _close(element, ids)
        is_block = tag in BLOCKS
        if is_block and element.own >= _SENTENCE and tag != "pre":
            element.prose += element.own
        if element is not elements[0]:
            above = elements[place]
            if is_block or element.has_block or tag == "img":
                above.has_block = True
                above.has_structure |= element.has_structure or tag in _STRUCTURE
            if element.length or element.links:
                _hand_up(element, above, is_block=is_block)


def _close(element: Element, ids: frozenset[str]) -> None:
    """Finish the measures of a link or heading whose children have handed up theirs."""
    if element.tag in HEADINGS:
        is_link = element.linked == element.length
        element.shows |= is_link and element.length > 0
        element.is_headed |= element.tag == "h1" and not is_link
    elif "href" in element.attributes:
        element.linked, element.links, element.own, element.prose = element.length, 1, 0, 0
        element.inward = int(element.attribute("href").partition("#")[2] in ids)
        element.shows |= element.has_block


def _hand_up(element: Element, above: Element, *, is_block: bool) -> None:
    above.length += element.length
    if not is_block:
        above.own += element.own
    if element.prose:
        above.prose += element.prose
    if element.is_headed:
        above.is_headed = True
    if element.links:
        above.shows |= element.shows
        above.linked += element.linked
        above.links += element.links
        above.inward += element.inward
