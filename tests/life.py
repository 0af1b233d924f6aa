"""A small Punnet in one process: real ledger, parser, connectors and engine over a memory index."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from connectors.model import Json, Source, SourceId, TenantId
from connectors.port import Connector
from connectors.registry import is_explicit, open_connector
from connectors.surroundings import EVERYTHING, Surroundings
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.ledger import SqlLedger, open_ledger
from ingest.adapters.queue_local import LocalQueue
from ingest.listing import PATIENCE_S
from ingest.parse.sandbox import SandboxedParser
from ingest.ports import Embedder, Parser, VectorIndex
from ingest.prepare import Preparer
from ingest.reading import DocumentFilter
from ingest.reconcile import Reconciler
from ingest.records import DocumentState, SourceRecord, SyncRun, Tenant, WorkItem
from ingest.schedule import Schedule
from ingest.settle import Settler
from ingest.sync import Sync
from ingest.upkeep import Upkeep
from ingest.worker import Bench, Opened, Worker
from retrieval.model import Fresh, Hit, SearchRequest
from retrieval.search import Searcher
from tests.blank import lay_ledger
from tests.fakes import FakeEmbedder, FakeTokens, MemoryIndex
from tests.languages import reader

ACME = TenantId("acme")
SOURCE = SourceId("s")


@dataclass
class Now:
    """A clock that is set by hand."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 22, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Life:
    """What a test works with."""

    ledger: SqlLedger
    index: VectorIndex
    embedder: Embedder
    schedule: Schedule
    bench: Bench
    engine: Sync
    worker: Worker
    upkeep: Upkeep
    searcher: Searcher
    now: Now

    async def add_source(self, kind: str, settings: dict[str, Json], name: str = "s") -> SourceId:
        source = Source(SourceId(name), ACME, kind, name, settings)
        await self.ledger.sources.add_source(
            SourceRecord(source, None, None, paused=False, cursor=None, created_at=self.now())
        )
        return source.id

    async def sync(self, source: SourceId = SOURCE) -> SyncRun:
        """Run the source to wherever the run ends."""
        self.now.pass_by(seconds=1)
        run = await self.schedule.request_run(ACME, source)
        return await self.carry_out(run)

    async def carry_out(self, run: SyncRun) -> SyncRun:
        await self.worker.handle(WorkItem(run.id, "sync", run.tenant, run.id, self.now()))
        ended = await self.ledger.runs.run(run.tenant, run.id)
        assert ended is not None
        return ended

    async def hits(self, query: str, limit: int = 5, fresh: Fresh = Fresh.ANY) -> Sequence[Hit]:
        request = SearchRequest(query, limit, DocumentFilter(), fresh)
        return (await self.searcher.search(ACME, request)).hits

    async def texts(self, query: str, limit: int = 5) -> list[str]:
        return [hit.passage.text for hit in await self.hits(query, limit)]

    async def states(self, source: SourceId = SOURCE) -> dict[DocumentState, int]:
        found = await self.ledger.documents.count_documents(ACME, source)
        return {state: count for state, count in found.items() if count}


@asynccontextmanager
async def living(
    home: Path,
    *,
    index: VectorIndex | None = None,
    parser: Parser | None = None,
    now: Now | None = None,
    embedder: Embedder | None = None,
    around: Callable[[Surroundings], Surroundings] | None = None,
    connect: Callable[[Source], Connector] | None = None,
    patience: float = PATIENCE_S,
) -> AsyncIterator[Life]:
    """Bring a small Punnet to life over the ledger of a folder.

    `around` changes what connectors know of the world, `connect` takes their place.
    """
    clock = now or Now()
    url = await lay_ledger(home / "ledger.db")
    async with open_ledger(url, clock=clock) as ledger, SandboxedParser() as sandbox:
        if await ledger.tenants.tenant(ACME) is None:
            await ledger.tenants.create_tenant(Tenant(ACME, "Acme", False, clock()))
        plain = Surroundings(ledger.uploads, ledger.frontier, EVERYTHING, now=clock)
        world = around(plain) if around else plain

        def open_source(source: Source) -> Opened:
            connector = connect(source) if connect else open_connector(source, world)
            return Opened(connector, connect is None and is_explicit(source))

        machines = _Machines(
            index or MemoryIndex(), parser or sandbox, embedder or FakeEmbedder(), open_source
        )
        yield _life(ledger, machines, clock, patience)


@dataclass(frozen=True)
class _Machines:
    index: VectorIndex
    parser: Parser
    embedder: Embedder
    open_source: Callable[[Source], Opened]


def _life(ledger: SqlLedger, machines: _Machines, now: Now, patience: float) -> Life:
    index, embedder, sparse = machines.index, machines.embedder, Bm25Encoder()
    queue = LocalQueue(ledger.work, now, "test")
    schedule = Schedule(ledger.sources, ledger.runs, queue, now, _new_id)
    preparer = Preparer(machines.parser, embedder, FakeTokens(), now, _new_id)
    settler = Settler(ledger.documents, embedder, sparse, now)
    sync = Sync(ledger.documents, ledger.sources, ledger.runs, preparer, settler, patience)
    bench = Bench(
        runs=ledger.runs,
        sources=ledger.sources,
        leases=ledger.leases,
        audit=ledger.audit,
        index=index,
        schedule=schedule,
        open_source=machines.open_source,
        crowded=queue.crowded,
        owner="test",
        clock=now,
        monotonic=time.monotonic,
    )
    return Life(
        ledger=ledger,
        index=index,
        embedder=embedder,
        schedule=schedule,
        bench=bench,
        engine=sync,
        worker=Worker(bench, sync),
        upkeep=Upkeep(
            ledger.sources,
            ledger.tenants,
            ledger.runs,
            ledger.points,
            ledger.leases,
            index,
            Reconciler(ledger.points, embedder, sparse),
            owner="test",
            clock=now,
        ),
        searcher=Searcher(ledger.reading, index, reader(embedder), now, ledger.flags),
        now=now,
    )


def _new_id() -> str:
    return uuid4().hex
