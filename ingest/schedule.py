"""Say what is to be done and when: due sources, runs asked for, removals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.failpoint import failpoint
from connectors.model import SourceId, TenantId
from ingest.ledger import RunLedger, SourceLedger
from ingest.model import RunId
from ingest.ports import Clock, NewId, WorkQueue
from ingest.records import (
    RunCounts,
    RunKind,
    RunState,
    SourceRecord,
    SyncError,
    SyncRun,
    WorkItem,
)
from ingest.timing import next_due

_UNDER_WAY = frozenset({RunState.RUNNING, RunState.NEEDS_CONFIRMATION})
_GIVEN_UP = SyncError("", "given up before its deletion was confirmed: it was not carried out")
GRACE = timedelta(seconds=60)
"""How long retired points stay in the index: longer than any query takes."""
_BY_HAND = 10
"""What a person asked for goes before what the schedule asked for."""
_QUIETLY = -10
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Schedule:
    """Put work into the queue, each piece once."""

    def __init__(
        self,
        sources: SourceLedger,
        runs: RunLedger,
        queue: WorkQueue,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._sources = sources
        self._runs = runs
        self._queue = queue
        self._clock = clock
        self._new_id = new_id
        # Of the clock of an earlier process nothing is known: the first ring looks at its times.
        self._rang = _END_OF_TIME

    async def request_run(
        self,
        tenant: TenantId,
        source: SourceId,
        kind: RunKind = RunKind.CHANGES,
        *,
        by_hand: bool = True,
        priority: int = 0,
    ) -> SyncRun:
        """Queue a run, or give the one that is queued already.

        The schedule takes up with whatever run is open. When a person asks, one more is
        queued behind a run that is under way, because what changed since may lie where it
        has already looked; so too behind one that was confirmed; and a run that waits for
        confirmation is given up for a new one.
        """
        held = await self._runs.open_runs(tenant, source)
        under_way = next((run for run in held if run.state in _UNDER_WAY), None)
        if under_way and not by_hand:
            return under_way
        for waiting in held:
            if waiting.state is not RunState.NEEDS_CONFIRMATION:
                continue
            if kind is RunKind.RETRY:
                return waiting  # it reads again what failed too, once somebody has confirmed it
            await self.give_up(waiting)
        run = next((run for run in held if _is_ahead(run) and _does(run, kind)), None)
        # The item of a queued run may be the schedule's: who asks has one that goes before it.
        suffix = ":asked" if run and by_hand else ""
        if run is None:
            run = self._new_run(tenant, source, kind)
            await self._runs.add_run(run)
            failpoint("schedule.added")
        await self._put(run, priority + (_BY_HAND if by_hand else 0), suffix)
        return run

    async def give_up(self, waiting: SyncRun) -> None:
        """Close a run that waits for a person, so that the next one finds anew what it found."""
        await self._runs.note_errors(waiting.id, [_GIVEN_UP])
        await self._runs.end_run(waiting.id, RunState.FAILED, waiting.counts, self._clock())
        if waiting.kind is RunKind.FULL:
            # What only a look at everything shows to be gone, no later change tells.
            await self._sources.reset_cursor(waiting.source)

    async def confirm(self, tenant: TenantId, run: RunId) -> SyncRun | None:
        """Let a run that waits delete what it found to be gone; None when it does not wait."""
        if await self._runs.run(tenant, run) is None or not await self._runs.confirm_run(run):
            return None
        confirmed = await self._runs.run(tenant, run)
        if confirmed is not None:
            # Under a key of its own: the item of the run that stopped may not be finished yet.
            await self._put(confirmed, _BY_HAND, f":{self._new_id()}")
        return confirmed

    async def remove_source(self, tenant: TenantId, source: SourceId) -> bool:
        """Have a source and all its documents removed; False when there is none."""
        record = await self._sources.source(tenant, source)
        if record is None:
            return False
        await self._sources.save_source(_removing(record))
        failpoint("schedule.removing")
        await self._queue.put(self._item(f"remove:{source}", "remove", tenant, source))
        return True

    async def erase_tenant(self, tenant: TenantId) -> None:
        """Have everything of a tenant erased."""
        await self._queue.put(self._item(f"erase:{tenant}", "erase", tenant, tenant))

    async def sweep_later(self, tenant: TenantId, source: SourceId) -> None:
        """Have retired points taken from the index once no reader can want them."""
        item = self._item(f"sweep:{source}", "sweep", tenant, source)
        await self._queue.put(WorkItem(item.key, item.kind, tenant, source, self._clock() + GRACE))

    async def reconcile(self, tenant: TenantId, source: SourceId, *, soon: bool = True) -> None:
        """Have the index compared with the ledger and repaired; unless `soon`, after all else."""
        item = self._item(f"reconcile:{source}", "reconcile", tenant, source)
        await self._queue.put(item if soon else replace(item, priority=_QUIETLY))

    async def inspect(self, tenant: TenantId, *, soon: bool = True) -> None:
        """Have the tenant's pages looked at for what is stale; unless `soon`, after all else."""
        item = self._item(f"inspect:{tenant}", "inspect", tenant, tenant)
        await self._queue.put(item if soon else replace(item, priority=_QUIETLY))

    async def gather(self, tenant: TenantId) -> None:
        """Have what was asked put into topics, after all else."""
        item = self._item(f"gather:{tenant}", "gather", tenant, tenant)
        await self._queue.put(replace(item, priority=_QUIETLY))

    async def tick(self) -> None:
        """Queue what is due; a source that missed several turns runs once."""
        now = self._clock()
        if now < self._rang:
            await self._dues_back(now)
        self._rang = now
        for record in await self._sources.due_sources(now):
            if record.timing is None:
                continue
            its = record.source
            kind = RunKind.FULL if _full_due(record, now) else RunKind.CHANGES
            priority = record.priority
            await self.request_run(its.tenant, its.id, kind, by_hand=False, priority=priority)
            failpoint("schedule.requested")
            due = next_due(record.timing, its.id, record.next_due_at, now)
            await self._sources.set_due(its.id, due)

    async def _dues_back(self, now: datetime) -> None:
        """Have nothing wait for a time that was set by a clock which ran ahead."""
        for record in await self._sources.due_sources(_END_OF_TIME):
            if record.timing is not None and record.next_due_at is not None:
                due = next_due(record.timing, record.source.id, None, now)
                if due < record.next_due_at:
                    await self._sources.set_due(record.source.id, due)

    async def resume(self, record: SourceRecord) -> None:
        """Put back into the queue what a crash may have left out of it."""
        tenant, source = record.source.tenant, record.source.id
        if record.removing:
            await self.remove_source(tenant, source)
        # A run may have been killed between its end and its sweep.
        await self.sweep_later(tenant, source)
        for run in await self._runs.open_runs(tenant, source):
            if run.state is not RunState.NEEDS_CONFIRMATION:
                await self._put(run, 0)

    async def _put(self, run: SyncRun, priority: int, suffix: str = "") -> None:
        key = f"sync:{run.id}{suffix}"
        item = WorkItem(key, "sync", run.tenant, run.id, self._clock(), priority)
        await self._queue.put(item)

    def _item(self, key: str, kind: str, tenant: TenantId, subject: str) -> WorkItem:
        return WorkItem(key, kind, tenant, subject, self._clock())

    def _new_run(self, tenant: TenantId, source: SourceId, kind: RunKind) -> SyncRun:
        return SyncRun(
            id=RunId(self._new_id()),
            tenant=tenant,
            source=source,
            state=RunState.QUEUED,
            counts=RunCounts(),
            errors=(),
            awaiting=(),
            confirmed=False,
            queued_at=self._clock(),
            kind=kind,
        )


def _is_ahead(run: SyncRun) -> bool:
    """Say whether the run is queued and has looked at nothing yet."""
    return run.state is RunState.QUEUED and run.started_at is None


def _does(run: SyncRun, kind: RunKind) -> bool:
    """Say whether the run looks at all that one of this kind would."""
    return run.kind in (kind, RunKind.FULL)


def _full_due(record: SourceRecord, now: datetime) -> bool:
    if record.full_every_seconds is None or record.full_at is None:
        return False
    return now >= record.full_at + timedelta(seconds=record.full_every_seconds)


def _removing(record: SourceRecord) -> SourceRecord:
    return replace(record, removing=True, next_due_at=None)
