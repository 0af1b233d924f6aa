"""What a content team is told once a week, and which pages it looks through once a month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.freshness.impact import to_review
from ingest.freshness.model import Aging, Flag, FlagFilter, FlagKind
from ingest.freshness.ports import FlagLedger, FreshnessLedger
from ingest.freshness.reporting import Actor
from ingest.freshness.staleness import looked_at, staleness
from ingest.ledger import RunLedger, SourceLedger
from ingest.model import DocumentId
from ingest.ports import Clock
from ingest.records import RunState, SourceRecord, SyncRun

WEEK = timedelta(days=7)
_MOST_FLAGS = 10
_MOST_PAGES = 20
_TROUBLED = frozenset({RunState.FAILED, RunState.PARTIAL, RunState.NEEDS_CONFIRMATION})


@dataclass(frozen=True, slots=True)
class GapLine:
    """What people ask about and are not answered well, new or asked more than before."""

    topic: str
    """Its id."""
    name: str
    asked: int
    """In the last seven days."""
    change: int
    """Against the seven days before."""
    new: bool
    page: str = ""
    """The title of the page that comes nearest."""


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """A page whose text is new."""

    document: DocumentId
    title: str
    url: str
    at: datetime
    new: bool
    """Whether the page itself is."""


@dataclass(frozen=True, slots=True)
class SyncTrouble:
    """A source whose last run did not go well."""

    source: str
    """Its name."""
    state: RunState
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WeekDigest:
    """What happened within seven days, and what waits."""

    since: datetime
    until: datetime
    waiting: Mapping[FlagKind, int]
    raised: Mapping[FlagKind, int]
    ended: Mapping[FlagKind, int]
    queue: tuple[Flag, ...]
    """Of what waits, that which matters most."""
    gaps: tuple[GapLine, ...]
    changed: tuple[ChangedPage, ...]
    """The latest."""
    pages_changed: int
    pages_added: int
    troubles: tuple[SyncTrouble, ...]


@dataclass(frozen=True, slots=True)
class DuePage:
    """A page that is worth looking through, and why."""

    document: DocumentId
    title: str
    url: str
    owner: str
    seen_at: datetime
    """When somebody last had it in hand: changed it, or found it still right."""
    answered: int
    """How often it answered within the last 30 days."""
    outdated: float
    """The probability that it is outdated, or must change within a month."""
    reasons: tuple[str, ...]
    """The gravest first."""


@dataclass(frozen=True, slots=True)
class MonthList:
    """The pages that are worth looking through this month, the worthiest first."""

    at: datetime
    pages: tuple[DuePage, ...]


@dataclass(frozen=True, slots=True)
class DigestPorts:
    """What digests are made of."""

    flags: FlagLedger
    freshness: FreshnessLedger
    sources: SourceLedger
    runs: RunLedger


class Digests:
    """Make digests of what the actor may see; the time is now."""

    def __init__(self, ports: DigestPorts, clock: Clock) -> None:
        self._ports = ports
        self._clock = clock

    async def week(self, actor: Actor, gaps: Sequence[GapLine]) -> WeekDigest:
        """Give the digest of the last seven days; `gaps` are added to it."""
        now = self._clock()
        since, flags, tenant = now - WEEK, self._ports.flags, actor.tenant
        open_ones = FlagFilter(groups=actor.groups)
        raised = FlagFilter(states=None, groups=actor.groups, raised_after=since)
        ended = FlagFilter(states=None, groups=actor.groups, ended_after=since)
        pages = await self._pages(actor, now)
        changed = changed_pages(pages, since)
        return WeekDigest(
            since=since,
            until=now,
            waiting=await flags.count_flags(tenant, open_ones),
            raised=await flags.count_flags(tenant, raised),
            ended=await flags.count_flags(tenant, ended),
            queue=tuple(await flags.list_flags(tenant, open_ones, None, _MOST_FLAGS)),
            gaps=tuple(gaps),
            changed=tuple(changed[:_MOST_PAGES]),
            pages_changed=sum(not page.new for page in changed),
            pages_added=sum(page.new for page in changed),
            troubles=await self._troubles(actor),
        )

    async def month(self, actor: Actor) -> MonthList:
        """Give the pages to look through this month: the surer outdated and the oftener asked."""
        now = self._clock()
        listed = to_review(await self._pages(actor, now), now, _MOST_PAGES)
        return MonthList(now, tuple(_due(one.page, one.outdated, now) for one in listed))

    async def _pages(self, actor: Actor, at: datetime) -> list[Aging]:
        agings = await self._ports.freshness.agings(actor.tenant, at)
        return [page for page in agings if actor.sees(page.access)]

    async def _troubles(self, actor: Actor) -> tuple[SyncTrouble, ...]:
        held = await self._ports.sources.list_sources(actor.tenant)
        seen = [one for one in held if actor.sees(one.source.access)]
        runs = await self._ports.runs.last_runs(actor.tenant, [one.source.id for one in seen])
        return tuple(troubles_of(seen, runs.values(), names=actor.groups is None))


def changed_pages(pages: Iterable[Aging], since: datetime) -> list[ChangedPage]:
    """Give the pages whose text is newer, those that changed first, each kind latest first."""
    found = [
        ChangedPage(page.document, page.title or page.ref, page.url, at, page.created_at >= since)
        for page in pages
        if (at := max((page.created_at, *page.edits[-1:]))) >= since
    ]
    return sorted(found, key=lambda one: (one.new, -one.at.timestamp(), one.document))


def troubles_of(
    sources: Iterable[SourceRecord], runs: Iterable[SyncRun], *, names: bool
) -> list[SyncTrouble]:
    """Give the sources whose last run went wrong, with why; documents are named only if asked."""
    called = {record.source.id: record.source.name for record in sources}
    return [
        SyncTrouble(
            called[run.source], run.state, _why(run, names=names), run.ended_at or run.queued_at
        )
        for run in sorted(runs, key=lambda run: called[run.source])
        if run.state in _TROUBLED
    ]


def _why(run: SyncRun, *, names: bool) -> str:
    if run.state is RunState.NEEDS_CONFIRMATION:
        return f"{len(run.awaiting)} pages are gone, and wait for somebody to say so"
    if run.errors and not run.errors[0].ref:
        return run.errors[0].reason
    failed = f"{run.counts.failed} pages failed"
    if run.errors and names:
        return f"{failed}, such as {run.errors[0].ref}: {run.errors[0].reason}"
    return failed


def _due(page: Aging, outdated: float, at: datetime) -> DuePage:
    return DuePage(
        document=page.document,
        title=page.title or page.ref,
        url=page.url,
        owner=page.owner,
        seen_at=looked_at(page),
        answered=page.usage.answered,
        outdated=outdated,
        reasons=staleness(page, at).reasons,
    )
