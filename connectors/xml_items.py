"""Read the items of a list in XML, and know whether the list was read to its end."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate, errors

MAX_DEPTH = 100
MAX_FIELDS = 1_000
MAX_ELEMENTS = 2_000_000
_CUT = "it ends before its last element is closed"
_UNFINISHED = frozenset(
    errors.codes[one]
    for one in (
        errors.XML_ERROR_NO_ELEMENTS,
        errors.XML_ERROR_UNCLOSED_TOKEN,
        errors.XML_ERROR_PARTIAL_CHAR,
        errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
# CDATA holds its `&` as they are; an unclosed one takes the rest, so none is sought twice.
_STRAY_AMPERSAND = re.compile(
    r"<!\[CDATA\[(?:.*?\]\]>|.*)|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)",
    re.DOTALL,
)
# No XML may hold them, many lists do.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Field:
    """One element directly within an item."""

    name: str
    attributes: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One element of the list; names are without their prefixes, in lower case."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class XmlList:
    """What could be read."""

    root: str
    items: tuple[Item, ...]
    problem: str
    """Why what follows could not be read; "" when everything was."""


class _Stop(Exception):
    """There is no use in reading on."""


def read_items(text: str, named: frozenset[str], most: int) -> XmlList:
    """Give the elements of these names, at most so many; never raises.

    Entities are refused instead of expanded, and nothing is fetched. Stray ampersands,
    which many lists have in their addresses, are read as meant.
    """
    text = text.lstrip("\ufeff \t\r\n")
    read = _read(text, named, most)
    if not read.problem or read.problem == _CUT:
        return read
    mended = _STRAY_AMPERSAND.sub(_escaped, _CONTROLS.sub("", text))
    return read if mended == text else _read(mended, named, most)


def _escaped(found: re.Match[str]) -> str:
    return "&amp;" if found[0] == "&" else found[0]


def _read(text: str, named: frozenset[str], most: int) -> XmlList:
    reading = _Reading(named, most)
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reading.opens
    parser.EndElementHandler = reading.closes
    parser.CharacterDataHandler = reading.says
    parser.EntityDeclHandler = reading.declares
    try:
        parser.Parse(text, True)  # noqa: FBT003 (its own name for it is positional)
    except _Stop as stop:
        reading.problem = str(stop)
    except ExpatError as error:
        reading.problem = (
            _CUT
            if reading.root and error.code in _UNFINISHED
            else f"line {error.lineno} is no XML ({errors.messages[error.code]})"
        )
    return XmlList(reading.root, tuple(reading.items), reading.problem)


@dataclass(slots=True)
class _Reading:
    named: frozenset[str]
    most: int
    root: str = ""
    items: list[Item] = field(default_factory=list)
    problem: str = ""
    _depth: int = 0
    _elements: int = 0
    _item: str = ""
    _item_depth: int = 0
    _fields: list[Field] = field(default_factory=list)
    _attributes: Mapping[str, str] = field(default_factory=dict)
    _text: list[str] = field(default_factory=list)

    def opens(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise _Stop(f"its elements are nested more than {MAX_DEPTH} deep")
        if self._elements > MAX_ELEMENTS or len(self._fields) > MAX_FIELDS:
            raise _Stop("it has more elements than any list needs")
        local = _local(name)
        self.root = self.root or local
        if not self._item_depth and local in self.named:
            self._item, self._item_depth, self._fields = local, self._depth, []
        elif self._depth == self._item_depth + 1:
            self._attributes, self._text = attributes, []

    def says(self, text: str) -> None:
        """Add words to the field that is open."""
        if self._item_depth and self._depth == self._item_depth + 1:
            self._text.append(text)

    def closes(self, name: str) -> None:
        """End an element."""
        if self._item_depth and self._depth == self._item_depth + 1:
            words = "".join(self._text).strip()
            self._fields.append(Field(_local(name), self._attributes, words))
        elif self._depth == self._item_depth:
            self._keep()
        self._depth -= 1

    def declares(self, *_: object) -> None:
        """Refuse an entity before it is ever expanded."""
        raise _Stop("it declares entities, which are never expanded")

    def _keep(self) -> None:
        if len(self.items) == self.most:
            raise _Stop(f"it has more than {self.most:,} items")
        self.items.append(Item(self._item, tuple(self._fields)))
        self._item_depth = 0


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
