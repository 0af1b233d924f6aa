"""A page as a light tree with measures of its text, built once and without recursion."""

from collections.abc import Mapping
from dataclasses import dataclass

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
_SENTENCE = 60

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
    length: int = 0
    linked: int = 0
    links: int = 0
    inward: int = 0
    own: int = 0
    prose: int = 0
    has_block: bool = False
    has_structure: bool = False
    is_headed: bool = False
    shows: bool = False
    is_cut: bool = False
    _attributes: Attributes | None = None

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
    stack = [(node, 0)]
    while stack:
        node, place = stack.pop()
        children = elements[place].children
        child = node.first_child
        while child is not None:
            tag = child.tag or "-"
            if tag == "-text":
                children.append(child.text_content or "")
            elif tag[0] not in "-!" and tag not in skipped:
                below = Element(tag, child, [])
                children.append(below)
                stack.append((child, len(elements)))
                elements.append(below)
                outer.append(place)
            child = child.next
    grown = Grown(elements, outer)
    _measure(grown, ids)
    return grown


def _measure(grown: Grown, ids: frozenset[str]) -> None:
    for element, place in zip(reversed(grown.elements), reversed(grown.outer), strict=True):
        _close(element, ids)
        if element is not grown.root:
            _hand_up(element, grown.elements[place])


def _close(element: Element, ids: frozenset[str]) -> None:
    """Finish the measures of an element whose children have handed up theirs."""
    tag = element.tag
    for child in element.children:
        if isinstance(child, str):
            length = len(child.strip())
            element.length += length
            element.own += length
    if tag == "a" and "href" in element.attributes:
        element.linked, element.links, element.own, element.prose = element.length, 1, 0, 0
        element.inward = int(element.attribute("href").partition("#")[2] in ids)
        element.shows |= element.has_block
    elif tag in HEADINGS and element.length:
        is_link = element.linked == element.length
        element.shows |= is_link
        element.is_headed |= tag == "h1" and not is_link
    if element.own >= _SENTENCE and tag in BLOCKS and tag != "pre":
        element.prose += element.own


def _hand_up(element: Element, above: Element) -> None:
    is_block = element.tag in BLOCKS
    if not is_block:
        above.own += element.own
    above.has_block |= is_block or element.has_block or element.tag == "img"
    above.has_structure |= element.has_structure or element.tag in _STRUCTURE
    above.is_headed |= element.is_headed
    above.shows |= element.shows
    above.length += element.length
    above.linked += element.linked
    above.links += element.links
    above.inward += element.inward
    above.prose += element.prose
