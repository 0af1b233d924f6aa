"""The words of what the ledger tells its readers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.model import Json, SourceId, TenantId
from ingest.model import Block, DocumentId, PointId
from ingest.records import DocumentFacts, DocumentState, RunState


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The sequence that a reader holds still at, and how many retired points linger."""

    sequence: int
    lingering: int


@dataclass(frozen=True, slots=True)
class Totals:
    """How much a ledger holds, of all tenants together."""

    tenants: int
    documents: Mapping[DocumentState, int]
    runs: Mapping[RunState, int]
    passages: int
    lingering: int
    """Points of the index that no document places any more."""


@dataclass(frozen=True, slots=True)
class LivePassage:
    """A passage that is alive at a snapshot, with all that is shown of it."""

    id: PointId
    document: DocumentId
    source: SourceId
    ref: str
    title: str
    url: str
    revision: int
    """The number of the revision, from 1."""
    ordinal: int
    text: str
    context: str
    tokens: int
    start: int
    end: int
    heading_path: tuple[str, ...]
    anchor: str
    page: int | None
    seconds: float | None
    language: str
    media_type: str
    tags: frozenset[str]
    synced_at: datetime
    changed_at: datetime | None
    verified_at: datetime | None
    review_by: datetime | None


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document as the ledger tells it."""

    facts: DocumentFacts
    tenant: TenantId
    source: SourceId
    state: DocumentState
    reason: str
    attempts: int
    revision: int
    """The number of the live revision; 0 without one."""
    tokens: int
    """Of the live revision's text, as the planner counts them."""
    chunks: int
    created_at: datetime
    synced_at: datetime
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Revision:
    """One stored version of a document's text."""

    document: DocumentId
    number: int
    born_at: datetime
    retired_at: datetime | None
    title: str
    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents a caller asks for; None or False means no limit of that kind."""

    groups: frozenset[str] | None = None
    sources: frozenset[SourceId] | None = None
    refs: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    language: str | None = None
    changed_after: datetime | None = None
    fresh_at: datetime | None = None
    """Only documents that are not past their own review date then."""


@dataclass(frozen=True, slots=True)
class QueryRecord:
    """One question that was asked, as it is kept for gaps and for audits."""

    id: str
    tenant: TenantId
    at: datetime
    kind: str
    text: str
    found: Sequence[PointId]
    detail: Mapping[str, Json]
