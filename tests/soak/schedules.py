"""Many sources on one-second schedules for minutes, while the worker is killed at random."""

import asyncio
import os
import random
import signal
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from connectors.model import SourceId
from ingest.records import SyncRun, Timing
from tests.life import ACME, Life, living
from tests.soak.kill import Machines, started
from tests.soak.pages import Told, first
from tests.soak.worker import HereParser, Order
from tests.soak.worlds import WORLDS, Pushed, World

KINDS = ("files",) * 5 + ("upload",) * 4 + ("web", "gdrive", "notion")
EVERY_S = 1
TAKEOVER_S = 5.0
DOCUMENTS = 12
_KILL_EVERY_S = (8.0, 25.0)
_WARM_S = 10.0


@dataclass(frozen=True)
class Down:
    """A time in which no worker was there."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Punctuality:
    """How a source was served."""

    source: str
    runs: int
    overlaps: int
    latest_s: float
    """By how much the latest start was later than its due time and its own duration before;
    beyond one interval is too late."""


@dataclass(frozen=True)
class Watched:
    """What became of all of it."""

    minutes: float
    deaths: int
    sources: Sequence[Punctuality]
    grown_mb: float
    """By how much the worker's memory grew over its longest life, once it was warm."""
    peak_mb: float

    @property
    def good(self) -> bool:
        """Whether none starved, overlapped itself or was late by more than an interval."""
        return all(
            one.runs > 1 and one.overlaps == 0 and one.latest_s <= EVERY_S for one in self.sources
        )


async def keep_schedules(root: Path, minutes: float, seed: int) -> Watched:
    """Have all sources synced for so long, and say how punctually."""
    rng = random.Random(seed)
    async with AsyncExitStack() as stack:
        machines = await stack.enter_async_context(started(root))
        home = machines.new_home()
        home.mkdir()
        worlds = await _worlds(stack, root)
        await _add(home, machines, worlds)
        watch = _Watch(machines, home, worlds, rng)
        await watch.run(minutes * 60)
        async with _life(home, machines) as life:
            runs = {
                name: await life.ledger.runs.list_runs(ACME, SourceId(name), None, 10_000)
                for name in worlds
            }
    told = [_judged(name, its, watch.downs) for name, its in runs.items()]
    return Watched(minutes, len(watch.downs), told, watch.grown(), watch.peak)


class _Watch:
    """Keeps a worker alive as a supervisor does, kills it, and watches its memory."""

    def __init__(
        self, machines: Machines, home: Path, worlds: dict[str, World], rng: random.Random
    ) -> None:
        self._machines, self._home, self._worlds, self._rng = machines, home, worlds, rng
        self.downs: list[Down] = []
        self.peak = 0.0
        self._lives: list[list[float]] = []

    async def run(self, seconds: float) -> None:
        """Go on for so long; the last life is ended too."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            died = datetime.now(UTC)
            living_ = asyncio.create_task(self._machines.workers.carry_out(self._order(), 3600))
            pid = await self._pid()
            if self._lives:
                self.downs.append(Down(died, datetime.now(UTC)))
            lasts = min(self._rng.uniform(*_KILL_EVERY_S), ends - time.monotonic())
            await self._watch(pid, lasts)
            os.kill(pid, signal.SIGKILL)
            await living_

    def grown(self) -> float:
        """Compare the memory late in the longest life with that when it was warm."""
        longest = max(self._lives, key=len, default=[])
        warm = longest[int(_WARM_S) :]
        if len(warm) < 4:
            return 0.0
        half = len(warm) // 2
        return statistics.median(warm[half:]) - statistics.median(warm[:half])

    async def _watch(self, pid: int, seconds: float) -> None:
        sizes: list[float] = []
        self._lives.append(sizes)
        for _ in range(int(seconds)):
            sizes.append(_resident_mb(pid))
            self.peak = max(self.peak, sizes[-1])
            await self._edit()
            await asyncio.sleep(1)

    async def _edit(self) -> None:
        """Have one source change, so that there is something to do."""
        world = self._worlds[self._rng.choice(sorted(self._worlds))]
        if isinstance(world, Pushed):
            return
        told = first(DOCUMENTS)
        changed = self._rng.choice(sorted(told))
        told[changed] = Told(changed, self._rng.randrange(1, 1_000_000))
        async with _life(self._home, self._machines) as life:
            await world.become(told, life.ledger.uploads)

    async def _pid(self) -> int:
        place = self._home / "pid"
        for _ in range(3000):
            with suppress(FileNotFoundError, ValueError):
                pid = int(place.read_text())
                place.unlink()
                return pid
            await asyncio.sleep(0.01)
        raise TimeoutError(f"no worker: {(self._home / 'worker.log').read_text()[-2000:]}")

    def _order(self) -> Order:
        vendors = self._worlds.values()
        return Order(
            home=str(self._home),
            socket=str(self._machines.index.socket),
            at=datetime.now(UTC).isoformat(),
            steps=("serve",),
            secrets={name: said for one in vendors for name, said in one.secrets.items()},
            endpoints={name: said for one in vendors for name, said in one.endpoints.items()},
        )


def _judged(name: str, newest_first: Sequence[SyncRun], downs: Sequence[Down]) -> Punctuality:
    runs = sorted(
        (run for run in newest_first if run.started_at), key=lambda run: run.started_at or _NEVER
    )
    overlaps, latest = 0, 0.0
    for before, after in pairwise(runs):
        began, ended, next_ = before.started_at, before.ended_at, after.started_at
        if began is None or ended is None or next_ is None:
            continue
        overlaps += next_ < ended
        away = sum((_within(down, began, next_) for down in downs), timedelta())
        late = next_ - began - timedelta(seconds=EVERY_S) - (ended - began) - away
        latest = max(latest, late.total_seconds())
    return Punctuality(name, len(runs), overlaps, round(latest, 2))


def _within(down: Down, began: datetime, ended: datetime) -> timedelta:
    """Give how long of this time no worker was there or was still taking over."""
    until = down.until + timedelta(seconds=TAKEOVER_S)
    return max(timedelta(), min(until, ended) - max(down.since, began))


async def _worlds(stack: AsyncExitStack, root: Path) -> dict[str, World]:
    worlds: dict[str, World] = {}
    for number, kind in enumerate(KINDS):
        name = f"{kind}{number}"
        place = root / name
        place.mkdir()
        world = await stack.enter_async_context(WORLDS[kind](place))
        worlds[name] = replace(world, source=SourceId(name)) if isinstance(world, Pushed) else world
    return worlds


async def _add(home: Path, machines: Machines, worlds: dict[str, World]) -> None:
    async with _life(home, machines) as life:
        for name, world in worlds.items():
            id_ = await life.add_source(world.kind, dict(world.settings), name)
            await world.become(first(DOCUMENTS), life.ledger.uploads)
            record = await life.ledger.sources.source(ACME, id_)
            assert record is not None
            timing = Timing(every_seconds=EVERY_S)
            await life.ledger.sources.save_source(replace(record, timing=timing))
            await life.ledger.sources.set_due(id_, datetime.now(UTC))


@asynccontextmanager
async def _life(home: Path, machines: Machines) -> AsyncIterator[Life]:
    async with (
        machines.index.client() as index,
        living(home, index=index, parser=HereParser()) as life,
    ):
        yield life


def _resident_mb(pid: int) -> float:
    with suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


_NEVER = datetime.min.replace(tzinfo=UTC)
