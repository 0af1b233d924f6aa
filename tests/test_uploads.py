"""Pushed documents, from the push to the index: a run costs what was pushed since the last."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from connectors.model import TenantId, Upload
from ingest.errors import IndexUnavailable
from ingest.model import ParsedDocument, Point
from ingest.parsed import Block, BlockKind
from ingest.records import DocumentState, RunState, SyncRun
from tests.fakes import MemoryIndex
from tests.life import ACME, SOURCE, Life, living

MANY = 300
LATE = "late.txt"


class Reader:
    """Reads text as one paragraph."""

    async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
        text = content.decode()
        return ParsedDocument(text, (Block(BlockKind.PARAGRAPH, 0, len(text)),))


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex()


@pytest.fixture
async def life(tmp_path: Path, index: MemoryIndex) -> AsyncIterator[Life]:
    async with living(tmp_path, index=index, parser=Reader()) as alive:
        await alive.add_source("upload", {})
        yield alive


async def put(life: Life, ref: str, text: str, tags: frozenset[str] = frozenset()) -> None:
    upload = Upload(ref, f"{text}{sorted(tags)}", "text/plain", "", "", None, frozenset(), tags)
    await life.ledger.uploads.put_upload(ACME, SOURCE, upload, text.encode())


async def remove(life: Life, ref: str) -> None:
    assert await life.ledger.uploads.remove_upload(ACME, SOURCE, ref)


async def pages(life: Life, count: int) -> None:
    for number in range(count):
        await put(life, f"page{number}.txt", f"This is topic{number}.")


async def cursor(life: Life) -> str | None:
    record = await life.ledger.sources.source(ACME, SOURCE)
    assert record is not None
    return record.cursor


async def rows(life: Life) -> list[str]:
    """Give the refs of all uploads and removals that are still kept."""
    return [push.ref for push in await life.ledger.uploads.list_uploads(ACME, SOURCE, 0, 9_999)]


def looked_at(run: SyncRun) -> tuple[int, int, int]:
    assert run.state is RunState.SUCCEEDED
    return run.counts.listed, run.counts.indexed, run.counts.deleted


async def test_a_run_looks_at_nothing_but_what_was_pushed_since(life: Life) -> None:
    await pages(life, MANY)
    assert looked_at(await life.sync()) == (MANY, MANY, 0)
    assert looked_at(await life.sync()) == (0, 0, 0)
    await put(life, "page7.txt", "This is brand new.")
    assert looked_at(await life.sync()) == (1, 1, 0)
    assert "This is brand new." in await life.texts("brand new")
    await remove(life, "page7.txt")
    assert looked_at(await life.sync()) == (0, 0, 1)
    assert "This is brand new." not in await life.texts("brand new", 50)
    assert await life.states() == {DocumentState.LIVE: MANY - 1, DocumentState.DELETED: 1}


async def test_a_removal_is_forgotten_once_it_was_carried_out(life: Life) -> None:
    await pages(life, 3)
    await life.sync()
    await remove(life, "page1.txt")
    await life.sync()
    assert "page1.txt" in await rows(life)
    await life.sync()
    assert await rows(life) == ["page0.txt", "page2.txt"]


async def test_everything_may_be_removed_without_asking_anybody(life: Life) -> None:
    await pages(life, 20)
    await life.sync()
    for number in range(20):
        await remove(life, f"page{number}.txt")
    assert looked_at(await life.sync()) == (0, 0, 20)
    assert await life.states() == {DocumentState.DELETED: 20}


async def test_what_was_removed_can_be_pushed_again(life: Life) -> None:
    await pages(life, 3)
    await life.sync()
    before = (await life.hits("topic1"))[0].passage
    for _ in range(2):
        await remove(life, "page1.txt")
        await life.sync()
        await put(life, "page1.txt", "This is topic1.")
        assert looked_at(await life.sync()) == (1, 1, 0)
    assert (await life.hits("topic1"))[0].passage.document == before.document
    await remove(life, "page1.txt")
    await put(life, "page1.txt", "This is topic1 again.")
    assert looked_at(await life.sync()) == (1, 1, 0)
    assert "This is topic1 again." in await life.texts("topic1")


async def test_what_is_pushed_during_a_run_is_never_lost(life: Life, index: MemoryIndex) -> None:
    """Wherever the run stands: at every step of it something is pushed, changed or removed."""
    await pages(life, 150)
    upsert, steps = index.upsert, 0

    async def watched(tenant: TenantId, points: Sequence[Point]) -> None:
        nonlocal steps
        steps += 1
        await upsert(tenant, points)
        await put(life, f"late{steps}.txt", f"Late number{steps}.")
        await put(life, "page149.txt", f"Changed by {steps}.")
        await remove(life, f"page{steps}.txt")
        await life.schedule.request_run(ACME, SOURCE)

    index.upsert = watched  # type: ignore[method-assign]
    await life.sync()
    index.upsert = upsert  # type: ignore[method-assign]
    behind = await life.ledger.runs.open_run(ACME, SOURCE)
    assert behind is not None
    assert (await life.carry_out(behind)).state is RunState.SUCCEEDED
    assert steps > 2
    left = {push.ref for push in await life.ledger.uploads.list_uploads(ACME, SOURCE, 0, 999)}
    gone = {f"page{step}.txt" for step in range(1, steps + 1)}
    known = await life.ledger.documents.known(ACME, SOURCE)
    assert known.keys() == left - gone
    assert f"Changed by {steps}." in await life.texts("changed")
    assert looked_at(await life.sync()) == (0, 0, 0)


async def test_a_run_cut_off_between_two_pages_goes_on_behind_the_first(
    life: Life, index: MemoryIndex
) -> None:
    await pages(life, 150)
    upsert = index.upsert

    async def cut_off(tenant: TenantId, points: Sequence[Point]) -> None:
        await upsert(tenant, points)
        if await cursor(life) == "64":
            raise IndexUnavailable("no answer")

    index.upsert = cut_off  # type: ignore[method-assign]
    run = await life.schedule.request_run(ACME, SOURCE)
    with pytest.raises(IndexUnavailable):
        await life.carry_out(run)
    index.upsert = upsert  # type: ignore[method-assign]
    assert await cursor(life) == "64"
    await put(life, "page3.txt", "Changed in between.")
    await remove(life, "page4.txt")
    ended = await life.carry_out(run)
    assert (ended.state, ended.counts.listed) == (RunState.SUCCEEDED, 151)
    assert await life.states() == {DocumentState.LIVE: 149, DocumentState.DELETED: 1}
    assert "Changed in between." in await life.texts("changed in between")


async def test_a_run_without_a_cursor_compares_everything(life: Life) -> None:
    await pages(life, 5)
    await life.sync()
    await remove(life, "page2.txt")
    await life.ledger.sources.reset_cursor(SOURCE)
    run = await life.sync()
    assert (run.counts.listed, run.counts.unchanged, run.counts.deleted) == (4, 4, 1)
    assert await life.states() == {DocumentState.LIVE: 4, DocumentState.DELETED: 1}


async def test_what_is_to_be_read_again_is_read_whatever_the_cursor(life: Life) -> None:
    await pages(life, 70)
    await life.sync()
    await life.ledger.documents.reread(ACME, SOURCE)
    assert looked_at(await life.sync()) == (70, 70, 0)
    assert looked_at(await life.sync()) == (0, 0, 0)


async def test_a_push_that_failed_is_tried_again_when_it_is_due(tmp_path: Path) -> None:
    class Moody:
        """Stumbles over one document until it is told not to."""

        stumbles = True

        async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
            if self.stumbles and name == LATE:
                raise ZeroDivisionError
            return ParsedDocument(content.decode(), ())

    parser = Moody()
    async with living(tmp_path, parser=parser) as life:
        await life.add_source("upload", {})
        await pages(life, 5)
        await put(life, LATE, "Late.")
        assert (await life.sync()).state is RunState.PARTIAL
        assert (await life.sync()).counts.listed == 0
        life.now.pass_by(hours=1)
        parser.stumbles = False
        run = await life.sync()
        assert (run.state, run.counts.listed) == (RunState.SUCCEEDED, 1)
        assert await life.states() == {DocumentState.NO_CONTENT: 6}
