"""What the ledger keeps of topics: what questions are about, how often, and how they fared.

Counts are kept by week and outlive the questions, whose texts are forgotten.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from connectors.model import Json, TenantId
from ingest.model import DocumentId, Vector


class Standing(StrEnum):
    """How a question fared, as its record tells."""

    UNKNOWN = "unknown"
    """Passages were asked for alone: nobody judged whether they answer."""
    ANSWERED = "answered"
    WEAK = "weak"
    """The evidence did not suffice."""
    REFUSED = "refused"
    """A model was asked and declined."""


class TopicState(StrEnum):
    """Whether a topic's troubles wait for somebody."""

    OPEN = "open"
    DISMISSED = "dismissed"
    """Somebody said why it needs no page."""
    RESOLVED = "resolved"
    """It is answered now, as somebody said or as was found."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A kept question, as topics read it."""

    id: str
    at: datetime
    kind: str
    text: str
    finds: bool
    """Whether any passage was found for it."""
    detail: Mapping[str, Json]
    topic: str = ""
    """"" before it has one, or where it is left out."""
    standing: Standing = Standing.UNKNOWN
    bad: bool = False
    """Whether somebody said that its answer was bad."""


@dataclass(frozen=True, slots=True)
class TopicCentre:
    """Where a topic's questions lie: the mean of their vectors is `length * vector`."""

    id: str
    state: TopicState
    vector: Vector
    length: float
    """0 to 1: near 1 where its questions say the same."""
    weight: int
    """How many questions it is the mean of."""


@dataclass(frozen=True, slots=True)
class TopicWeek:
    """What was asked of a topic in one week."""

    start: date
    """Its Monday, in UTC."""
    asked: int = 0
    weak: int = 0
    refused: int = 0
    bad: int = 0

    @property
    def troubles(self) -> int:
        """How often something went wrong."""
        return self.weak + self.refused + self.bad


@dataclass(frozen=True, slots=True)
class Lately:
    """How often a topic was asked about of late, by the questions that are kept."""

    last: int = 0
    """In the last seven days."""
    before: int = 0
    """In the seven days before those."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What questions are about, by their own words."""

    id: str
    name: str
    """Its most central question; its words once that question is forgotten."""
    words: tuple[str, ...]
    """That tell it from other topics, best first."""
    state: TopicState
    first_at: datetime
    last_at: datetime
    trouble_at: datetime | None
    """When a question of it last went wrong."""
    troubles: int
    """How often that was, in all."""
    named_after: str = ""
    """The id of the question that it is called by."""
    nearest: DocumentId | None = None
    """The page that comes nearest to it."""
    nearness: float = 0.0
    """The cosine of that page's best passage."""
    checked: int = 0
    """As of which sequence it was tried last whether its questions are answered now."""
    note: str = ""
    """Why it was dismissed or resolved."""
    by: str = ""
    """A key's id; "" for Punnet itself."""
    ended_at: datetime | None = None
    troubles_at_end: int = 0
    weeks: tuple[TopicWeek, ...] = ()
    """Oldest first; weeks without a question are left out."""
    lately: Lately = Lately()
    """Nothing before it is counted, which takes `TopicLedger.lately`."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Which topic a question belongs to; "" leaves it out."""

    question: AskedQuestion
    topic: str
    standing: Standing
    bad: bool


@dataclass(frozen=True, slots=True)
class Sorting:
    """What becomes true at once when questions are put into topics."""

    placed: tuple[Placed, ...] = ()
    centres: tuple[TopicCentre, ...] = ()
    """Of new topics and of those that moved."""
    merged: Mapping[str, str] | None = None
    """Topics that are no more, and into which they went."""


@dataclass(frozen=True, slots=True)
class TopicSketch:
    """What is said of a topic beside its counts."""

    name: str
    named_after: str
    words: tuple[str, ...]
    nearest: DocumentId | None
    nearness: float


@dataclass(frozen=True, slots=True)
class TopicChange:
    """That a topic's troubles end, or wait again."""

    state: TopicState
    note: str
    by: str
    at: datetime


class TopicLedger(Protocol):
    """Know what questions are about; it goes with its tenant."""

    async def unsorted(
        self, tenant: TenantId, kinds: Collection[str], limit: int
    ) -> Sequence[AskedQuestion]:
        """Give questions of these kinds that have no topic yet, oldest first."""
        ...

    async def complaints(
        self, tenant: TenantId, verdicts: Collection[str], limit: int
    ) -> Sequence[AskedQuestion]:
        """Give sorted questions of which somebody said one of these, not yet counted as bad."""
        ...

    async def middle(self, tenant: TenantId, dimension: int, fewest: int) -> Vector | None:
        """Give the mean vector of what the pages say, by a sample that is the same each time.

        None where there are fewer passages; vectors of another length are passed over.
        """
        ...

    async def centres(self, tenant: TenantId) -> Sequence[TopicCentre]:
        """Give where all topics lie, in order of id."""
        ...

    async def sort(self, tenant: TenantId, sorting: Sorting) -> None:
        """Put questions into topics and count them, in one transaction; twice counts once."""
        ...

    async def sketch(self, tenant: TenantId, sketches: Mapping[str, TopicSketch]) -> None:
        """Say how topics are called, and what comes near to them."""
        ...

    async def checked(self, tenant: TenantId, topics: Collection[str], sequence: int) -> None:
        """Note as of which sequence their questions were tried again."""
        ...

    async def topics(
        self, tenant: TenantId, ids: Collection[str] | None, since: date
    ) -> Sequence[Topic]:
        """Give these topics, or all, in order of id, with their weeks since then."""
        ...

    async def lately(self, tenant: TenantId, at: datetime) -> Mapping[str, Lately]:
        """Count by topic what was asked in the fourteen days before a moment."""
        ...

    async def questions(
        self, tenant: TenantId, topic: str, limit: int, *, troubled: bool
    ) -> Sequence[AskedQuestion]:
        """Give a topic's kept questions, newest first; those alone that went wrong, if asked."""
        ...

    async def change_topic(self, tenant: TenantId, topic: str, change: TopicChange) -> bool:
        """Change a topic's state; False when there is none, or it has that state already."""
        ...

    async def verdicts(self, tenant: TenantId, query_id: str) -> Sequence[Mapping[str, Json]]:
        """Give what was said of an answer before, oldest first."""
        ...

    async def forget_topics(self, before: date) -> int:
        """Delete weeks before then and topics without any, and say how many topics.

        A topic whose naming question is forgotten is called by its words instead.
        """
        ...


def week_of(at: datetime) -> date:
    """Give the Monday of a moment's week; `at` is in UTC."""
    return at.date() - timedelta(days=at.weekday())
