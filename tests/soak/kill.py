"""Kill a worker at every failpoint, start another, and look at what became of everything."""

import asyncio
import random
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.failpoint import ARMED, SEEN
from tests.fakes import FakeEmbedder
from tests.index_process import IndexProcess
from tests.life import ACME, SOURCE, Life, Now, living
from tests.soak.judge import Standing, final, standing, wrong_amid, wrong_at_the_end
from tests.soak.pages import changed, first
from tests.soak.scene import OF_INDEX, Outcome, Scene, Strike
from tests.soak.worker import HereParser, Order, written
from tests.soak.worlds import WORLDS, World

KILLED = -9
SCENES = ("first sync", "changes", "removal", "erasure")
_BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
_NEXT, _LAST = timedelta(days=100), timedelta(days=400)
"""When the next worker and the last one start: later than whatever the one before has claimed."""
_LOOKED_AT = 4
"""Documents that a reader asks for between the death of a worker and the next one."""
_STARTING = 3
"""Requests that a worker makes before it lists anything, such as for robots.txt."""


class Workers:
    """Starts workers, one at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def carry_out(self, order: Order, seconds: float = 120) -> int:
        """Let a worker carry out an order, and give the status that it ended with."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(written(order))
        async with asyncio.timeout(seconds):
            return int(await self._process.stdout.readline())


@dataclass
class Machines:
    """What is started once and used by all stages."""

    root: Path
    index: IndexProcess
    workers: Workers
    homes: int = 0

    def new_home(self) -> Path:
        """Name a folder that is not there yet."""
        self.homes += 1
        return self.root / f"home{self.homes}"


class Stage:
    """A world on which scenes are played again and again."""

    def __init__(self, machines: Machines, world: World) -> None:
        self.world = world
        self._machines = machines
        self._empty = machines.new_home()

    async def scenes(
        self, count: int, seed: int, names: Sequence[str] = SCENES
    ) -> AsyncIterator[Scene]:
        """Give a first sync, one of many changes, and the end of a source and of a tenant."""
        many = first(count)
        self._empty.mkdir()
        async with self._life(self._empty, _BEGIN) as life:
            await life.add_source(self.world.kind, dict(self.world.settings))
        begun = Scene("first sync", self._empty, _BEGIN, ("sync",), {}, many, runs=0)
        full = await self._played(begun)
        later = Scene("changes", full, _BEGIN + timedelta(days=1), ("sync",), many, many, runs=1)
        gone = replace(later, after={})
        for scene in (
            begun,
            replace(later, after=changed(many, random.Random(seed))),
            replace(gone, name="removal", steps=("forget", "remove")),
            replace(gone, name="erasure", steps=("erase",)),
        ):
            if scene.name in names:
                yield await self._rehearsed(scene)

    async def strike(self, scene: Scene, strike: Strike) -> Outcome:
        """Play a scene until something goes wrong, and then to its end."""
        home = await self._set(scene)
        status, reached = await self._struck(home, scene, strike)
        wrong, stood = await self._looked(home, scene)
        self.world.asked()
        if status != 0:
            wrong += await self._went_on(home, scene, stood)
        if await self._work(home, scene.at + _LAST, scene.steps) != 0:
            wrong += ["the last worker ended badly"]
        wrong += await self._judged(home, scene)
        if not wrong:
            shutil.rmtree(home)
        return Outcome(scene.name, strike, reached, list(dict.fromkeys(wrong)))

    # --- how it is done ---------------------------------------------------------------

    async def _rehearsed(self, scene: Scene) -> Scene:
        """Play a scene undisturbed, and another from nothing, to know what must come of it."""
        home = await self._set(scene)
        self.world.asked()
        assert await self._work(home, scene.at, scene.steps, seen=home / "seen") == 0
        requests = self.world.asked()
        passes = Counter((home / "seen").read_text().split())
        async with self._life(home, scene.at) as life:
            stood = await standing(life)
        blank = await self._played(replace(scene, home=self._empty, before={}))
        async with self._life(blank, scene.at) as life:
            expected = await final(life)
        calls = passes[self.world.calls] if self.world.calls else requests
        passes += await self._passes_of_index(scene)
        return replace(scene, expected=expected, passes=passes, requests=calls, listed=stood.listed)

    async def _passes_of_index(self, scene: Scene) -> Counter[str]:
        home = await self._set(scene)
        self._restart_index(**{SEEN: str(home / "of-index")})
        assert await self._work(home, scene.at, scene.steps) == 0
        self._restart_index()
        return Counter((home / "of-index").read_text().split())

    async def _played(self, scene: Scene) -> Path:
        home = await self._set(scene)
        assert await self._work(home, scene.at, scene.steps) == 0
        return home

    async def _set(self, scene: Scene) -> Path:
        """Bring ledger, index and world to where the scene begins."""
        home = self._machines.new_home()
        shutil.copytree(scene.home, home)
        async with self._life(home, scene.at) as life:
            await life.index.forget(ACME)
            await self.world.become(scene.before, life.ledger.uploads)
            await life.upkeep.compare(ACME, SOURCE, repair=True)
            await self.world.become(scene.after, life.ledger.uploads)
        return home

    async def _struck(self, home: Path, scene: Scene, strike: Strike) -> tuple[int, bool]:
        """Let the worker meet it, or the index process that it works with."""
        if not strike.point.startswith(OF_INDEX):
            status = await self._work(home, scene.at, scene.steps, points=str(strike))
            return status, strike.action != "kill" or status == KILLED
        self._restart_index(**{ARMED: str(strike)})
        keeping = asyncio.create_task(self._index_kept())
        status = await self._work(home, scene.at, scene.steps)
        reached = keeping.done() or strike.action != "kill"
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        if not keeping.done() or keeping.cancelled():
            self._restart_index()
        return status, reached

    async def _index_kept(self) -> None:
        """Start the index process again when it dies, as its supervisor does."""
        while self._machines.index.alive:  # noqa: ASYNC110 - it tells nobody when it dies
            await asyncio.sleep(0.01)
        self._restart_index()

    def _restart_index(self, **env: str) -> None:
        self._machines.index.kill()
        self._machines.index.start(**env)

    async def _went_on(self, home: Path, scene: Scene, stood: Standing) -> list[str]:
        """Let the next worker take up what the one before has left, and look at that."""
        seen = home / "resumed"
        if await self._work(home, scene.at + _NEXT, ("go on",), seen=seen) != 0:
            return ["the next worker ended badly"]
        if not scene.syncs or stood.runs == scene.runs:
            return []  # it died before anything was asked for
        wrong = await self._judged(home, scene)
        return wrong + (self._too_many(scene, stood, seen) if scene.runs == 0 else [])

    def _too_many(self, scene: Scene, stood: Standing, seen: Path) -> list[str]:
        """Say whether the resumed run asked for more than was left and one page."""
        asked, calls = self.world.asked(), self.world.calls
        if calls:
            asked = seen.read_text().split().count(calls)
        left = scene.listed - stood.listed + self.world.a_page
        most = scene.requests / scene.listed * left + _STARTING
        return [f"asked {asked} times for {left} documents"] if asked > most else []

    async def _work(
        self, home: Path, at: datetime, steps: tuple[str, ...], **more: str | Path
    ) -> int:
        socket = str(self._machines.index.socket)
        told = {name: str(said) for name, said in more.items()}
        order = Order(
            home=str(home),
            socket=socket,
            at=at.isoformat(),
            steps=steps,
            points=told.get("points", ""),
            seen=told.get("seen", ""),
            secrets=self.world.secrets,
            endpoints=self.world.endpoints,
        )
        return await self._machines.workers.carry_out(order)

    async def _looked(self, home: Path, scene: Scene) -> tuple[list[str], Standing]:
        """Look as a reader does, while no worker is there."""
        wrong: list[str] = []
        async with self._life(home, scene.at) as life:
            for name in scene.watched[:_LOOKED_AT]:
                now, then = scene.before.get(name), scene.after.get(name)
                wrong += await wrong_amid(life, now, then, self.world.ref(name))
            return wrong, await standing(life)

    async def _judged(self, home: Path, scene: Scene) -> list[str]:
        async with self._life(home, scene.at) as life:
            return await wrong_at_the_end(life, scene.expected)

    @asynccontextmanager
    async def _life(self, home: Path, at: datetime) -> AsyncIterator[Life]:
        async with (
            self._machines.index.client() as index,
            living(home, index=index, parser=HereParser(), now=Now(at)) as life,
        ):
            yield life


@asynccontextmanager
async def started(root: Path) -> AsyncIterator[Machines]:
    """Start what stages need."""
    index = IndexProcess(root, FakeEmbedder.dimension)
    pipe = asyncio.subprocess.PIPE
    program = (sys.executable, "-m", "tests.soak.worker")
    async with AsyncExitStack() as stack:
        process = await asyncio.create_subprocess_exec(*program, stdin=pipe, stdout=pipe)
        stack.push_async_callback(process.wait)
        assert process.stdin is not None
        stack.callback(process.stdin.close)
        index.start()
        stack.callback(index.kill)
        client = await stack.enter_async_context(index.client())
        await client.set_audited()
        yield Machines(root, index, Workers(process))


@asynccontextmanager
async def staged(machines: Machines, kind: str) -> AsyncIterator[Stage]:
    """Open a stage for sources of a kind."""
    place = machines.new_home()
    place.mkdir()
    async with WORLDS[kind](place) as world:
        yield Stage(machines, world)
