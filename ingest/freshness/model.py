"""The words of freshness: pages as detectors see them, findings, flags, staleness."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.model import Json, SourceId, TenantId
from ingest.model import DocumentId, PointId
from ingest.records import DocumentState

# --- flags ------------------------------------------------------------------------


class FlagKind(StrEnum):
    """What is wrong with a page, as whoever found it says."""

    EXPIRED = "expired"
    """A statement on it was true until a date that has passed."""
    EXPIRING = "expiring"
    """Such a date is near."""
    OVERDUE = "overdue"
    """Its review is due."""
    SOURCE_GONE = "source_gone"
    """Its source has not been reached for long, or no longer vouches for it."""
    BROKEN_LINK = "broken_link"
    TRANSLATION_BEHIND = "translation_behind"
    """The page that it translates was changed after it."""
    CONTRADICTION = "contradiction"
    DUPLICATE = "duplicate"
    UNUSED = "unused"
    """Nobody was ever answered from it."""
    BAD_ANSWERS = "bad_answers"
    """It answers often, and people say that the answers are bad."""
    OUTDATED = "outdated"
    """Somebody said so."""
    MISSING = "missing"
    """Somebody missed something on it."""
    INCORRECT = "incorrect"
    """Somebody said that it is wrong."""


OUTDATED_KINDS = frozenset(
    {
        FlagKind.EXPIRED,
        FlagKind.EXPIRING,
        FlagKind.OVERDUE,
        FlagKind.SOURCE_GONE,
        FlagKind.BROKEN_LINK,
        FlagKind.TRANSLATION_BEHIND,
        FlagKind.OUTDATED,
    }
)
"""Flags that speak of age."""


class FlagState(StrEnum):
    """Where a flag stands; only the first two wait for somebody."""

    OPEN = "open"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    """Somebody mended it."""
    DISMISSED = "dismissed"
    """Somebody said why it is none."""
    CLOSED = "closed"
    """It ended by itself: the page changed, or is gone."""


WAITING = frozenset({FlagState.OPEN, FlagState.SNOOZED})


class Origin(StrEnum):
    """Who raises flags."""

    DETECTOR = "detector"
    PERSON = "person"
    AGENT = "agent"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence that a flag speaks of: the text of the revision from `start` to `end`."""

    document: DocumentId
    revision: int
    start: int
    end: int
    text: str
    marks: tuple[tuple[int, int], ...] = ()
    """The words that matter, as offsets into `text`."""
    point: PointId | None = None
    """The passage that it stands in."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a detector has found; the same finding has the same `key` whenever it is made.

    `key` names what makes it this one and no other, such as the sentence; the kind and the
    document are added to it. A finding that somebody dismissed is not raised again.
    """

    kind: FlagKind
    document: DocumentId
    revision: int
    key: str
    severity: float
    """0 to 1: how bad an answer would be that rests on it."""
    reason: str
    """One sentence for a content manager."""
    quotes: tuple[Quote, ...] = ()
    other: DocumentId | None = None
    """The other page of a contradiction, a duplicate or a translation."""
    code: str = ""
    """Which rule found it, such as price or duration."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A finding with what became of it; it is raised and ended, its finding never changed."""

    id: str
    tenant: TenantId
    finding: Finding
    origin: Origin
    state: FlagState
    impact: float
    """How much it matters now: 0 and more; the queue's order."""
    raised_at: datetime
    raised_by: str
    """A key's id, or "" for a detector."""
    assigned_to: str = ""
    snoozed_until: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    note: str = ""
    """Why it ended."""
    title: str = ""
    """Of the document, as it is now."""
    other_title: str = ""
    ref: str = ""
    """Of the document in its source."""
    other_ref: str = ""
    source: SourceId | None = None
    access: frozenset[str] = frozenset()
    """Who may see the document, and with it the flag."""
    other_access: frozenset[str] = frozenset()


class FlagAction(StrEnum):
    """What can be done with flags; it is also what the history calls it."""

    RAISE = "raise"
    COMMENT = "comment"
    ASSIGN = "assign"
    SNOOZE = "snooze"
    REOPEN = "reopen"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class FlagChange:
    """One action on flags."""

    action: FlagAction
    by: str
    at: datetime
    note: str = ""
    """The comment, or the reason; a dismissal must have one."""
    assigned_to: str = ""
    until: datetime | None = None
    """Of a snooze."""


@dataclass(frozen=True, slots=True)
class FlagFilter:
    """Which flags a caller asks for; None means no limit of that kind."""

    states: frozenset[FlagState] | None = frozenset({FlagState.OPEN})
    kinds: frozenset[FlagKind] | None = None
    documents: frozenset[DocumentId] | None = None
    sources: frozenset[SourceId] | None = None
    assigned_to: str | None = None
    groups: frozenset[str] | None = None
    """Flags on pages that these groups may not see are left out."""
    raised_after: datetime | None = None
    ended_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What findings came to."""

    raised: tuple[Flag, ...]
    closed: tuple[Flag, ...]


# --- pages ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Usage:
    """How often a page answered over the last weeks, and how well."""

    answered: int = 0
    """Answers that rested on it."""
    bad: int = 0
    """Of them, those of which somebody said that they were bad."""
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Aging:
    """What is known of a document's age: all that its staleness depends on."""

    document: DocumentId
    source: SourceId
    state: DocumentState
    access: frozenset[str]
    tags: frozenset[str]
    language: str
    title: str
    ref: str
    url: str
    created_at: datetime
    synced_at: datetime
    changed_at: datetime | None
    verified_at: datetime | None
    review_by: datetime | None
    """What the page itself says."""
    due_at: datetime | None
    """What a person said."""
    review_days: int | None
    """The interval that holds for it, by itself, its tags or its source."""
    owner: str
    edits: tuple[datetime, ...]
    """When its text changed, oldest first, its first appearance apart."""
    volatility: float | None
    """Expected edits a year, as its content tells; None where nothing told it yet."""
    tokens: int
    flags: tuple[tuple[FlagKind, float], ...] = ()
    """Kind and severity of the flags that wait on it."""
    usage: Usage = Usage()
    revision: int = 0
    score: float = 0.0
    """The staleness that is stored of it, with its reasons."""
    stale: bool = False
    reasons: tuple[str, ...] = ()
    kind: str = ""
    """Of its source."""
    source_synced_at: datetime | None = None
    """When its source was last looked at to the end."""


@dataclass(frozen=True, slots=True)
class Staleness:
    """How far a page is from being trusted: 0 as fresh as can be, 1 surely outdated."""

    score: float
    reasons: tuple[str, ...] = ()
    """Sentences, the gravest first."""
    stale: bool = False
    """Whether answers should say so."""


class RuleScope(StrEnum):
    """What a review rule is about; a narrower one beats a wider one."""

    ALL = "all"
    SOURCE = "source"
    TAG = "tag"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """How often pages are to be looked at, and by whom; what it leaves open a wider one says."""

    scope: RuleScope
    subject: str
    """A source's id, a tag, a document's id; "" for all."""
    every_days: int | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two places of different pages that contradict one another."""

    flag: str
    reason: str
    quotes: tuple[Quote, ...]

    @property
    def documents(self) -> frozenset[DocumentId]:
        """Both pages."""
        return frozenset(quote.document for quote in self.quotes)


@dataclass(frozen=True, slots=True)
class Inspected:
    """How far a tenant's pages have been looked at."""

    sequence: int = 0
    whole_at: datetime | None = None
    """When all pages were compared with one another last."""


# --- who did what -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the audit: who did what to what, never changed."""

    tenant: TenantId
    at: datetime
    by: str
    """A key's id; "" for Punnet itself."""
    action: str
    """Such as flag.dismiss, document.verify, document.quarantine, source.add."""
    subject: str
    """The id of the flag, document, source, key."""
    detail: Mapping[str, Json]
    id: int = 0
    """Higher is later; 0 before it was kept."""
