"""The words of what is parsed, embedded and searched."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import NewType
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from connectors.model import SourceId, TenantId
from ingest.parsed import Block as Block
from ingest.parsed import BlockKind as BlockKind
from ingest.parsed import ParsedDocument as ParsedDocument

DocumentId = NewType("DocumentId", str)
RunId = NewType("RunId", str)
PointId = UUID
Vector = NDArray[np.float32]
"""One embedding, shape (dimension,), unit length."""
Vectors = NDArray[np.float32]
"""Embeddings of several texts, shape (texts, dimension), each row of unit length."""


# --- languages --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guess:
    """A language that a text may be in, as ISO 639-1, and how likely, 0 to 1."""

    language: str
    probability: float


@dataclass(frozen=True, slots=True)
class Served:
    """Which languages an embedding model understands, of those that were tested."""

    languages: frozenset[str] = frozenset()
    tested: frozenset[str] = frozenset()
    """Empty where nothing is known of the model."""

    def serves(self, language: str) -> bool:
        """Say no only where the model is known to fall short.

        A language that was not tested goes by the most of those that were; of a text whose
        language nothing tells, nothing is known.
        """
        if not language or not self.tested:
            return True
        if language in self.tested:
            return language in self.languages
        return 2 * len(self.languages) > len(self.tested)


# --- chunking ---------------------------------------------------------------------


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
    """Of context and text together, as the embedding model counts them, special ones apart."""
    language: str = ""
    """ISO 639-1; "" where nothing tells it."""

    @property
    def embedded_text(self) -> str:
        """What the embedding model reads."""
        return embedded(self.context, self.text)


def embedded(context: str, text: str) -> str:
    """Give what the embedding model reads of a text under its title and headings."""
    return f"{context}\n{text}" if context else text


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


NOBODY = TenantId("")
"""Not the id of any tenant."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A point found, with the score of its list: cosine, or BM25 sum.

    `tenant` is whose point the index says it is, as it was stored; by default nobody's,
    which no tenant's store lets through.
    """

    id: PointId
    score: float
    tenant: TenantId = NOBODY


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
    """Of a text, as the model's counter counts; what is longer is cut."""
    chunker: str
    sparse: str

    @property
    def digest(self) -> str:
        """Name the space of the vectors: 16 hexadecimal digits, other ones for any change."""
        said = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]
