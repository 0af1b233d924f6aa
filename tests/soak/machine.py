"""Anything may happen in any order, and a model says what must be true when it has settled."""

import asyncio
import shutil
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from connectors.failpoint import Died, armed
from connectors.model import SourceId
from ingest.errors import TryLater
from ingest.records import DocumentState, RunState, WorkItem
from tests.fakes import MemoryIndex
from tests.life import ACME, Life, Now, living
from tests.soak.judge import final
from tests.soak.pages import Told, marks
from tests.soak.worker import HereParser
from tests.soak.worlds import Folder, Pushed, World

T = TypeVar("T")
SOURCES = ("files", "upload")
NAMES = ("a", "b", "c", "d", "e")
PARTS = (1, 2, 3)
_MOST_PASSES = 120
_BAD = Told("bad", 0, parts=0)
_MOST_TURNS = 20


class Lives(RuleBasedStateMachine):
    """Two sources of one tenant, over a ledger and an index that outlive each program."""

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.home = Path(self.folder.name)
        self.loop = asyncio.Runner()
        self.index, self.now = MemoryIndex(), Now()
        self.versions = 0
        self.holds: dict[str, dict[str, Told]] = {source: {} for source in SOURCES}
        self.former: dict[str, dict[str, Told]] = {source: {} for source in SOURCES}
        pushed = Pushed(ACME, SourceId("upload"))
        self.worlds: dict[str, World] = {"files": Folder(self.home / "pages"), "upload": pushed}
        self.start()
        for source, world in self.worlds.items():
            self.wait(self.life.add_source(world.kind, dict(world.settings), source))
            self.wait(world.become({}, self.life.ledger.uploads))

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.settle()
            self.stop()
            self.loop.close()
            self.folder.cleanup()

    def wait(self, waiting: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(waiting)

    def start(self) -> None:
        self.opened = living(self.home, index=self.index, parser=HereParser(), now=self.now)
        self.life: Life = self.wait(self.opened.__aenter__())
        self.wait(self.life.ledger.leases.break_leases())

    def stop(self) -> None:
        self.wait(self.opened.__aexit__(None, None, None))

    # --- what happens out there -------------------------------------------------------

    @rule(
        source=st.sampled_from(SOURCES), name=st.sampled_from(NAMES), parts=st.sampled_from(PARTS)
    )
    def put(self, source: str, name: str, parts: int) -> None:
        """Write a document, new or over an old one."""
        self.versions += 1
        self.hold(source, name, Told(name, self.versions, parts))

    @rule(source=st.sampled_from(SOURCES), name=st.sampled_from(NAMES))
    def delete(self, source: str, name: str) -> None:
        held = self.holds[source]
        if name in held:
            self.former[source][name] = held.pop(name)
            self.change(source)

    @rule(source=st.sampled_from(SOURCES), old=st.sampled_from(NAMES), new=st.sampled_from(NAMES))
    def rename(self, source: str, old: str, new: str) -> None:
        if old in self.holds[source]:
            self.hold(source, new, self.holds[source].pop(old))

    @rule(source=st.sampled_from(SOURCES), name=st.sampled_from(NAMES))
    def revert(self, source: str, name: str) -> None:
        """Have it say again what it said before."""
        if name in self.former[source]:
            self.hold(source, name, self.former[source][name])

    @rule(source=st.sampled_from(SOURCES), name=st.sampled_from(NAMES))
    def empty(self, source: str, name: str) -> None:
        """Leave a document without words."""
        self.hold(source, name, _BAD)

    @rule(days=st.sampled_from([-1, 1]))
    def step_clock(self, days: int) -> None:
        self.now.pass_by(days=days)

    # --- what the program does ----------------------------------------------------------

    @rule(source=st.sampled_from(SOURCES))
    def sync(self, source: str) -> None:
        with suppress(TryLater):
            self.wait(self.life.sync(SourceId(source)))

    @rule(
        source=st.sampled_from(SOURCES),
        at=st.integers(1, _MOST_PASSES),
        work=st.sampled_from(["sync", "sweep", "reconcile", "forget"]),
    )
    def die(self, source: str, at: int, work: str) -> None:
        """Have the program end at some failpoint, and start the next one."""
        try:
            self.wait(self._until_dead(source, f"*=die@{at}", work))
        except BaseException as error:
            if not is_death(error):
                raise
        self.stop()
        self.read()
        self.start()

    async def _until_dead(self, source: str, orders: str, work: str) -> None:
        with armed(orders):
            await self._work(source, work)

    @rule()
    def restart(self) -> None:
        self.stop()
        self.start()

    @rule(source=st.sampled_from(SOURCES), work=st.sampled_from(["sweep", "reconcile", "forget"]))
    def look_after(self, source: str, work: str) -> None:
        self.wait(self._work(source, work))

    @rule()
    def lose_the_folder(self) -> None:
        """Sync while the disk is not mounted: nothing may go."""
        elsewhere = self.home / "elsewhere"
        shutil.move(self.home / "pages", elsewhere)
        before = self.wait(final(self.life, SourceId("files")))
        with suppress(TryLater):
            ended = self.wait(self.life.sync(SourceId("files")))
            assert ended.state is RunState.FAILED
        assert self.wait(final(self.life, SourceId("files"))) == before
        shutil.move(elsewhere, self.home / "pages")

    # --- what must be true --------------------------------------------------------------

    @rule()
    def settle(self) -> None:
        """Finish what is open and look at everything: then the model must hold."""
        for source in SOURCES:
            self.wait(self._settled(SourceId(source)))
            wrong = self.wait(self._agrees(source))
            assert wrong == [], wrong

    def read(self) -> None:
        """Read as somebody does between two programs."""
        self.start()
        for source in SOURCES:
            for name in NAMES:
                assert self.wait(self._whole(source, name)), (source, name)
        self.stop()

    # --- how ----------------------------------------------------------------------------

    def hold(self, source: str, name: str, told: Told) -> None:
        held = self.holds[source]
        if name in held and held[name] is not _BAD:
            self.former[source][name] = held[name]
        held[name] = told
        self.change(source)

    def change(self, source: str) -> None:
        held = self.holds[source]
        self.wait(self.worlds[source].become(held, self.life.ledger.uploads))

    async def _work(self, source: str, work: str) -> None:
        life, item = self.life, WorkItem(f"{work}:{source}", work, ACME, source, self.now())
        with suppress(TryLater):
            match work:
                case "sync":
                    await life.sync(SourceId(source))
                case "sweep":
                    await life.upkeep.sweep(item)
                case "reconcile":
                    await life.upkeep.reconcile(item)
                case _:
                    await life.upkeep.forget()

    async def _settled(self, source: SourceId) -> None:
        self.now.pass_by(days=3)
        for _ in range(_MOST_TURNS):
            run = await self.life.ledger.runs.open_run(ACME, source)
            if run is None:
                break
            if run.state is RunState.NEEDS_CONFIRMATION:
                await self.life.schedule.confirm(ACME, run.id)
            with suppress(TryLater):
                await self.life.carry_out(run)
        if (ended := await self.life.sync(source)).state is RunState.NEEDS_CONFIRMATION:
            confirmed = await self.life.schedule.confirm(ACME, ended.id)
            assert confirmed is not None
            ended = await self.life.carry_out(confirmed)
        assert ended.state is RunState.SUCCEEDED, ended
        for work in ("reconcile", "sweep"):
            self.now.pass_by(days=3)
            await self._work(source, work)

    async def _agrees(self, source: str) -> list[str]:
        """Say where ledger, index or answers differ from the model."""
        wrong: list[str] = []
        found = await final(self.life, SourceId(source))
        world, held = self.worlds[source], self.holds[source]
        expected = {
            world.ref(name): (
                DocumentState.LIVE if told.parts else DocumentState.NO_CONTENT,
                told.paragraphs,
            )
            for name, told in held.items()
        }
        if found != expected:
            wrong.append(f"{source} holds {found}, not {expected}")
        drift = await self.life.upkeep.compare(ACME, SourceId(source), repair=False)
        if not drift.clean:
            wrong.append(f"the index differs: {drift}")
        return wrong

    async def _whole(self, source: str, name: str) -> bool:
        """Say whether what is found of a document is one whole version of it."""
        ref = self.worlds[source].ref(name)
        found = await final(self.life, SourceId(source))
        _, texts = found.get(ref, ("", ()))
        seen = marks(texts)
        told = [Told(its, v, len(parts)) for its, all_ in seen.items() for v, parts in all_.items()]
        return len(told) <= 1


def is_death(error: BaseException) -> bool:
    """Say whether it is the end of a program, or several."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(is_death, error.exceptions))
    return isinstance(error, Died)
