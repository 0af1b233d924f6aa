"""Readers who ask all the time while documents are swapped, put back and their worker dies."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from connectors.failpoint import armed
from ingest.adapters.ledger import open_ledger
from ingest.errors import TryLater
from ingest.reading import DocumentFilter
from ingest.records import WorkItem
from retrieval.model import SearchRequest
from retrieval.search import Searcher
from tests.fakes import FakeEmbedder
from tests.index_process import IndexProcess
from tests.languages import reader
from tests.life import ACME, SOURCE, Life, Now, living
from tests.soak.machine import is_death
from tests.soak.pages import Told, marks
from tests.soak.worker import HereParser
from tests.soak.worlds import Pushed

Parts = dict[tuple[str, int], int]
"""How many parts each version of each document has."""
Marks = dict[str, dict[int, set[int]]]

DOCUMENTS = 6
_DEATHS = 0.2
"""Of the swaps: the share in which the worker dies."""
_LATEST_DEATH = 100


@dataclass
class Seen:
    """What readers saw."""

    answers: int = 0
    holes: list[str] = field(default_factory=list)
    mixes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def judge(self, found: dict[str, dict[int, set[int]]], told: Parts) -> None:
        """Hold what one answer says of documents against what they ever said."""
        for name, versions in found.items():
            if len(versions) != 1:
                self.mixes.append(f"{name} as {sorted(versions)}")
                continue
            ((version, parts),) = versions.items()
            if parts != set(range(told[name, version])):
                self.mixes.append(f"{name} with {sorted(parts)} of version {version}")


class Reader(Thread):
    """Asks in a thread of its own, over connections of its own."""

    def __init__(self, home: Path, index: IndexProcess, told: Parts) -> None:
        super().__init__(daemon=True)
        self.seen = Seen()
        self.stop = Event()
        self._home, self._index, self._told = home, index, told

    def run(self) -> None:
        asyncio.run(self._read())

    async def _read(self) -> None:
        rng = random.Random(self.name)
        now, url = Now(), f"sqlite+aiosqlite:///{self._home / 'ledger.db'}"
        async with self._index.client() as index, open_ledger(url, clock=now) as ledger:
            questions = reader(FakeEmbedder())
            searcher = Searcher(ledger.reading, index, questions, now, ledger.flags)
            while not self.stop.is_set():
                try:
                    await self._ask(searcher, f"page{rng.randrange(DOCUMENTS):03}")
                except Exception as error:  # whatever it is, no reader may meet it
                    self.seen.errors.append(repr(error))

    async def _ask(self, searcher: Searcher, name: str) -> None:
        where = DocumentFilter(refs=frozenset({f"{name}.md"}))
        answer = await searcher.search(ACME, SearchRequest(name, 50, where))
        found = marks(hit.passage.text for hit in answer.hits)
        self.seen.answers += 1
        self.seen.judge(found, self._told)
        if name not in found:
            self.seen.holes.append(name)


@dataclass
class Swapping:
    """Changes documents and syncs them, in lives that end early now and then."""

    home: Path
    index: IndexProcess
    rng: random.Random
    told: Parts = field(default_factory=dict)
    holds: dict[str, Told] = field(default_factory=dict)
    now: Now = field(default_factory=Now)
    deaths: int = 0

    async def begin(self) -> None:
        """Sync the first version of everything."""
        async with self._life() as life:
            await life.add_source("upload", {})
            self.holds = {name: self._new(name) for name in map(_name, range(DOCUMENTS))}
            await self._until_dead(life, "")

    async def swap(self, count: int) -> None:
        """Change so often."""
        left = count
        while left:
            async with self._life() as life:
                while left:
                    left -= 1
                    if not await self._swapped(life):
                        self.deaths += 1
                        break

    async def _swapped(self, life: Life) -> bool:
        """Change a document or two, and sync them; False when that was the end of a life."""
        for name in self.rng.sample(sorted(self.holds), self.rng.randint(1, 2)):
            was = self.holds[name].version
            back = self.rng.random() < 0.3 and was > 0
            version = was - 1 if back else was
            self.holds[name] = (
                Told(name, version, self.told[name, version]) if back else self._new(name)
            )
        dies = self.rng.random() < _DEATHS
        orders = f"*=die@{self.rng.randint(1, _LATEST_DEATH)}" if dies else ""
        try:
            await asyncio.create_task(self._until_dead(life, orders))
        except BaseException as error:
            if not is_death(error):
                raise
            return False
        return True

    async def _until_dead(self, life: Life, orders: str) -> None:
        await Pushed(ACME, SOURCE).become(self.holds, life.ledger.uploads)
        with armed(orders):
            await self._synced(life)

    async def _synced(self, life: Life) -> None:
        self.now.pass_by(minutes=2)
        with suppress(TryLater):
            await life.sync()
        if self.rng.random() < 0.2:
            with suppress(TryLater):
                await life.upkeep.sweep(WorkItem("sweep", "sweep", ACME, SOURCE, self.now()))

    def _new(self, name: str) -> Told:
        version = 1 + max((its for one, its in self.told if one == name), default=-1)
        made = Told(name, version, self.rng.randint(1, 3))
        self.told[name, version] = made.parts
        return made

    @asynccontextmanager
    async def _life(self) -> AsyncIterator[Life]:
        async with (
            self.index.client() as index,
            living(self.home, index=index, parser=HereParser(), now=self.now) as life,
        ):
            await life.ledger.leases.break_leases()
            yield life


@dataclass(frozen=True)
class Verdict:
    """What swapping under readers' eyes showed."""

    swaps: int
    deaths: int
    seconds: float
    seen: Seen


async def read_while_swapping(root: Path, swaps: int, seed: int, readers: int = 2) -> Verdict:
    """Swap so often, and say what the readers saw."""
    began = time.monotonic()
    index = IndexProcess(root, FakeEmbedder.dimension)
    async with AsyncExitStack() as stack:
        index.start()
        stack.callback(index.kill)
        async with index.client() as client:
            await client.set_audited()
        swapping = Swapping(root, index, random.Random(seed))
        await swapping.begin()
        threads = [Reader(root, index, swapping.told) for _ in range(readers)]
        for thread in threads:
            thread.start()
        try:
            await swapping.swap(swaps)
        finally:
            for thread in threads:
                thread.stop.set()
            for thread in threads:
                await asyncio.to_thread(thread.join, 60)
    seen = Seen()
    for thread in threads:
        seen.answers += thread.seen.answers
        seen.holes += thread.seen.holes
        seen.mixes += thread.seen.mixes
        seen.errors += thread.seen.errors
    return Verdict(swaps, swapping.deaths, time.monotonic() - began, seen)


def _name(number: int) -> str:
    return f"page{number:03}"
