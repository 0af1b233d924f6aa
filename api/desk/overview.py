"""The first page: how the knowledge stands, what matters most, and what changed this week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.responses import Response

from api.deps import Served, Services
from api.desk.asking import sources_of
from api.desk.doors import Seeing, Shown, desk_router
from api.desk.flags import FlagView, view_of
from api.desk.shell import Visitor
from api.routes.access import actor_of
from api.routes.gaps import gap_review
from ingest.freshness.model import FlagFilter
from ingest.freshness.standing import DayCount, Standing
from ingest.records import DocumentState, RunState, SourceRecord, SyncRun
from ingest.topics import TopicState
from retrieval.gaps.model import Gap

router = desk_router()
_TOP = 10
_GAPS = 5
_WEEK = 7
_TROUBLED = frozenset({RunState.FAILED, RunState.PARTIAL, RunState.NEEDS_CONFIRMATION})


@dataclass(frozen=True, slots=True)
class Health:
    """How pages stand, as shares of those that answer."""

    live: int
    failed: int
    quarantined: int
    fresh: int
    doubtful: int
    """Not stale, and somebody is to look at them."""
    stale: int
    verified: int

    @property
    def fresh_share(self) -> float:
        """Give the share of live pages that nothing speaks against."""
        return self.fresh / self.live if self.live else 0.0

    @property
    def lasting_share(self) -> float:
        """Give the share of live pages that are not stale."""
        return 1 - self.stale / self.live if self.live else 0.0


@dataclass(frozen=True, slots=True)
class Week:
    """What happened on each of the last days, oldest first."""

    days: tuple[DayCount, ...]

    @property
    def changed(self) -> int:
        """Count new texts."""
        return sum(one.changed for one in self.days)

    @property
    def raised(self) -> int:
        """Count flags that were raised."""
        return sum(one.raised for one in self.days)

    @property
    def ended(self) -> int:
        """Count flags that were closed, by people or by themselves."""
        return sum(one.ended for one in self.days)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source, and how its last run went."""

    record: SourceRecord
    last: SyncRun | None

    @property
    def troubled(self) -> bool:
        """Say whether somebody should look at it."""
        return self.last is not None and self.last.state in _TROUBLED


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page."""

    health: Health
    week: Week
    queue: tuple[FlagView, ...]
    waiting: int
    gaps: tuple[Gap, ...] | None
    """None: not for this visitor."""
    sources: tuple[SourceLine, ...]


@router.get("/")
async def overview(me: Seeing, desk: Shown, served: Served) -> Response:
    """Show what a content manager wants to know on a Monday."""
    caller, actor = me.caller, actor_of(me.caller)
    now = served.clock()
    standing = await served.ledger.standing.standing(caller.tenant, caller.groups)
    begin = _midnight(now) - timedelta(days=_WEEK - 1)
    days = await served.ledger.standing.days(caller.tenant, begin, caller.groups)
    top = await served.review.flags(actor, FlagFilter(), None, _TOP)
    counts = await served.review.counts(actor, FlagFilter())
    page = Overview(
        health=health_of(standing),
        week=Week(whole_week(days, begin.date())),
        queue=tuple(map(view_of, top)),
        waiting=sum(counts.values()),
        gaps=await _gaps(served, me),
        sources=await _source_lines(served, me),
    )
    return desk.show(me, "overview", page=page)


def health_of(standing: Standing) -> Health:
    """Count what the overview tells of."""
    live = standing.states.get(DocumentState.LIVE, 0)
    return Health(
        live=live,
        failed=standing.states.get(DocumentState.FAILED, 0),
        quarantined=standing.states.get(DocumentState.QUARANTINED, 0),
        fresh=live - standing.stale - standing.doubtful,
        doubtful=standing.doubtful,
        stale=standing.stale,
        verified=standing.verified,
    )


def whole_week(days: Sequence[DayCount], first: date) -> tuple[DayCount, ...]:
    """Give seven days from the first, those on which nothing happened too."""
    told = {one.day: one for one in days}
    week = (first + timedelta(days=passed) for passed in range(_WEEK))
    return tuple(told.get(day, DayCount(day)) for day in week)


async def _gaps(served: Services, me: Visitor) -> tuple[Gap, ...] | None:
    """Give what is asked most and not answered: only to who sees all pages."""
    if me.caller.groups is not None:
        return None
    found = await gap_review(served, me.caller).gaps(me.caller.tenant, TopicState.OPEN)
    return tuple(found[:_GAPS])


async def _source_lines(served: Services, me: Visitor) -> tuple[SourceLine, ...]:
    records = await sources_of(served, me.caller)
    ids = [one.source.id for one in records]
    last = await served.ledger.runs.last_runs(me.caller.tenant, ids)
    return tuple(SourceLine(one, last.get(one.source.id)) for one in records)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
