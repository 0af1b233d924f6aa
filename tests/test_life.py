"""The life of documents, from their first sync to their end, as one program lives it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.errors import IndexUnavailable
from ingest.model import Point
from ingest.reading import DocumentFilter
from ingest.reconcile import Drift
from ingest.records import DocumentState, RunState, WorkItem
from retrieval.model import Fresh, SearchRequest
from tests.fakes import MemoryIndex
from tests.life import ACME, SOURCE, Life, living

REFUNDS = "# Refunds\n\nRefunds take five days.\n\n## Cards\n\nCards are paid back first.\n"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "refunds.md").write_text(REFUNDS)
    for number in range(9):
        (folder / f"page{number}.md").write_text(f"# Page {number}\n\nThis is topic{number}.\n")
    return folder


@pytest.fixture
async def life(tmp_path: Path, pages: Path) -> AsyncIterator[Life]:
    async with living(tmp_path) as alive:
        await alive.add_source("files", {"path": str(pages)})
        yield alive


async def test_a_folder_becomes_searchable_and_every_page_is_accounted_for(life: Life) -> None:
    run = await life.sync()
    assert run.state is RunState.SUCCEEDED
    assert run.counts.listed == run.counts.indexed == 10
    assert await life.states() == {DocumentState.LIVE: 10}
    first = (await life.hits("how long do refunds take"))[0]
    assert first.passage.text == "Refunds take five days."
    assert first.passage.heading_path == ("Refunds",)


async def test_a_hit_is_a_span_of_the_stored_revision(life: Life) -> None:
    await life.sync()
    for hit in await life.hits("refunds cards topic3", 20):
        passage = hit.passage
        stored = await life.ledger.reading.revision(ACME, passage.document, passage.revision)
        assert stored is not None
        assert stored.text[passage.start : passage.end] == passage.text


async def test_a_second_sync_embeds_and_writes_nothing(life: Life) -> None:
    await life.sync()
    before = await life.ledger.reading.snapshot(ACME)
    run = await life.sync()
    assert run.counts.unchanged == run.counts.listed == 10
    assert run.counts.chunks_embedded == run.counts.indexed == 0
    assert await life.ledger.reading.snapshot(ACME) == before


async def test_an_edit_embeds_only_what_it_changed(life: Life, pages: Path) -> None:
    await life.sync()
    (pages / "refunds.md").write_text(REFUNDS.replace("five", "seven"))
    run = await life.sync()
    assert (run.counts.chunks_embedded, run.counts.chunks_reused) == (1, 1)
    assert (run.counts.tokens_embedded, run.counts.tokens_reused) == (6, 9)
    assert "Refunds take seven days." in await life.texts("refunds")
    assert "Refunds take five days." not in await life.texts("refunds", 50)


async def test_a_revert_brings_back_the_old_text_without_embedding(life: Life, pages: Path) -> None:
    await life.sync()
    (pages / "refunds.md").write_text(REFUNDS.replace("five", "seven"))
    await life.sync()
    (pages / "refunds.md").write_text(REFUNDS)
    run = await life.sync()
    assert run.counts.chunks_embedded == 0
    assert "Refunds take five days." in await life.texts("refunds")
    await sweep(life)
    assert "Refunds take five days." in await life.texts("refunds")


async def test_a_rename_keeps_its_vectors(life: Life, pages: Path) -> None:
    await life.sync()
    before = (await life.hits("refunds"))[0].passage
    (pages / "refunds.md").rename(pages / "money-back.md")
    run = await life.sync()
    after = (await life.hits("refunds"))[0].passage
    assert run.counts.chunks_embedded == 0
    assert (after.id, after.document) == (before.id, before.document)
    assert after.ref == "money-back.md"
    assert await life.states() == {DocumentState.LIVE: 10}


async def test_what_is_gone_leaves_ledger_and_index(life: Life, pages: Path) -> None:
    await life.sync()
    (pages / "page3.md").unlink()
    run = await life.sync()
    assert (run.state, run.counts.deleted) == (RunState.SUCCEEDED, 1)
    assert "This is topic3." not in await life.texts("topic3", 50)
    await sweep(life)
    assert (await drift(life)).clean


async def test_a_large_deletion_waits_for_a_person(life: Life, pages: Path) -> None:
    await life.sync()
    for number in range(6):
        (pages / f"page{number}.md").unlink()
    run = await life.sync()
    assert run.state is RunState.NEEDS_CONFIRMATION
    assert set(run.awaiting) == {f"page{number}.md" for number in range(6)}
    assert "This is topic3." in await life.texts("topic3")
    confirmed = await life.schedule.confirm(ACME, run.id)
    assert confirmed is not None
    ended = await life.carry_out(confirmed)
    assert (ended.state, ended.counts.deleted) == (RunState.SUCCEEDED, 6)
    assert await life.states() == {DocumentState.LIVE: 4, DocumentState.DELETED: 6}


async def test_a_missing_folder_deletes_nothing(life: Life, pages: Path) -> None:
    await life.sync()
    shutil.move(pages, pages.parent / "elsewhere")
    run = await life.sync()
    assert run.state is RunState.FAILED
    assert str(pages) in run.errors[0].reason
    assert await life.states() == {DocumentState.LIVE: 10}
    shutil.move(pages.parent / "elsewhere", pages)
    assert (await life.sync()).state is RunState.SUCCEEDED


async def test_an_emptied_folder_waits_for_a_person(life: Life, pages: Path) -> None:
    await life.sync()
    shutil.rmtree(pages)
    pages.mkdir()
    assert (await life.sync()).state is RunState.NEEDS_CONFIRMATION
    assert await life.states() == {DocumentState.LIVE: 10}


async def test_a_bad_file_fails_alone_and_keeps_what_it_said(life: Life, pages: Path) -> None:
    await life.sync()
    (pages / "refunds.md").write_bytes(b"\x00\x01\x02\xff" * 400)
    (pages / "empty.md").write_text("")
    run = await life.sync()
    assert run.state is RunState.PARTIAL
    assert [error.ref for error in run.errors] == ["refunds.md"]
    assert await life.states() == {
        DocumentState.LIVE: 9,
        DocumentState.FAILED: 1,
        DocumentState.NO_CONTENT: 1,
    }
    assert "Refunds take five days." in await life.texts("refunds")
    assert (await life.sync()).state is RunState.PARTIAL
    (pages / "refunds.md").write_text(REFUNDS)
    assert (await life.sync()).state is RunState.SUCCEEDED


async def test_a_bad_file_that_was_renamed_is_not_read_again(life: Life, pages: Path) -> None:
    await life.sync()
    (pages / "refunds.md").write_bytes(b"\x00\x01\x02\xff" * 400)
    await life.sync()
    (pages / "refunds.md").rename(pages / "money-back.md")
    assert (await life.sync()).counts.failed == 1
    for _ in range(2):
        run = await life.sync()
        assert (run.state, run.counts.failed, run.counts.unchanged) == (RunState.PARTIAL, 0, 10)
    assert await life.states() == {DocumentState.LIVE: 9, DocumentState.FAILED: 1}
    first = (await life.hits("refunds"))[0].passage
    assert (first.ref, first.text) == ("money-back.md", "Refunds take five days.")


async def test_what_was_kept_for_its_time_is_forgotten(life: Life, pages: Path) -> None:
    await life.sync()
    (pages / "page3.md").unlink()
    (pages / "page4.md").write_text("# Page 4\n\nThis is brand new.\n")
    for _ in range(22):
        await life.sync()
    await sweep(life)
    life.now.pass_by(days=89)
    await life.upkeep.forget()
    assert await life.states() == {DocumentState.LIVE: 9, DocumentState.DELETED: 1}
    life.now.pass_by(days=2)
    await life.upkeep.forget()
    assert await life.states() == {DocumentState.LIVE: 9}
    assert len(await life.ledger.runs.list_runs(ACME, SOURCE, None, 99)) == 20
    assert (await drift(life)).clean
    assert (await life.sync()).counts.unchanged == 9


async def test_the_same_page_twice_is_embedded_once(life: Life, pages: Path) -> None:
    await life.sync()
    shutil.copy(pages / "refunds.md", pages / "copy.md")
    run = await life.sync()
    assert (run.counts.chunks_embedded, run.counts.chunks_reused) == (0, 2)
    assert {hit.passage.ref for hit in await life.hits("refunds")} >= {"copy.md", "refunds.md"}


async def test_a_page_past_its_own_date_is_stale(life: Life, pages: Path) -> None:
    front = "---\ntitle: Delivery\nreview_by: 2025-01-31\n---\n"
    (pages / "xmas.md").write_text(f"{front}# Delivery\n\nParcels leave by topic0 sledge.\n")
    await life.sync()
    stale = next(hit for hit in await life.hits("sledge topic0") if hit.freshness.stale)
    assert stale.passage.ref == "xmas.md"
    assert stale.warnings == ("stale: past its review date, 2025-01-31",)
    assert "xmas.md" not in {
        hit.passage.ref for hit in await life.hits("sledge", 50, Fresh.REQUIRE)
    }


async def test_a_reader_in_between_sees_whole_versions(life: Life, pages: Path) -> None:
    """The old text answers until the commit, also after new points are in the index."""
    await life.sync()
    (pages / "refunds.md").write_text(REFUNDS.replace("five", "seven").replace("Cards", "Notes"))
    index = life.index
    assert isinstance(index, MemoryIndex)
    seen: list[set[str]] = []
    upsert = index.upsert

    async def watched(tenant: object, points: list[Point]) -> None:
        await upsert(ACME, points)
        found = await life.hits("refunds cards notes", 20)
        seen.append({hit.passage.text for hit in found if hit.passage.ref == "refunds.md"})

    index.upsert = watched  # type: ignore[method-assign, assignment]
    await life.sync()
    assert seen == [{"Refunds take five days.", "Cards are paid back first."}]
    assert "Refunds take seven days." in await life.texts("refunds")


async def test_upkeep_waits_for_a_run_of_the_same_worker(life: Life) -> None:
    index = life.index
    assert isinstance(index, MemoryIndex)
    upsert = index.upsert
    comparing: list[asyncio.Task[Drift]] = []

    async def interrupted(tenant: object, points: list[Point]) -> None:
        await upsert(ACME, points)
        if not comparing:
            comparing.append(asyncio.create_task(drift(life)))
            await asyncio.wait(comparing, timeout=0.3)

    index.upsert = interrupted  # type: ignore[method-assign, assignment]
    assert (await life.sync()).state is RunState.SUCCEEDED
    assert (await comparing[0]).clean


async def test_an_index_that_is_away_stops_a_run_and_loses_nothing(life: Life, pages: Path) -> None:
    await life.sync()
    (pages / "new.md").write_text("# New\n\nA brand new page.\n")
    index = life.index
    assert isinstance(index, MemoryIndex)
    upsert = index.upsert

    async def refuse(tenant: object, points: list[Point]) -> None:
        raise IndexUnavailable("no index")

    index.upsert = refuse  # type: ignore[method-assign, assignment]
    run = await life.schedule.request_run(ACME, SOURCE)
    with pytest.raises(IndexUnavailable):
        await life.carry_out(run)
    index.upsert = upsert  # type: ignore[method-assign]
    ended = await life.carry_out(run)
    assert ended.state is RunState.SUCCEEDED
    assert "A brand new page." in await life.texts("brand new")


async def test_the_reconciler_mends_what_the_index_lost_and_invented(life: Life) -> None:
    await life.sync()
    index = life.index
    held = [point async for batch in index.points(ACME, None) for point in batch]
    await index.delete(ACME, held[:4])
    found = await drift(life)
    assert (found.missing, found.clean) == (4, False)
    await drift(life, repair=True)
    assert (await drift(life)).clean
    assert (await life.hits("refunds"))[0].passage.text == "Refunds take five days."


async def test_new_labels_of_a_source_reach_its_documents_without_embedding(life: Life) -> None:
    await life.sync()
    record = await life.ledger.sources.source(ACME, SOURCE)
    assert record is not None
    labelled = replace(record.source, access=frozenset({"staff"}), tags=frozenset({"inside"}))
    await life.ledger.sources.save_source(replace(record, source=labelled))
    await life.ledger.documents.reread(ACME, SOURCE)
    run = await life.sync()
    assert (run.counts.indexed, run.counts.chunks_embedded) == (10, 0)
    assert (await life.hits("refunds"))[0].passage.tags == {"inside"}
    outsider = SearchRequest("refunds", 5, DocumentFilter(groups=frozenset({"guests"})))
    assert (await life.searcher.search(ACME, outsider)).hits == ()
    assert (await drift(life)).clean


async def test_a_source_is_removed_with_all_it_had(life: Life) -> None:
    await life.sync()
    assert await life.schedule.remove_source(ACME, SOURCE)
    await life.upkeep.remove(WorkItem("remove:s", "remove", ACME, "s", life.now()))
    assert await life.hits("refunds") == ()
    assert [point async for batch in life.index.points(ACME, None) for point in batch] == []
    assert await life.ledger.sources.source(ACME, SOURCE) is None


async def sweep(life: Life) -> None:
    life.now.pass_by(minutes=5)
    await life.upkeep.sweep(WorkItem("sweep:s", "sweep", ACME, "s", life.now()))


async def drift(life: Life, *, repair: bool = False):  # type: ignore[no-untyped-def]
    return await life.upkeep.compare(ACME, SOURCE, repair=repair)
