"""Whether the embedder waits for the network: scripted sources of several latencies.

    python -m bench.pipeline [--documents N] [--latencies 0,50,300] [--pages 10,100] [--steady MS]

Every fetch and every page of the listing takes so many milliseconds. Ledger, parser, engine
and embedder are the real ones, the index is memory. `idle` is the share of the run in which
nothing was being embedded. With --steady the embedder takes so long for each text, however
busy the machine is.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np

from api.bootstrap import build_embedder, utc_now
from api.settings import load_settings
from bench.figures import show
from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    KnownDocument,
    Page,
    Presence,
)
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.ledger import SqlLedger, migrate, open_ledger
from ingest.adapters.tokens import O200kTokens
from ingest.model import Recipe, Vector, Vectors
from ingest.parse.sandbox import SandboxedParser
from ingest.ports import Embedder, TokenCounter
from ingest.prepare import Preparer
from ingest.records import RunState
from ingest.settle import Settler
from ingest.stages import Stages
from ingest.sync import Sync, Task
from ingest.tenant_store import TenantStore
from tests.builders import SHOP, source_record, sync_run, tenant
from tests.fakes import MemoryIndex

_WORDS = 90
"""Of a document: about 130 tokens, one passage."""


@dataclass
class Timed:
    """An embedder that knows how long it was at work."""

    embedder: Embedder
    seconds: float = 0.0
    calls: int = 0

    def __post_init__(self) -> None:
        self.recipe, self.tokens = self.embedder.recipe, self.embedder.tokens
        self.embed_query = self.embedder.embed_query

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed, by the clock."""
        began = time.monotonic()
        vectors = await self.embedder.embed_passages(texts)
        self.seconds += time.monotonic() - began
        self.calls += bool(texts)
        return vectors


@dataclass(frozen=True, slots=True)
class Steady:
    """An embedder whose every text takes its time, whatever else the machine does."""

    recipe: Recipe
    tokens: TokenCounter
    seconds: float

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Give any vectors."""
        await asyncio.sleep(self.seconds * len(texts))
        return np.ones((len(texts), self.recipe.dimension), np.float32)

    async def embed_query(self, text: str) -> Vector:
        """Give any vector."""
        return np.asarray((await self.embed_passages([text]))[0], np.float32)


@dataclass(frozen=True, slots=True)
class SlowPlace:
    """A source whose every answer takes its time."""

    texts: tuple[str, ...]
    latency: float
    page: int

    async def scan(
        self,
        cursor: Cursor | None,
        known: Mapping[str, KnownDocument],  # noqa: ARG002 - as the port has it
    ) -> AsyncIterator[Page | Completeness]:
        """List all documents, page by page."""
        for at in range(int(cursor or 0), len(self.texts), self.page):
            await asyncio.sleep(self.latency)
            until = min(at + self.page, len(self.texts))
            yield Page(tuple(Entry(str(n), "1") for n in range(at, until)), Cursor(str(until)))
        yield Completeness(enumerates_all=True)

    async def fetch(self, entry: Entry) -> Document:
        """Give one document."""
        await asyncio.sleep(self.latency)
        text = self.texts[int(entry.ref)]
        return Document(entry.ref, "1", "text/markdown", text.encode())

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        """Nothing ever goes."""
        return dict.fromkeys(refs, Presence.PRESENT)


def main() -> None:
    """Measure every latency with every size of page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000)
    parser.add_argument("--latencies", default="0,50,300", help="milliseconds")
    parser.add_argument("--pages", default="10,100")
    parser.add_argument("--steady", type=float, default=0.0, help="milliseconds for each text")
    chosen = parser.parse_args()
    settings = load_settings(None)
    embedder = build_embedder(settings, threads=settings.worker_threads)
    if chosen.steady:
        embedder = Steady(embedder.recipe, embedder.tokens, chosen.steady / 1000)
    texts = _texts(chosen.documents)
    alone = asyncio.run(_alone(embedder, texts[:200]))
    rows: list[dict[str, object]] = []
    for latency in map(int, chosen.latencies.split(",")):
        for page in map(int, chosen.pages.split(",")):
            place = SlowPlace(texts, latency / 1000, page)
            rows.append(
                {
                    "ms": latency,
                    "page": page,
                    **asyncio.run(_measured(place, embedder)),
                    "embedder alone/s": alone,
                }
            )
            print(rows[-1], flush=True)
    show("Pipeline: does the embedder wait", rows)


def _texts(count: int) -> tuple[str, ...]:
    rng = random.Random(4)
    words = ["".join(rng.choices("abcdefghilmnoprstuv", k=rng.randint(2, 7))) for _ in range(900)]
    return tuple(
        f"# Page {number}\n\n{' '.join(rng.choices(words, k=_WORDS))}.\n" for number in range(count)
    )


async def _alone(embedder: Embedder, texts: Sequence[str]) -> float:
    await embedder.embed_passages(texts[:20])
    began = time.monotonic()
    await embedder.embed_passages(texts)
    return len(texts) / (time.monotonic() - began)


async def _measured(place: SlowPlace, embedder: Embedder) -> dict[str, object]:
    timed, stages = Timed(embedder), Stages(time.monotonic)
    with tempfile.TemporaryDirectory(prefix="punnet-pipeline-") as home:
        url = f"sqlite+aiosqlite:///{Path(home) / 'ledger.db'}"
        await migrate(url)
        async with open_ledger(url, clock=utc_now) as ledger, SandboxedParser() as parser:
            task = await _task(ledger, place, stages)
            tokens = O200kTokens()
            preparer = Preparer(parser, timed, tokens, utc_now, lambda: uuid4().hex)
            settler = Settler(ledger.documents, timed, Bm25Encoder(), utc_now)
            sync = Sync(ledger.documents, ledger.sources, ledger.runs, preparer, settler)
            began = time.monotonic()
            ended = (await sync.carry_out(task)).run
            wall = time.monotonic() - began
    assert ended.counts.indexed == len(place.texts)
    return {
        "seconds": wall,
        "documents/s": len(place.texts) / wall,
        "idle": 1 - timed.seconds / wall,
        "batches": timed.calls,
        "waited": stages.seconds().get("wait", 0.0),
    }


async def _task(ledger: SqlLedger, place: SlowPlace, stages: Stages) -> Task:
    record = source_record(every_seconds=None)
    run = sync_run(state=RunState.QUEUED)
    await ledger.tenants.create_tenant(tenant())
    await ledger.sources.add_source(record)
    await ledger.runs.add_run(run)
    await ledger.runs.begin_run(run.id, utc_now())
    lease = await ledger.leases.take(f"source:{SHOP}", "bench", 3600)
    assert lease is not None
    return Task(
        run=run,
        record=record,
        connector=place,
        lease=lease,
        store=TenantStore(MemoryIndex(), run.tenant),
        stages=stages,
        explicit=False,
        make_room=_never_rest,
    )


async def _never_rest() -> None:
    """Go on, since nothing else waits."""


if __name__ == "__main__":
    main()
