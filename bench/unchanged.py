"""What documents cost that did not change: each kind of connector through the whole engine.

    python -m bench.unchanged [--documents N] [--kind NAME]

Folder and site are real; vendors are fakes that speak their wire, from the contract tests, so
that requests count and seconds are those of our side alone.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bench.counting import CountingEmbedder, CountingIndex
from bench.figures import show
from ingest.records import RunKind
from tests.contracts import places
from tests.contracts.places import Make, Place
from tests.fakes import FakeEmbedder
from tests.life import ACME, SOURCE, Life, living
from tests.site import website

_RUNS = (("first", RunKind.CHANGES), ("changes", RunKind.CHANGES), ("full", RunKind.FULL))
Requests = Callable[[], int]
"""Counts the requests since it was called last."""


def main() -> None:
    """Measure every kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000)
    parser.add_argument("--kind", action="append")
    chosen = parser.parse_args()
    makers = {make.__name__: make for make in places.PLACES}
    rows: list[dict[str, object]] = []
    for kind in chosen.kind or makers:
        rows += asyncio.run(_measured(kind, makers[kind], chosen.documents))
    show("Unchanged: what documents cost that did not change", rows)
    again = [row for row in rows if row["run"] != "first"]
    wrong = [row for row in again if row["embedded"] or row["index writes"] or row["fetched"]]
    print("as promised" if not wrong else f"NOT as promised: {wrong}")


async def _measured(kind: str, make: Make, documents: int) -> Sequence[dict[str, object]]:
    index, embedder = CountingIndex(), CountingEmbedder(FakeEmbedder())
    with tempfile.TemporaryDirectory(prefix="punnet-unchanged-") as root:
        pages, home = Path(root) / "pages", Path(root) / "home"
        pages.mkdir()
        home.mkdir()
        async with (
            _filled(kind, make, pages, documents) as (place, requests),
            living(home, index=index, embedder=embedder, connect=lambda _: place.connector) as life,
        ):
            await life.add_source(kind, {})
            rows = []
            for name, which in _RUNS:
                told = await _run(life, which, requests)
                rows.append({"source": kind, "run": name, **told, **_spent(index, embedder)})
            return rows


def _spent(index: CountingIndex, embedder: CountingEmbedder) -> dict[str, object]:
    """Give what was written and embedded since the last time."""
    spent: dict[str, object] = {"embedded": embedder.texts, "index writes": index.writes}
    embedder.texts = index.writes = 0
    return spent


async def _run(life: Life, kind: RunKind, requests: Requests) -> dict[str, object]:
    requests()
    life.now.pass_by(minutes=5)
    run = await life.schedule.request_run(ACME, SOURCE, kind)
    began = time.perf_counter()
    run = await life.carry_out(run)
    seconds = time.perf_counter() - began
    counts = run.counts
    return {
        "state": run.state.value,
        "seconds": seconds,
        "requests": requests(),
        "listed": counts.listed,
        "unchanged": counts.unchanged,
        "fetched": counts.fetched,
    }


@asynccontextmanager
async def _filled(
    kind: str, make: Make, pages: Path, documents: int
) -> AsyncIterator[tuple[Place, Requests]]:
    opened = _site() if kind == places.site.__name__ else _place(make, pages)
    async with opened as (place, requests):
        for number in range(documents):
            await place.put(f"page-{number}.txt", f"This is page {number}.")
        yield place, requests


@asynccontextmanager
async def _place(make: Make, pages: Path) -> AsyncIterator[tuple[Place, Requests]]:
    async with make(pages) as place:

        def requests() -> int:
            if place.faults is None:
                return 0
            asked = len(place.faults.requests)
            place.faults.requests.clear()
            return asked

        yield place, requests


@asynccontextmanager
async def _site() -> AsyncIterator[tuple[Place, Requests]]:
    async with website({}) as served:

        async def put(ref: str, content: str) -> None:
            served.put(f"/{ref}", content, {"content-type": "text/plain"})

        async def remove(ref: str) -> None:
            served.remove(f"/{ref}")

        yield Place(served.connector(), put, remove), lambda: len(served.asked())


if __name__ == "__main__":
    main()
