"""When an index that is not known to be whole may be searched."""

from datetime import timedelta
from pathlib import Path

import pytest

from ingest.audit import Auditor, Rounds
from ingest.errors import IndexUnaudited, IndexUnavailable
from ingest.ports import AuditedIndex
from tests.fakes import MemoryIndex
from tests.life import Life, living

QUESTION = "When is the walrus fed?"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "walrus.md").write_text("# Walrus\n\nThe walrus is fed at noon.\n")
    return folder


def auditor(life: Life, index: AuditedIndex) -> Auditor:
    return Auditor(life.ledger.tenants, life.ledger.sources, life.upkeep, index)


async def fill(home: Path, pages: Path) -> None:
    async with living(home) as life:
        await life.add_source("files", {"path": str(pages)})
        await life.sync()


async def test_a_lost_index_is_searched_only_once_it_is_whole(tmp_path: Path, pages: Path) -> None:
    await fill(tmp_path, pages)
    lost = MemoryIndex(audited=False)
    async with living(tmp_path, index=lost) as life:
        with pytest.raises(IndexUnaudited):
            await life.texts(QUESTION)
        await auditor(life, lost).audit()
        assert "fed at noon" in (await life.texts(QUESTION))[0]


async def test_an_index_without_sources_is_whole_at_once(tmp_path: Path) -> None:
    new = MemoryIndex(audited=False)
    async with living(tmp_path, index=new) as life:
        await auditor(life, new).audit()
    assert await new.is_audited()


async def test_an_audited_index_is_left_as_it_is(tmp_path: Path, pages: Path) -> None:
    await fill(tmp_path, pages)
    empty = MemoryIndex(audited=True)
    async with living(tmp_path, index=empty) as life:
        await auditor(life, empty).audit()
        assert await life.texts(QUESTION) == []


async def test_an_index_that_could_not_be_filled_stays_refused(tmp_path: Path, pages: Path) -> None:
    class Full(MemoryIndex):
        async def upsert(self, *_: object) -> None:
            raise IndexUnavailable("the disk is full")

    await fill(tmp_path, pages)
    full = Full(audited=False)
    async with living(tmp_path, index=full) as life:
        with pytest.raises(IndexUnavailable, match="disk is full"):
            await auditor(life, full).audit()
    assert not await full.is_audited()


async def test_each_index_is_compared_once_in_a_span_and_one_at_a_time(tmp_path: Path) -> None:
    async with living(tmp_path) as life:
        for name in ("a", "b"):
            await life.add_source("upload", {}, name)
        ledger = life.ledger
        day = timedelta(days=1)
        rounds = Rounds(ledger.tenants, ledger.sources, life.schedule, day, life.now)
        done: list[str] = []
        for _ in range(5):
            await rounds.ring()
            done.append(await compared(life))
            life.now.pass_by(hours=12)
        assert done == ["", "", "a", "b", "a"]


async def compared(life: Life) -> str:
    """Do what is to be compared, and say of which source."""
    item = await life.ledger.work.claim_work(("reconcile",), "test", life.now(), 60.0)
    if item is None:
        return ""
    await life.upkeep.reconcile(item)
    await life.ledger.work.finish_work(item.key, "test")
    return item.subject
