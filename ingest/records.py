"""The words of what the ledger keeps: documents, revisions, passages, runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.model import Cursor, Source, SourceId, TenantId
from ingest.model import Block, DocumentId, PointId, RunId, Vector
from ingest.parsed import Link


class DocumentState(StrEnum):
    """What became of a document; it is always exactly one of these."""

    LIVE = "live"
    DELETED = "deleted"
    NO_CONTENT = "no_content"
    FAILED = "failed"
    QUARANTINED = "quarantined"


class RunState(StrEnum):
    """Where a run of a source stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    NEEDS_CONFIRMATION = "needs_confirmation"


class RunKind(StrEnum):
    """How much a run looks at."""

    CHANGES = "changes"
    """What changed since the last one, where the source can tell."""
    FULL = "full"
    """Everything."""
    RETRY = "retry"
    """Only the documents that failed."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When a source is synced: at an interval, or by a cron expression in a time zone."""

    every_seconds: int | None = None
    cron: str = ""
    """Five fields, such as `30 6 * * mon-fri`."""
    time_zone: str = "UTC"
    jitter_seconds: int = 0
    """Up to so much later, so that not all sources begin at the same second."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """Whose knowledge it is; an operator's keys may create and erase tenants."""

    id: TenantId
    name: str
    operator: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as we keep it: never the secret, only its keyed digest."""

    id: str
    tenant: TenantId
    name: str
    prefix: str
    digest: str
    scopes: frozenset[str]
    groups: frozenset[str] | None
    """The groups that the key's holder speaks for; None: all."""
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source with what the ledger knows of its syncs."""

    source: Source
    timing: Timing | None
    """None: only when asked."""
    next_due_at: datetime | None
    paused: bool
    cursor: Cursor | None
    created_at: datetime
    last_synced_at: datetime | None = None
    removing: bool = False
    priority: int = 0
    """Higher goes first where more is due than there is room for."""
    full_every_seconds: int | None = None
    """How often a run looks at everything, where the others look at changes alone."""
    full_at: datetime | None = None
    """When the last run ended that looked at everything."""


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What a run did so far; `listed` is accounted for by the five after it."""

    listed: int = 0
    unchanged: int = 0
    indexed: int = 0
    deleted: int = 0
    failed: int = 0
    no_content: int = 0
    fetched: int = 0
    chunks_embedded: int = 0
    chunks_reused: int = 0
    tokens_embedded: int = 0
    tokens_reused: int = 0
    """Of the passages that documents with a new text share with what was there already."""

    def plus(self, other: "RunCounts") -> "RunCounts":
        """Add field by field."""
        return RunCounts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class SyncError:
    """Why one document, or with an empty ref the whole run, failed."""

    ref: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One run of one source."""

    id: RunId
    tenant: TenantId
    source: SourceId
    state: RunState
    counts: RunCounts
    errors: tuple[SyncError, ...]
    """The first hundred, those of the whole run before those of documents."""
    awaiting: tuple[str, ...]
    """Refs of the documents whose deletion waits for a person."""
    confirmed: bool
    queued_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    kind: RunKind = RunKind.CHANGES
    rests_until: datetime | None = None
    """When it goes on, where its source asked to be left alone."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on something until `expires_at`; a higher fence beats a lower."""

    name: str
    owner: str
    fence: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """The embedded text with its vector; `vector` is None only where vectors are not kept."""

    id: PointId
    text: str
    context: str
    embedded_hash: str
    """sha256 of the embedded text."""
    tokens: int
    vector: Vector | None
    language: str = ""  # as its terms were weighed


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a passage stands in a revision."""

    ordinal: int
    point: PointId
    start: int
    end: int
    heading_path: tuple[str, ...]
    anchor: str
    page: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What is said of a document beside its text."""

    id: DocumentId
    ref: str
    version: str
    validators: Mapping[str, str]
    content_hash: str
    title: str
    url: str
    media_type: str
    language: str
    access: frozenset[str]
    tags: frozenset[str]
    changed_at: datetime | None
    review_by: datetime | None = None
    """When the document itself says that it must be looked at again, or expires."""
    parent: DocumentId | None = None
    """The listed document that it is enclosed in, at whatever depth; it comes and goes with it."""


@dataclass(frozen=True, slots=True)
class DocumentHead:
    """What an ingest needs to know of a document that is already there."""

    facts: DocumentFacts
    """As of its last Write or Blank; its content_hash is that of the bytes last ingested."""
    state: DocumentState
    attempts: int
    """Failures in a row."""
    text_hash: str
    """Of the live revision; "" without one."""
    passages: Mapping[PointId, str]
    """Of the live revision: point id to embedded hash."""


@dataclass(frozen=True, slots=True)
class NewRevision:
    """The text that a document changes to; `passages` are only those not yet in the ledger."""

    text: str
    text_hash: str
    blocks: tuple[Block, ...]
    tokens: int
    """Of the text, as the planner counts them."""
    passages: tuple[Passage, ...]
    placements: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """A document is live with these facts, and with this text where `revision` is given."""

    facts: DocumentFacts
    revision: NewRevision | None
    moved_from: str | None = None
    links: tuple[Link, ...] | None = None
    """Of the text that is live from then on; None: nobody looked, those of the same text stay."""


@dataclass(frozen=True, slots=True)
class Keep:
    """A document was seen unchanged; its state stays, only its validators may have moved."""

    ref: str
    validators: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Drop:
    """A document is gone at its source."""

    ref: str


@dataclass(frozen=True, slots=True)
class Fail:
    """A document could not be ingested; what it said before stays live."""

    document: DocumentId
    """The id that it has, or gets when it was never there."""
    ref: str
    version: str
    reason: str
    retry_at: datetime | None
    """None: not again until its version changes."""
    moved_from: str | None = None
    """Where it was known; it stays there when another document has its new ref."""
    parent: DocumentId | None = None
    access: frozenset[str] | None = None
    """Who may see what it said before; None: who could before."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A document was read whole and has no words; its old text is retired."""

    facts: DocumentFacts
    reason: str


Change = Write | Keep | Drop | Fail | Blank


@dataclass(frozen=True, slots=True)
class Commit:
    """What becomes true at once: changes of documents, and how far the run has come."""

    tenant: TenantId
    source: SourceId
    run: RunId
    lease: Lease
    at: datetime
    changes: tuple[Change, ...]
    counts: RunCounts
    """The run's counts after this commit."""
    cursor: Cursor | None
    """Stored with the source when `stores_cursor`; otherwise the old one stays."""
    stores_cursor: bool


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something to do, small and safe to do twice; `key` is unique among what is not done."""

    key: str
    kind: str
    tenant: TenantId
    subject: str
    due_at: datetime
    priority: int = 0
    """Higher goes first."""
    attempts: int = 0
