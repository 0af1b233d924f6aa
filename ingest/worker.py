"""Carry out queued runs, and say in the ledger how each ended."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog

from connectors.errors import ConnectorError, SourceUnavailable
from connectors.failpoint import failpoint
from connectors.model import Source
from connectors.port import Connector
from ingest.errors import IngestError, LeaseLost, TryLater
from ingest.freshness.model import Deed
from ingest.freshness.ports import AuditLedger
from ingest.holding import holding
from ingest.ledger import LeaseLedger, RunLedger, SourceLedger
from ingest.model import RunId
from ingest.ports import Clock, VectorIndex
from ingest.records import Lease, RunState, SyncError, SyncRun, WorkItem
from ingest.schedule import Schedule
from ingest.stages import Stages
from ingest.sync import Sync, Task
from ingest.tenant_store import TenantStore

_SLICE = 20.0
"""Seconds that a run works before it makes room for others that wait."""
_ROOM = timedelta(seconds=1)
"""For so long others go first, whatever their priority."""
_SELDOM = timedelta(hours=1)
_LONGEST_REST = timedelta(days=1)
"""A run that could not go on for so long has failed."""
_MOST_ATTEMPTS = 20
"""After so many failures to reach ledger, index or model the run itself is failed."""
_A_MOMENT = 0.5
"""Most runs of pushed documents end within it; then the next one loses no time."""
_OPEN = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class Opened:
    """A connector, and whether its documents leave only when a person removes them."""

    connector: Connector
    explicit: bool


@dataclass(frozen=True, slots=True)
class Bench:
    """What a worker works with and by."""

    runs: RunLedger
    sources: SourceLedger
    leases: LeaseLedger
    audit: AuditLedger
    index: VectorIndex
    schedule: Schedule
    open_source: Callable[[Source], Opened]
    crowded: Callable[[], Awaitable[bool]]
    """Says whether other work waits for room."""
    owner: str
    clock: Clock
    monotonic: Callable[[], float]


class Worker:
    """Handle items of the kind `sync`; an item done twice is a run resumed, or nothing."""

    def __init__(self, bench: Bench, sync: Sync) -> None:
        self._bench = bench
        self._sync = sync
        self._log = structlog.get_logger("punnet.worker")

    async def handle(self, item: WorkItem) -> None:
        """Carry out the run; raises what is worth trying again later."""
        run = await self._open(item)
        if run is None:
            return
        me = f"{self._bench.owner}:{item.key}"  # two items may be of one run
        async with holding(self._bench.leases, run.source, me, patience=_A_MOMENT) as lease:
            # What was read before the lease was ours, another run may have changed.
            run = await self._open(item)
            if run is None:
                return
            turn = await self._turn(run)
            await self._attempt(turn, lease, item.attempts)
        if turn.id != run.id:
            raise TryLater("an earlier run of the source had its turn", timedelta(0))

    async def _open(self, item: WorkItem) -> SyncRun | None:
        run = await self._bench.runs.run(item.tenant, RunId(item.subject))
        return run if run is not None and run.state in _OPEN else None

    async def _turn(self, run: SyncRun) -> SyncRun:
        """Give the open run of its source that was asked for first.

        A run must not begin where an earlier one stands, which has not seen what comes before.
        One that waits for a person is given up for the next, which looks at everything anew.
        """
        while first := await self._bench.runs.open_run(run.tenant, run.source):
            if first.state in _OPEN:
                return first
            await self._bench.schedule.give_up(first)
        return run

    async def _attempt(self, run: SyncRun, lease: Lease, attempts: int) -> None:
        """Bring the run to an end, if only to that of failing, or raise to have it go on later."""
        try:
            await self._carry_out(run, lease)
        except (LeaseLost, TryLater):
            raise
        except SourceUnavailable as error:
            if error.after is not None:
                await self._rest(run, error, error.after)
            await self._fail(run, str(error))
        except ConnectorError as error:
            await self._fail(run, str(error))
        except Exception as error:  # a fault of ours is told as well, or the run rests for ever
            if attempts < _MOST_ATTEMPTS:
                await self._interrupted(run, _reason(error))
                raise
            await self._fail(run, _reason(error))
        await self._bench.schedule.sweep_later(run.tenant, run.source)
        await self._bench.schedule.inspect(run.tenant)
        if run.started_at is not None:
            # Where it was cut off, the index may hold points that no commit speaks of.
            await self._bench.schedule.reconcile(run.tenant, run.source)

    async def _carry_out(self, run: SyncRun, lease: Lease) -> None:
        bench = self._bench
        await bench.runs.begin_run(run.id, bench.clock())
        failpoint("worker.begun")
        record = await bench.sources.source(run.tenant, run.source)
        begun = await bench.runs.run(run.tenant, run.id)
        if record is None or record.removing or begun is None:
            await self._fail(run, "the source is being removed")
            return
        opened = bench.open_source(record.source)
        stages = Stages(bench.monotonic)
        self._log.info("run_started", run=run.id, source=run.source, kind=begun.kind)
        task = Task(
            run=begun,
            record=record,
            connector=opened.connector,
            lease=lease,
            store=TenantStore(bench.index, run.tenant),
            stages=stages,
            explicit=opened.explicit,
            make_room=self._room_maker(),
        )
        ending = await self._sync.carry_out(task)
        state, done = ending.state, ending.run
        if state is not RunState.NEEDS_CONFIRMATION:
            await bench.runs.complete_run(lease, done, state, ending.cursor, bench.clock())
        failpoint("worker.ended")
        if state is not RunState.SUCCEEDED:
            await self._note(done, state, "")
        self._log.info(
            "run_ended",
            run=run.id,
            state=state,
            counts=asdict(done.counts),
            stages=stages.seconds(),
        )

    def _room_maker(self) -> Callable[[], Awaitable[None]]:
        """Have one long run not keep all others waiting."""
        began = self._bench.monotonic()

        async def make_room() -> None:
            worked = self._bench.monotonic() - began
            if worked >= _SLICE and await self._bench.crowded():
                raise TryLater("others have their turn", _ROOM)

        return make_room

    async def _rest(self, run: SyncRun, error: SourceUnavailable, after: timedelta) -> None:
        """Have the run go on when its source can be asked again; returns when it is to fail.

        The longer the trouble lasts, since it began or last took anything in, the more seldom
        it is asked.
        """
        latest = await self._bench.runs.run(run.tenant, run.id)
        took_in = await self._bench.runs.last_taken_in(run.tenant, run.source, run.id)
        now = self._bench.clock()
        since = took_in or (latest or run).started_at or now
        if now - since >= _LONGEST_REST:
            return
        after = max(after, min((now - since) / 4, _SELDOM))
        self._log.warning("run_rests", run=run.id, seconds=after.total_seconds(), reason=str(error))
        await self._tell(run, f"had to rest: {error}")
        await self._bench.runs.rest_run(run.id, now + after)
        raise TryLater(str(error), after) from error

    async def _interrupted(self, run: SyncRun, reason: str) -> None:
        """Tell whoever watches the run why it rests."""
        self._log.warning("run_interrupted", run=run.id, reason=reason)
        await self._tell(run, f"interrupted, goes on by itself: {reason}")

    async def _tell(self, run: SyncRun, what: str) -> None:
        with suppress(IngestError):  # where the ledger itself is away, the log has to do
            await self._bench.runs.note_errors(run.id, [SyncError("", what)])

    async def _fail(self, run: SyncRun, reason: str) -> None:
        await self._bench.runs.note_errors(run.id, [SyncError("", reason)])
        latest = await self._bench.runs.run(run.tenant, run.id)
        counts = (latest or run).counts
        await self._bench.runs.end_run(run.id, RunState.FAILED, counts, self._bench.clock())
        await self._note(run, RunState.FAILED, reason)
        self._log.warning("run_failed", run=run.id, reason=reason)

    async def _note(self, run: SyncRun, state: RunState, reason: str) -> None:
        """Tell those who follow the audit of a run that needs somebody's eye."""
        detail = {"run": run.id, "reason": reason}
        action = f"sync.{state.value}"
        deed = Deed(run.tenant, self._bench.clock(), "", action, run.source, detail)
        await self._bench.audit.note([deed])


def _reason(error: Exception) -> str:
    if isinstance(error, IngestError):
        return str(error)
    return f"{type(error).__name__}, a fault of Punnet: the worker's log says where"
