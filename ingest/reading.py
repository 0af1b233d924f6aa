"""What the ledger tells its readers, and the words of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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
    staleness: float = 0.0
    """Of its document: 0 as fresh as can be, 1 surely outdated."""
    stale: bool = False
    """Whether answers should say so."""
    stale_reasons: tuple[str, ...] = ()
    """Sentences, the gravest first."""
    disputed: bool = False
    """Whether a contradiction waits that names its document."""


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
    owner: str = ""
    due_at: datetime | None = None
    staleness: float = 0.0
    stale: bool = False
    stale_reasons: tuple[str, ...] = ()
    disputed: bool = False
    volatility: float | None = None


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
    """Only documents that are not stale, and of which nobody has yet to say after their own
    review date, where that has passed by then, that they are right."""


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
    answered_by: Sequence[DocumentId] = ()
    """The pages that the answer rested on, which are counted as used."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of one plan, beside what was kept of it; a chat reports in its own record."""

    tenant: TenantId
    at: datetime
    """When the plan was made."""
    plan: Mapping[str, Json]
    outcome: Mapping[str, Json]


class ReadLedger(Protocol):
    """Read what is true as of a sequence."""

    async def snapshot(self, tenant: TenantId) -> Snapshot:
        """Take the sequence to hold still at."""
        ...

    async def alive(
        self, tenant: TenantId, sequence: int, ids: Sequence[PointId], where: DocumentFilter
    ) -> Mapping[PointId, LivePassage]:
        """Give those of the points that a revision alive at the sequence places.

        A passage placed twice in a document is given at its first place. Quarantined
        documents, and those that the filter or its groups exclude, are left out.
        """
        ...

    async def matching(self, tenant: TenantId, where: DocumentFilter) -> Sequence[DocumentId]:
        """Give the live documents that the filter lets through."""
        ...

    async def knowledge(
        self, tenant: TenantId, sequence: int, where: DocumentFilter
    ) -> Sequence[DocumentRecord]:
        """Give the live documents that the filter lets through, in order of id."""
        ...

    async def contents(
        self, tenant: TenantId, sequence: int, documents: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Revision]:
        """Give the revisions of these documents that are alive at the sequence."""
        ...

    async def placements(
        self, tenant: TenantId, sequence: int, document: DocumentId
    ) -> Sequence[LivePassage]:
        """Give the document's passages in its order, as of the sequence."""
        ...

    async def document(self, tenant: TenantId, document: DocumentId) -> DocumentRecord | None:
        """Give one document of the tenant, whatever its state."""
        ...

    async def document_by_ref(
        self, tenant: TenantId, source: SourceId, ref: str
    ) -> DocumentRecord | None:
        """Give the document of a source that has this ref, whatever its state."""
        ...

    async def list_documents(
        self,
        tenant: TenantId,
        where: DocumentFilter,
        state: DocumentState | None,
        after: str | None,
        limit: int,
    ) -> Sequence[DocumentRecord]:
        """Give documents in order of id, beginning after the id `after`."""
        ...

    async def list_revisions(self, tenant: TenantId, document: DocumentId) -> Sequence[Revision]:
        """Give all kept revisions, newest first, without text and blocks."""
        ...

    async def revision(
        self, tenant: TenantId, document: DocumentId, number: int
    ) -> Revision | None:
        """Give one kept revision with its text and blocks."""
        ...

    async def excerpt(
        self, tenant: TenantId, document: DocumentId, number: int, start: int, end: int
    ) -> str:
        """Give the text of a kept revision from start to end; "" where it is not kept."""
        ...
