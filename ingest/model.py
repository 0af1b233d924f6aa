"""The words of what is parsed, embedded and searched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from connectors.model import Json, SourceId

DocumentId = NewType("DocumentId", str)
RunId = NewType("RunId", str)
PointId = UUID
Vector = NDArray[np.float32]
"""One embedding, shape (dimension,), unit length."""
Vectors = NDArray[np.float32]
"""Embeddings of several texts, shape (texts, dimension), each row of unit length."""


# --- parsing and chunking ---------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document as text with blocks in order, not overlapping, covering all its words.

    The text is NFC, has LF line ends and no invisible characters. Dates are what the
    document says of itself; `front` holds the front matter or meta tags that were read.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str = ""
    canonical_url: str = ""
    language: str = ""
    published_at: datetime | None = None
    modified_at: datetime | None = None
    front: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document small enough to embed: `text == document.text[start:end]`.

    `context` (title, heading path and a table's repeated header) is embedded before the
    text and is never a part of it.
    """

    ordinal: int
    start: int
    end: int
    text: str
    context: str
    heading_path: tuple[str, ...]
    anchor: str
    page: int | None
    seconds: float | None
    tokens: int
    """Tokens of context and text together, as the embedding model counts them."""

    @property
    def embedded_text(self) -> str:
        """What the embedding model reads."""
        return f"{self.context}\n{self.text}" if self.context else self.text


# --- the index --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term weights by term id: equal lengths, ids unique."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PointPayload:
    """What the index filters by; everything that is shown comes from the ledger."""

    source: SourceId
    document: DocumentId
    access: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A passage as the index holds it."""

    id: PointId
    dense: Vector
    sparse: SparseVector
    payload: PointPayload


@dataclass(frozen=True, slots=True)
class Scope:
    """Which of a tenant's points a search may see; None means no limit of that kind.

    A point without access tags is seen by everybody of the tenant; one with tags only by
    callers with at least one of them among their `groups`; `groups` None sees everything.
    """

    groups: frozenset[str] | None = None
    sources: frozenset[SourceId] | None = None
    documents: frozenset[DocumentId] | None = None
    tags: frozenset[str] | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """A question as the index compares it."""

    dense: Vector
    sparse: SparseVector


@dataclass(frozen=True, slots=True)
class Scored:
    """A point found, with the score of its list: cosine, or BM25 sum."""

    id: PointId
    score: float


@dataclass(frozen=True, slots=True)
class TwoLists:
    """What a search found: best first, ties by point id; fusing is the caller's."""

    dense: tuple[Scored, ...]
    sparse: tuple[Scored, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a vector means; its digest names the collection."""

    model: str
    weights: str
    """sha256 of the weights."""
    runtime: str
    precision: str
    pooling: str
    query_prompt: str
    passage_prompt: str
    dimension: int
    max_tokens: int
    chunker: str
    sparse: str
