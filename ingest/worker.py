"""Carry out queued runs, and say in the ledger how each ended."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

import structlog

from connectors.errors import ConnectorError
from connectors.model import Source
from connectors.port import Connector
from ingest.errors import IngestError, LeaseLost
from ingest.holding import holding
from ingest.ledger import LeaseLedger, RunLedger, SourceLedger
from ingest.model import RunId
from ingest.ports import Clock, VectorIndex
from ingest.records import Lease, RunState, SourceRecord, SyncError, SyncRun, WorkItem
from ingest.schedule import Schedule
from ingest.stages import Stages
from ingest.sync import Sync, Task
from ingest.tenant_store import TenantStore
from ingest.upkeep import GRACE

_MOST_ATTEMPTS = 20
"""After so many failures to reach ledger, index or model the run itself is failed."""
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
    index: VectorIndex
    schedule: Schedule
    open_source: Callable[[Source], Opened]
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
        run = await self._bench.runs.run(item.tenant, RunId(item.subject))
        if run is None or run.state not in _OPEN:
            return
        record = await self._bench.sources.source(run.tenant, run.source)
        if record is None or record.removing:
            await self._end(run, RunState.FAILED)
            return
        try:
            me = f"{self._bench.owner}:{run.id}"
            async with holding(self._bench.leases, run.source, me) as lease:
                await self._carry_out(run, record, lease)
        except LeaseLost:
            raise
        except ConnectorError as error:
            # Where the scan stood is worth nothing without the marks of what it has seen.
            await self._bench.sources.reset_cursor(run.source)
            await self._fail(run, str(error))
        except IngestError as error:
            if item.attempts < _MOST_ATTEMPTS:
                await self._interrupted(run, str(error))
                raise
            await self._fail(run, str(error))

    async def _carry_out(self, run: SyncRun, record: SourceRecord, lease: Lease) -> None:
        bench = self._bench
        opened = bench.open_source(record.source)
        stages = Stages(bench.monotonic)
        await bench.runs.begin_run(run.id, bench.clock())
        self._log.info("run_started", run=run.id, source=run.source)
        store = TenantStore(bench.index, run.tenant)
        task = Task(run, record, opened.connector, lease, store, stages, opened.explicit)
        state, done = await self._sync.carry_out(task)
        if state is not RunState.NEEDS_CONFIRMATION:
            await self._end(done, state)
        await bench.schedule.sweep_later(run.tenant, run.source, GRACE)
        self._log.info(
            "run_ended",
            run=run.id,
            state=state,
            counts=asdict(done.counts),
            stages=stages.seconds(),
        )

    async def _interrupted(self, run: SyncRun, reason: str) -> None:
        """Tell once, to whoever watches the run, why it rests."""
        self._log.warning("run_interrupted", run=run.id, reason=reason)
        told = SyncError("", f"interrupted, goes on by itself: {reason}")
        with suppress(IngestError):  # where the ledger itself is away, the log has to do
            latest = await self._bench.runs.run(run.tenant, run.id)
            if latest is not None and told not in latest.errors:
                await self._bench.runs.note_errors(run.id, [told])

    async def _fail(self, run: SyncRun, reason: str) -> None:
        await self._bench.runs.note_errors(run.id, [SyncError("", reason)])
        latest = await self._bench.runs.run(run.tenant, run.id)
        await self._end(latest or run, RunState.FAILED)
        self._log.warning("run_failed", run=run.id, reason=reason)

    async def _end(self, run: SyncRun, state: RunState) -> None:
        await self._bench.runs.end_run(run.id, state, run.counts, self._bench.clock())
