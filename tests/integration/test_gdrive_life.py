"""The life of a Drive source, from the server to the index, with the real ledger and engine."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.model import Json
from ingest.errors import TryLater
from ingest.records import DocumentState, RunState, SyncRun
from tests.drive import DriveWorld, drive_world
from tests.faulty import retry_after, slow, status
from tests.hostile_server import Answer
from tests.life import ACME, SOURCE, Life, living
from tests.vendors.drive import DOC, Drive

LIVE, DELETED = DocumentState.LIVE, DocumentState.DELETED
TEXTS = {
    "refunds": "Refunds are paid within five working days.",
    "delivery": "Parcels arrive within two days.",
    "boots": "Boots are waterproof up to the ankle.",
    "tents": "Tents are pitched in ten minutes.",
    "stoves": "Stoves burn wood and nothing else.",
    "maps": "Maps show every path of the hills.",
}


@dataclass
class Lived:
    life: Life
    world: DriveWorld
    drive: Drive

    async def sync(self) -> SyncRun:
        return await self.life.sync()

    async def says(self, words: str) -> bool:
        return any(words in text for text in await self.life.texts(words))


BOTH = pytest.mark.parametrize("lived", ["folder", "my drive"], indirect=True)


@pytest.fixture(params=["folder"])
async def lived(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Lived]:
    """Six documents in `handbook`, two of them below `handbook/gear`; `private` is not read."""
    async with drive_world() as world:
        drive = world.drive
        for name, parent in (("handbook", ""), ("gear", "handbook"), ("private", "")):
            drive.folder(name, *([parent] if parent else []))
        for name, text in TEXTS.items():
            within = "gear" if name in {"boots", "tents"} else "handbook"
            drive.put(name, text, f"{name}.txt", parents=(within,))
        whole = request.param == "my drive"
        settings: dict[str, Json] = {} if whole else {"folders": ["handbook"]}
        async with living(tmp_path, connect=lambda _: world.connector(**settings)) as life:
            await life.add_source("gdrive", {})
            made = Lived(life, world, drive)
            assert (await made.sync()).counts.indexed == 6
            world.asked()
            yield made


@BOTH
async def test_an_edit_costs_its_document_and_the_rest_nothing(lived: Lived) -> None:
    lived.drive.edit("refunds", "Refunds are paid within ten working days.")
    run = await lived.sync()
    assert (run.state, run.counts.indexed) == (RunState.SUCCEEDED, 1)
    assert await lived.says("within ten working days")
    lived.world.asked()
    calm = await lived.sync()
    assert (calm.counts.indexed, calm.counts.chunks_embedded) == (0, 0)
    assert lived.world.asked("/drive/") == ["GET /drive/v3/changes"]


@BOTH
async def test_a_deleted_and_a_trashed_file_leave_and_a_restored_one_comes_back(
    lived: Lived,
) -> None:
    lived.drive.delete("maps")
    lived.drive.trash("stoves")
    assert (await lived.sync()).counts.deleted == 2
    assert not await lived.says("nothing else")
    lived.drive.restore("stoves")
    assert (await lived.sync()).state is RunState.SUCCEEDED
    assert await lived.says("nothing else")
    assert (await lived.life.states())[LIVE] == 5


async def test_a_renamed_file_stays_the_same_document(lived: Lived) -> None:
    before = await lived.life.ledger.reading.document_by_ref(ACME, SOURCE, "refunds")
    lived.drive.rename("refunds", "money-back.txt")
    run = await lived.sync()
    after = await lived.life.ledger.reading.document_by_ref(ACME, SOURCE, "refunds")
    assert before is not None
    assert after is not None
    assert (after.facts.id, after.facts.title) == (before.facts.id, "money-back.txt")
    assert run.counts.deleted == 0


async def test_what_moves_out_leaves_and_what_moves_in_comes(lived: Lived) -> None:
    lived.drive.put("secret", "The vault is behind the stove.", "secret.txt", parents=("private",))
    lived.drive.move("maps", "private")
    run = await lived.sync()
    assert (run.counts.indexed, run.counts.deleted) == (0, 1)
    lived.drive.move("maps", "gear")
    assert (await lived.sync()).counts.indexed == 1
    assert await lived.says("every path")
    assert not await lived.says("vault")


async def test_a_folder_takes_along_what_lies_below(lived: Lived) -> None:
    lived.drive.move("gear", "private")
    assert (await lived.sync()).counts.deleted == 2
    assert not await lived.says("ten minutes")
    lived.drive.folder("deep", "private")
    lived.drive.move("gear", "deep")
    assert (await lived.sync()).counts.indexed == 0
    lived.drive.move("deep", "handbook")
    assert (await lived.sync()).state is RunState.SUCCEEDED
    assert await lived.says("ten minutes")
    assert (await lived.life.states())[LIVE] == 6


@BOTH
async def test_a_trashed_folder_takes_along_what_lies_below(lived: Lived) -> None:
    lived.drive.trash("gear")
    assert (await lived.sync()).counts.deleted == 2
    lived.drive.restore("gear")
    assert (await lived.sync()).state is RunState.SUCCEEDED
    assert (await lived.life.states())[LIVE] == 6


@BOTH
async def test_what_left_a_folder_before_it_was_trashed_stays(lived: Lived) -> None:
    lived.drive.trash("gear")
    lived.drive.move("boots", "handbook")
    run = await lived.sync()
    assert run.counts.deleted == 1
    assert await lived.says("waterproof")


async def test_what_is_not_shared_any_more_leaves(lived: Lived) -> None:
    lived.drive.unshare("tents")
    assert (await lived.sync()).counts.deleted == 1
    lived.drive.reshare("tents")
    assert (await lived.sync()).state is RunState.SUCCEEDED
    assert await lived.says("ten minutes")


async def test_revoked_credentials_delete_nothing_and_are_told(lived: Lived) -> None:
    lived.drive.tokens.revoke()
    failed = await lived.sync()
    assert failed.state is RunState.FAILED
    assert "make a new JSON key" in str(failed)
    assert (await lived.life.states()) == {LIVE: 6}
    lived.drive.tokens.renew()
    lived.drive.edit("refunds", "Refunds are paid at once.")
    assert (await lived.sync()).state is RunState.SUCCEEDED
    assert await lived.says("at once")


@pytest.mark.parametrize("fault", [status(503), retry_after("3600"), slow(60)])
async def test_a_vendor_in_trouble_loses_and_invents_nothing(lived: Lived, fault: Answer) -> None:
    lived.drive.edit("refunds", "Refunds are paid at once.")
    lived.drive.delete("maps")
    lived.world.faults.order(fault, below="/drive/", times=None)
    lived.world.within = 0.1
    run = await lived.life.schedule.request_run(ACME, SOURCE)
    with pytest.raises(TryLater):
        await lived.life.carry_out(run)
    assert (await lived.life.states()) == {LIVE: 6}
    lived.world.faults.calm()
    lived.world.within = 30.0
    # The run rests, and goes on.
    lived.life.now.pass_by(hours=2)
    run = await lived.life.carry_out(run)
    assert (run.counts.indexed, run.counts.deleted) == (1, 1)


@pytest.mark.parametrize("code", [400, 404, 410])
async def test_an_expired_cursor_means_a_full_scan(lived: Lived, code: int) -> None:
    lived.drive.edit("refunds", "Refunds are paid at once.")
    lived.drive.delete("maps")
    lived.drive.expire(code)
    run = await lived.sync()
    assert run.state is RunState.SUCCEEDED
    assert await lived.says("at once")
    assert (await lived.life.states()) == {LIVE: 5, DELETED: 1}


async def test_an_edit_between_the_token_and_the_listing_is_not_lost(tmp_path: Path) -> None:
    async with drive_world() as world:
        world.drive.put("refunds", "Refunds are paid within five days.")
        world.drive.put("zeal", "Zeal is not needed.")
        async with living(tmp_path, connect=lambda _: world.connector()) as life:
            await life.add_source("gdrive", {})

            def meddle() -> None:
                world.drive.edit("refunds", "Refunds are paid at once.")
                world.drive.delete("zeal")

            world.drive.on_listing = meddle
            await life.sync()
            run = await life.sync()
            assert run.state is RunState.SUCCEEDED
            assert await life.texts("Refunds are paid") == ["Refunds are paid at once."]
            assert (await life.states()) == {LIVE: 1}


async def test_access_follows_permissions(lived: Lived) -> None:
    lived.drive.share("gear", {"type": "group", "emailAddress": "Gear@acme.test"})
    assert (await lived.sync()).state is RunState.SUCCEEDED
    found = await lived.life.ledger.reading.document_by_ref(ACME, SOURCE, "boots")
    assert found is not None
    assert found.facts.access == {"group:gear@acme.test"}


async def test_a_document_of_googles_is_read_as_markdown(lived: Lived) -> None:
    picture = "\n[image1]: <data:image/png;base64,AAAA>\n"
    lived.drive.put(
        "doc", f"# Ropes\n\nRopes hold ten tons.{picture}", "Ropes", DOC, parents=("gear",)
    )
    assert (await lived.sync()).counts.indexed == 1
    assert await lived.life.texts("Ropes hold tons") != []
    assert not await lived.says("base64")
