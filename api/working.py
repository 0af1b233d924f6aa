"""What the worker runs: the queue's handlers, and the bell that rings for what is due."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from api.bootstrap import (
    Ledger,
    allowed_by,
    build_embedder,
    build_schedule,
    new_id,
    opened_index,
    opened_ledger,
    owner,
    utc_now,
)
from api.entrusted import build_credentials, endpoints_of
from api.inspecting import (
    Advisers,
    Machines,
    freshness_handlers,
    opened_judge,
    opened_link_checker,
)
from api.settings import Settings
from api.telling import opened_notices
from connectors.model import Source
from connectors.politeness import Turns
from connectors.registry import is_explicit, open_connector
from connectors.surroundings import Surroundings
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.language_fasttext import FastTextDetector
from ingest.adapters.queue_local import LONGEST_DELAY, LocalQueue, Pace
from ingest.adapters.tokens import O200kTokens
from ingest.audit import Auditor, Rounds
from ingest.credentials import Credentials
from ingest.errors import IngestError
from ingest.language import LabellingParser
from ingest.notices.send import Notices
from ingest.parse.limits import ParseLimits
from ingest.parse.sandbox import SandboxedParser
from ingest.ports import AuditedIndex, Embedder, Handler, SparseEncoder
from ingest.prepare import Preparer
from ingest.reconcile import Reconciler
from ingest.records import SourceRecord
from ingest.schedule import Schedule
from ingest.settle import Settler
from ingest.sync import Sync
from ingest.upkeep import Upkeep
from ingest.worker import Bench, Opened, Worker

log = logging.getLogger(__name__)

_CLAIM_SECONDS = 6.0
"""How long the work of a killed worker waits for its successor."""
_TICK_SECONDS = 0.5
_AUDIT_SECONDS = 30
"""How soon an index that was lost while we run is noticed."""
_AGAIN_SECONDS = 2.0
_GATHER_SECONDS = 20
"""How soon a question without an answer stands among the gaps."""
KEPT_USAGE = timedelta(days=400)
"""How long it is known how often a page answered: a year, and the one before it for a month."""
KEPT_TOPICS = KEPT_USAGE
"""How long it is known how often a topic was asked about, and of a topic at all."""
_TELL_SECONDS = 2
_TELLING_SECONDS = 600.0
_ROUND_SECONDS = 60
"""At most one source's index is compared in so long, besides those that have a reason."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Everything that work is done with."""

    ledger: Ledger
    index: AuditedIndex
    embedder: Embedder
    sparse: SparseEncoder
    queue: LocalQueue
    schedule: Schedule
    upkeep: Upkeep
    credentials: Credentials
    owner: str


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Do what is due and what was asked for, until `stop` is set; then finish what runs."""
    limits = ParseLimits(size_mib=settings.max_document_mb)
    async with (
        open_workshop(settings) as shop,
        SandboxedParser(limits) as parser,
        opened_notices(
            shop.ledger.hooks, shop.ledger.flags, shop.credentials.vault, utc_now
        ) as notices,
        opened_link_checker(settings) as checker,
        opened_judge(settings) as judge,
    ):
        if not settings.qdrant_url:
            # The home has one worker: whoever held a lease before us is gone.
            await shop.ledger.leases.break_leases()
            await shop.ledger.work.free_work(utc_now() + LONGEST_DELAY)
        auditor = Auditor(shop.ledger.tenants, shop.ledger.sources, shop.upkeep, shop.index)
        # Before any run, which would keep its source's lease for as long as it takes.
        await _unless(stop, _audited(auditor))
        await _take_up(shop)
        with _ringing(shop.schedule) as bell:
            _look_after(bell, settings, shop, auditor)
            bell.add_job(partial(_tell, shop, notices), "interval", seconds=_TELL_SECONDS)
            await shop.queue.run(_handlers(settings, shop, parser, Advisers(checker, judge)), stop)


async def run_scheduler(settings: Settings, stop: asyncio.Event) -> None:
    """Only put into the queue what is due, for workers elsewhere, until `stop` is set."""
    async with opened_ledger(settings) as ledger:
        with _ringing(build_schedule(ledger)):
            await stop.wait()


@contextmanager
def _ringing(schedule: Schedule) -> Iterator[AsyncIOScheduler]:
    """Ring twice a second; a missed ring costs nothing, for due times lie in the ledger."""
    # It would tell of every ring.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    bell = AsyncIOScheduler(timezone="UTC")
    bell.add_job(
        schedule.tick,
        "interval",
        seconds=_TICK_SECONDS,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    bell.start()
    try:
        yield bell
    finally:
        bell.shutdown(wait=False)


@asynccontextmanager
async def open_workshop(settings: Settings) -> AsyncIterator[Workshop]:
    """Build what work is done with; everything is closed again in the end."""
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(opened_ledger(settings))
        embedder = await asyncio.to_thread(
            build_embedder, settings, threads=settings.worker_threads
        )
        sparse = Bm25Encoder()
        index = await stack.enter_async_context(opened_index(settings, embedder.recipe, sparse))
        me = owner()
        queue = LocalQueue(
            ledger.work, utc_now, me, Pace(settings.runs_at_once, claim_seconds=_CLAIM_SECONDS)
        )
        reconciler = Reconciler(ledger.points, embedder, sparse)
        yield Workshop(
            ledger=ledger,
            index=index,
            embedder=embedder,
            sparse=sparse,
            queue=queue,
            schedule=Schedule(ledger.sources, ledger.runs, queue, utc_now, new_id),
            upkeep=Upkeep(
                ledger.sources,
                ledger.tenants,
                ledger.runs,
                ledger.points,
                ledger.leases,
                index,
                reconciler,
                owner=me,
                clock=utc_now,
            ),
            credentials=build_credentials(settings, ledger.credentials, utc_now),
            owner=me,
        )


def _look_after(
    bell: AsyncIOScheduler, settings: Settings, shop: Workshop, auditor: Auditor
) -> None:
    """Have done what is done by the clock."""

    def every(job: Callable[[], Awaitable[object]], **span: int) -> None:
        bell.add_job(job, "interval", misfire_grace_time=None, **span)

    every(partial(_forget, settings, shop), hours=1)
    every(partial(_audit, auditor), seconds=_AUDIT_SECONDS)
    every(partial(_inspect_all, shop), hours=1)
    every(partial(_gather_all, shop), seconds=_GATHER_SECONDS)
    if settings.reconcile_hours:
        span = timedelta(hours=settings.reconcile_hours)
        ledger = shop.ledger
        rounds = Rounds(ledger.tenants, ledger.sources, shop.schedule, span, utc_now)
        every(rounds.ring, seconds=_ROUND_SECONDS)


async def _audited(auditor: Auditor) -> None:
    """Audit the index until that is done: no question is answered before."""
    while not await _audit(auditor):  # noqa: ASYNC110 - it tries again
        await asyncio.sleep(_AGAIN_SECONDS)


async def _audit(auditor: Auditor) -> bool:
    try:
        await auditor.audit()
    except IngestError as trouble:
        log.warning("the index cannot be audited, trying again: %s", trouble)
        return False
    return True


async def _unless(stop: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    """Wait for the work; break it off when `stop` is set."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    working.cancel()  # without effect on one that is done
    with suppress(asyncio.CancelledError):
        await working


async def _inspect_all(shop: Workshop) -> None:
    """Have all pages judged anew: age passes also where nothing changes."""
    for tenant in await shop.ledger.tenants.list_tenants():
        await shop.schedule.inspect(tenant.id, soon=False)


async def _gather_all(shop: Workshop) -> None:
    for tenant in await shop.ledger.tenants.list_tenants():
        await shop.schedule.gather(tenant.id)


async def _tell(shop: Workshop, notices: Notices) -> None:
    """Tell hooks what happened: one worker at a time, or they would be told twice."""
    leases = shop.ledger.leases
    lease = await leases.take("notices", shop.owner, _TELLING_SECONDS)
    if lease is not None:
        try:
            await notices.ring()
        finally:
            await leases.release(lease)


async def _forget(settings: Settings, shop: Workshop) -> None:
    """Forget what was kept for its time: old versions, deletions, runs and questions."""
    await shop.upkeep.forget()
    kept = timedelta(days=settings.keep_queries_days)
    await shop.ledger.queries.forget_queries(utc_now() - kept)
    await shop.ledger.usage.forget_usage(utc_now() - KEPT_USAGE)
    await shop.ledger.topics.forget_topics((utc_now() - KEPT_TOPICS).date())


def _handlers(
    settings: Settings, shop: Workshop, parser: SandboxedParser, advisers: Advisers
) -> Mapping[str, Handler]:
    ledger = shop.ledger
    around = Surroundings(
        ledger.uploads,
        ledger.frontier,
        allowed_by(settings),
        credentials=shop.credentials.read,
        endpoints=endpoints_of(settings),
        turns=Turns(time.monotonic, asyncio.sleep, settings.max_requests_per_second),
    )

    def open_source(source: Source) -> Opened:
        return Opened(open_connector(source, around), explicit=is_explicit(source))

    labelling = LabellingParser(parser, FastTextDetector.open())
    preparer = Preparer(labelling, shop.embedder, O200kTokens(), utc_now, new_id)
    settler = Settler(shop.ledger.documents, shop.embedder, shop.sparse, utc_now)
    sync = Sync(shop.ledger.documents, shop.ledger.sources, shop.ledger.runs, preparer, settler)
    machines = Machines(shop.ledger, shop.index, shop.embedder, shop.sparse, shop.schedule)
    bench = Bench(
        runs=shop.ledger.runs,
        sources=shop.ledger.sources,
        leases=shop.ledger.leases,
        audit=shop.ledger.audit,
        index=shop.index,
        schedule=shop.schedule,
        open_source=open_source,
        crowded=shop.queue.crowded,
        owner=shop.owner,
        clock=utc_now,
        monotonic=time.monotonic,
    )
    return {
        "sync": Worker(bench, sync).handle,
        "sweep": shop.upkeep.sweep,
        "reconcile": shop.upkeep.reconcile,
        "remove": shop.upkeep.remove,
        "erase": shop.upkeep.erase,
        **freshness_handlers(settings, machines, advisers),
    }


async def _take_up(shop: Workshop) -> None:
    """Take up what a crash may have left, and have the index held against the ledger."""
    if resealed := await shop.credentials.reseal():
        log.warning("sealed the credentials of %d sources under the newest key", resealed)
    for record in await all_sources(shop.ledger):
        await shop.schedule.reconcile(record.source.tenant, record.source.id)
        await shop.schedule.resume(record)
    await _inspect_all(shop)


async def all_sources(ledger: Ledger) -> list[SourceRecord]:
    """Give the sources of all tenants."""
    return [
        record
        for tenant in await ledger.tenants.list_tenants()
        for record in await ledger.sources.list_sources(tenant.id)
    ]
