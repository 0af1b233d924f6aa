"""The life of a Notion source, from the server to the index, with the real ledger and engine."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.notion import FEW
from ingest.errors import TryLater
from ingest.records import DocumentState, RunState, SyncRun
from tests.faulty import retry_after, status
from tests.life import ACME, SOURCE, Life, Now, living
from tests.notion import NotionWorld, notion_world
from tests.vendors.notion import MISSING
from tests.vendors.notion_blocks import hosted, table

LIVE = DocumentState.LIVE
A_DAY = 25 * 60
TEXTS = {
    "Refunds": "Refunds are paid within five working days.",
    "Delivery": "Parcels arrive within two days.",
    "Boots": "Boots are waterproof up to the ankle.",
    "Tents": "Tents are pitched in ten minutes.",
    "Stoves": "Stoves burn wood and nothing else.",
    "Maps": "Maps show every path of the hills.",
}


@dataclass
class Lived:
    life: Life
    world: NotionWorld

    async def sync(self, minutes: float = 30) -> SyncRun:
        """Let time pass for both, and sync."""
        self.life.now.pass_by(minutes=minutes)
        return await self.life.sync()

    def put(self, name: str, words: str) -> None:
        self.world.workspace.at = self.life.now()
        self.world.workspace.put(name, words)

    async def states(self) -> dict[DocumentState, int]:
        return await self.life.states()

    async def says(self, words: str) -> bool:
        return any(words in text for text in await self.life.texts(words))


@pytest.fixture(params=[FEW, 0], ids=["all", "edits"])
async def lived(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Lived]:
    async with notion_world() as world:
        clock = Now()
        world.workspace.at = clock()
        world.workspace.says = clock
        world.now = clock
        few = int(request.param)
        async with living(tmp_path, now=clock, connect=lambda _: world.connector(few=few)) as life:
            await life.add_source("notion", {})
            made = Lived(life, world)
            for name, words in TEXTS.items():
                made.put(name, words)
            yield made


async def test_a_life(lived: Lived) -> None:
    workspace = lived.world.workspace
    first = await lived.sync()
    assert (first.state, first.counts.indexed) == (RunState.SUCCEEDED, 6)
    again = await lived.sync()
    assert (again.counts.indexed, again.counts.chunks_embedded) == (0, 0)

    lived.put("Refunds", "Refunds are paid within three working days.")
    edited = await lived.sync()
    assert (edited.state, edited.counts.indexed) == (RunState.SUCCEEDED, 1)
    assert await lived.says("three working days")
    assert not await lived.says("five working days")

    document = await lived.life.ledger.reading.document_by_ref(
        ACME, SOURCE, lived.world.ref("Boots")
    )
    assert document is not None
    workspace.move("Boots", "Tents")
    workspace.touch("Boots")
    assert (await lived.sync()).counts.chunks_embedded == 0
    moved = await lived.life.ledger.reading.document_by_ref(ACME, SOURCE, lived.world.ref("Boots"))
    assert moved is not None
    assert moved.facts.id == document.facts.id

    workspace.trash("Stoves")
    assert (await lived.sync(minutes=A_DAY)).counts.deleted == 1
    assert not await lived.says("burn wood")
    workspace.restore("Stoves")
    restored = await lived.sync(minutes=A_DAY)
    assert restored.counts.chunks_embedded == 0
    assert await lived.says("burn wood")

    workspace.unshare("Maps")
    assert (await lived.sync(minutes=A_DAY)).counts.deleted == 1
    workspace.share("Maps")
    await lived.sync(minutes=A_DAY)
    assert await lived.states() == {LIVE: 6}


async def test_two_edits_in_one_minute_are_both_found(lived: Lived) -> None:
    await lived.sync()
    lived.put("Refunds", "Refunds are paid within four working days.")
    await lived.sync(minutes=0)
    assert await lived.says("four working days")
    lived.world.workspace.same_minute()
    lived.world.workspace.put("Refunds", "Refunds are paid within six working days.")
    await lived.sync(minutes=0)
    assert await lived.says("six working days")
    settled = await lived.sync(minutes=10)
    assert (settled.state, settled.counts.chunks_embedded) == (RunState.SUCCEEDED, 0)
    assert await lived.says("six working days")


async def test_nothing_is_lost_while_notion_is_in_trouble(lived: Lived) -> None:
    await lived.sync()
    faults = lived.world.faults
    for number, fault in enumerate((status(503), retry_after("900")), start=20):
        lived.put("Refunds", f"Refunds are paid within {number} working days.")
        faults.order(fault, times=None)
        run = await lived.life.schedule.request_run(ACME, SOURCE)
        with pytest.raises(TryLater):
            await lived.life.carry_out(run)
        assert await lived.states() == {LIVE: 6}
        faults.calm()
        # The run rests, and goes on.
        lived.life.now.pass_by(minutes=A_DAY)
        back = await lived.life.carry_out(run)
        assert (back.state, back.counts.deleted) == (RunState.SUCCEEDED, 0)
        assert await lived.says(f"{number} working days")


async def test_an_integration_that_was_revoked_deletes_nothing(lived: Lived) -> None:
    await lived.sync()
    lived.world.workspace.tokens = {"secret_new"}
    run = await lived.sync(minutes=A_DAY)
    assert run.state is RunState.FAILED
    assert await lived.states() == {LIVE: 6}
    lived.world.secrets["token"] = "secret_new"
    assert (await lived.sync(minutes=A_DAY)).state is RunState.SUCCEEDED


async def test_an_integration_that_lost_all_pages_waits_for_a_person(lived: Lived) -> None:
    await lived.sync()
    for name in TEXTS:
        lived.world.workspace.unshare(name)
    run = await lived.sync(minutes=A_DAY)
    assert run.state is RunState.NEEDS_CONFIRMATION
    assert await lived.states() == {LIVE: 6}


async def test_a_page_that_turns_empty_by_mistake_keeps_its_text(lived: Lived) -> None:
    await lived.sync()
    workspace = lived.world.workspace
    workspace.at = lived.life.now()
    workspace.touch("Refunds")
    ref = lived.world.ref("Refunds")
    workspace.blank.add(ref)
    lived.world.faults.order(MISSING, below=f"/v1/blocks/{ref}", times=None)
    run = await lived.sync()
    assert run.counts.failed == 1
    assert await lived.says("five working days")
    lived.world.faults.calm()
    workspace.blank.clear()
    workspace.touch("Refunds")
    await lived.sync()
    assert await lived.states() == {LIVE: 6}


async def test_files_come_and_go_with_their_page(lived: Lived) -> None:
    workspace = lived.world.workspace
    block = hosted("prices.txt")
    workspace.put("Files", "See the list.", block, table([("a", "b")]))
    workspace.keep(block, b"Wood costs four crowns a sack.")
    run = await lived.sync()
    assert (run.state, run.counts.indexed) == (RunState.SUCCEEDED, 8)
    assert await lived.says("four crowns a sack")
    downloads = workspace.downloads
    assert (await lived.sync(minutes=A_DAY)).counts.indexed == 0
    assert workspace.downloads == downloads
    workspace.trash("Files")
    assert (await lived.sync(minutes=A_DAY)).counts.deleted == 2
    assert not await lived.says("four crowns a sack")
