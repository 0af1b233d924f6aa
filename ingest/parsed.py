"""The words of what a parser gives; apart from `model`, so that a parser needs no numpy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connectors.model import Json


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CODE = "code"
    TIMED = "timed"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document's text: `text[start:end]` in characters, never empty.

    `level` is 1 to 6 for headings and the nesting depth from 1 for list items, else 0.
    `anchor` is the fragment that a link to the block ends with, "" where there is none.
    A table's `header` is the text of its header row, which also stands in the block.
    `page` counts from 1; `seconds` is where a timed line starts in its recording.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    anchor: str = ""
    header: str = ""
    page: int | None = None
    seconds: float | None = None
    language: str = ""
    """ISO 639-1, where it differs from the document's; else ""."""


@dataclass(frozen=True, slots=True)
class Link:
    """Words of a document's text that lead elsewhere: `text[start:end]`, in characters."""

    start: int
    end: int
    target: str
    """As it is written, or made whole by the page's own base; never a mere fragment."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that was enclosed in another one; `name` is unique among its siblings."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document as text with blocks in order, not overlapping, covering all its words.

    The text is NFC, has LF line ends and no invisible characters. Dates are what the
    document says of itself; `front` holds the front matter or meta tags that were read,
    its keys in lower case with underscores, its dates as ISO 8601.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str = ""
    canonical_url: str = ""
    language: str = ""
    published_at: datetime | None = None
    modified_at: datetime | None = None
    front: Mapping[str, Json] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    links: tuple[Link, ...] = ()
    """In the order of the text."""
