"""Runs of one source: in turn, cut off, given up, and what each leaves to the next."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from connectors.model import TenantId
from ingest.errors import IndexUnavailable, LeaseLost, LedgerUnavailable, TryLater
from ingest.holding import SourceBusy, holding
from ingest.ledger import LeaseLedger
from ingest.model import ParsedDocument, Point
from ingest.parsed import Block, BlockKind
from ingest.records import DocumentState, Lease, RunState, SyncRun, Timing, WorkItem
from tests.fakes import MemoryIndex
from tests.life import ACME, SOURCE, Life, living

PAGES = 70
"""More than the folder's connector lists at once, so that a run can stand in the middle."""


class Reader:
    """Reads text as one paragraph."""

    async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
        text = content.decode()
        return ParsedDocument(text, (Block(BlockKind.PARAGRAPH, 0, len(text)),))


class FlakyIndex(MemoryIndex):
    """Stores everything, but does not say so at one of its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.upserts = 0
        self.fails_at: int | None = None

    async def upsert(self, tenant: TenantId, points: Sequence[Point]) -> None:
        await super().upsert(tenant, points)
        self.upserts += 1
        if self.upserts == self.fails_at:
            raise IndexUnavailable("no answer")


@dataclass
class FlickeringLeases:
    """Leases of a ledger that is away when the first of them is to be renewed."""

    leases: LeaseLedger
    away: bool = True
    renewed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, name: str, owner: str, seconds: float) -> Lease | None:
        return await self.leases.take(name, owner, seconds)

    async def renew(self, lease: Lease, seconds: float) -> Lease:
        if self.away:
            self.away = False
            raise LedgerUnavailable("the disk is busy")
        self.renewed.set()
        return await self.leases.renew(lease, seconds)

    async def release(self, lease: Lease) -> None:
        await self.leases.release(lease)

    async def break_leases(self) -> None:
        await self.leases.break_leases()


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    for number in range(PAGES):
        (folder / f"page{number:02}.md").write_text(f"This is topic{number}.")
    return folder


@pytest.fixture
def index() -> FlakyIndex:
    return FlakyIndex()


@pytest.fixture
async def life(tmp_path: Path, pages: Path, index: FlakyIndex) -> AsyncIterator[Life]:
    # A slow machine shall not end a page in the middle.
    async with living(tmp_path, index=index, parser=Reader(), patience=60) as alive:
        await alive.add_source("files", {"path": str(pages)})
        yield alive


async def asked(life: Life) -> SyncRun:
    life.now.pass_by(seconds=1)
    return await life.schedule.request_run(ACME, SOURCE)


async def cut_off(life: Life, index: FlakyIndex) -> SyncRun:
    """Leave a run after its first page."""
    run = await asked(life)
    index.fails_at = index.upserts + 2
    with pytest.raises(IndexUnavailable):
        await life.carry_out(run)
    return run


async def cursor(life: Life) -> str | None:
    record = await life.ledger.sources.source(ACME, SOURCE)
    assert record is not None
    return record.cursor


async def latest(life: Life, run: SyncRun) -> SyncRun:
    found = await life.ledger.runs.run(ACME, run.id)
    assert found is not None
    return found


async def waits(life: Life, kind: str) -> bool:
    life.now.pass_by(hours=1)
    return await life.ledger.work.claim_work((kind,), "auditor", life.now(), 1) is not None


def item(kind: str, life: Life) -> WorkItem:
    return WorkItem(f"{kind}:s", kind, ACME, SOURCE, life.now())


async def test_a_run_cut_off_goes_on_where_it_stood(life: Life, index: FlakyIndex) -> None:
    run = await cut_off(life, index)
    assert await cursor(life) == "page63.md"
    ended = await life.carry_out(run)
    assert (ended.state, ended.counts.indexed) == (RunState.SUCCEEDED, PAGES)
    assert await life.states() == {DocumentState.LIVE: PAGES}


async def test_a_run_behind_one_cut_off_lets_it_end_first(life: Life, index: FlakyIndex) -> None:
    first = await cut_off(life, index)
    second = await asked(life)
    assert second.id != first.id
    with pytest.raises(TryLater):
        await life.carry_out(second)
    assert (await latest(life, first)).state is RunState.SUCCEEDED
    ended = await life.carry_out(second)
    assert (ended.state, ended.errors) == (RunState.SUCCEEDED, ())
    assert ended.counts.listed == ended.counts.unchanged == PAGES


async def test_a_run_that_waited_for_another_looks_at_everything(
    life: Life, index: FlakyIndex
) -> None:
    """Also when it was taken up while the other one stood in the middle."""
    first = await asked(life)
    behind: list[asyncio.Task[SyncRun]] = []
    upsert = index.upsert

    async def watched(tenant: TenantId, points: Sequence[Point]) -> None:
        await upsert(tenant, points)
        if await cursor(life) and not behind:
            behind.append(asyncio.create_task(life.carry_out(await asked(life))))
            await asyncio.wait(behind, timeout=0.05)

    index.upsert = watched  # type: ignore[method-assign]
    assert (await life.carry_out(first)).state is RunState.SUCCEEDED
    try:
        second = await behind[0]
    except SourceBusy:
        second = await life.sync()
    assert (second.counts.listed, second.errors) == (PAGES, ())


async def test_a_run_that_is_given_up_leaves_no_place_to_begin_at(life: Life, pages: Path) -> None:
    await life.sync()
    for number in range(20):
        (pages / f"page{number:02}.md").unlink()
    held = await life.sync()
    assert held.state is RunState.NEEDS_CONFIRMATION
    (pages / "page33.md").write_text("This is brand new.")
    again = await life.sync()
    given_up = await latest(life, held)
    assert given_up.state is RunState.FAILED
    assert "given up" in given_up.errors[-1].reason
    assert again.state is RunState.NEEDS_CONFIRMATION
    assert [error.reason[:19] for error in again.errors] == ["it listed 50 of the"]
    assert "This is brand new." in await life.texts("brand new")


async def test_a_run_that_waits_is_given_up_for_the_one_behind_it(life: Life, pages: Path) -> None:
    await life.sync()
    for number in range(20):
        (pages / f"page{number:02}.md").unlink()
    first = await asked(life)
    await life.ledger.runs.begin_run(first.id, life.now())
    second = await asked(life)
    held = await life.ledger.runs.open_run(ACME, SOURCE)
    assert held is not None
    assert held.id == first.id
    await life.ledger.runs.hold_run(first.id, ["page00.md"])
    assert (await life.carry_out(second)).state is RunState.NEEDS_CONFIRMATION
    given_up = await latest(life, first)
    assert given_up.state is RunState.FAILED
    assert "given up" in given_up.errors[-1].reason


async def test_who_asks_after_a_confirmation_gets_a_run_of_his_own(life: Life, pages: Path) -> None:
    await life.sync()
    for number in range(20):
        (pages / f"page{number:02}.md").unlink()
    held = await life.sync()
    assert await life.schedule.confirm(ACME, held.id)
    (pages / "page33.md").write_text("This is brand new.")
    after = await asked(life)
    assert after.id != held.id
    assert (await life.carry_out(held)).counts.deleted == 20
    assert (await life.carry_out(after)).counts.indexed == 1


async def test_a_source_that_goes_away_amid_a_page_fails_the_run(
    tmp_path: Path, pages: Path
) -> None:
    class Mover(Reader):
        async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
            if pages.exists():
                shutil.move(pages, tmp_path / "elsewhere")
            return await super().parse(content, media_type, name)

    async with living(tmp_path, parser=Mover()) as life:
        await life.add_source("files", {"path": str(pages)})
        run = await life.sync()
        assert run.state is RunState.FAILED
        assert "cannot be opened" in run.errors[0].reason
        (told,) = await life.ledger.audit.deeds(ACME, SOURCE, None, 9)
        assert (told.action, told.detail["run"]) == ("sync.failed", run.id)


async def test_a_document_that_we_stumble_over_stops_no_other_one(
    tmp_path: Path, pages: Path
) -> None:
    class Clumsy(Reader):
        async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
            if name == "page33.md":
                raise ZeroDivisionError
            return await super().parse(content, media_type, name)

    async with living(tmp_path, parser=Clumsy()) as life:
        await life.add_source("files", {"path": str(pages)})
        run = await life.sync()
        assert await life.states() == {DocumentState.LIVE: PAGES - 1, DocumentState.FAILED: 1}
        assert (run.state, run.errors[0].ref) == (RunState.PARTIAL, "page33.md")
        assert "ZeroDivisionError, a fault of Punnet" in run.errors[0].reason
        again = await life.sync()
        assert (again.state, again.counts.failed) == (RunState.PARTIAL, 0)
        (told,) = again.errors
        assert (told.ref, told.reason.partition(";")[0]) == ("", "failed in earlier runs: 1")


async def test_a_fault_of_ours_is_told_to_who_watches_the_run(tmp_path: Path, pages: Path) -> None:
    class Broken(MemoryIndex):
        async def upsert(self, tenant: TenantId, points: Sequence[Point]) -> None:
            raise ZeroDivisionError

    async with living(tmp_path, parser=Reader(), index=Broken()) as life:
        await life.add_source("files", {"path": str(pages)})
        run = await asked(life)
        with pytest.raises(ZeroDivisionError):
            await life.carry_out(run)
        told = await latest(life, run)
        assert told.state is RunState.RUNNING
        assert "ZeroDivisionError, a fault of Punnet" in told.errors[0].reason


async def test_impossible_dates_stop_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    ever = folder / "ever.md"
    ever.write_text("---\nexpires: 9999-12-31T23:59:59-05:00\n---\nIt never ends.\n")
    os.utime(ever, (1e12, 1e12))
    async with living(tmp_path) as life:
        await life.add_source("files", {"path": str(folder)})
        assert (await life.sync()).state is RunState.SUCCEEDED
        assert await life.texts("never ends") == ["It never ends."]


async def test_what_a_run_left_where_it_was_cut_off_leaves_the_index(
    life: Life, index: FlakyIndex
) -> None:
    run = await cut_off(life, index)
    assert (await life.carry_out(run)).state is RunState.SUCCEEDED
    found = await life.upkeep.compare(ACME, SOURCE, repair=False)
    assert (found.missing, found.phantom) == (0, PAGES - 64)
    assert await waits(life, "reconcile")
    await life.upkeep.reconcile(item("reconcile", life))
    assert (await life.upkeep.compare(ACME, SOURCE, repair=False)).clean


async def test_a_run_that_was_never_cut_off_asks_for_no_repair(life: Life) -> None:
    await life.sync()
    assert not await waits(life, "reconcile")


async def test_a_run_of_a_source_that_is_removed_meanwhile_ends(
    life: Life, index: FlakyIndex
) -> None:
    run = await cut_off(life, index)
    await life.schedule.remove_source(ACME, SOURCE)
    ended = await life.carry_out(run)
    assert (ended.state, "removed" in ended.errors[-1].reason) == (RunState.FAILED, True)
    await life.upkeep.remove(item("remove", life))
    assert [point async for batch in index.points(ACME, None) for point in batch] == []


async def test_an_erased_tenant_leaves_nothing(life: Life, index: FlakyIndex) -> None:
    await life.sync()
    await life.upkeep.erase(item("erase", life))
    assert [point async for batch in index.points(ACME, None) for point in batch] == []
    assert await life.ledger.tenants.tenant(ACME) is None


async def test_a_sweep_comes_again_for_what_was_retired_since(life: Life, pages: Path) -> None:
    await life.sync()
    (pages / "page33.md").write_text("This is brand new.")
    await life.sync()
    life.now.pass_by(seconds=1)
    with pytest.raises(TryLater):
        await life.upkeep.sweep(item("sweep", life))
    life.now.pass_by(minutes=5)
    await life.upkeep.sweep(item("sweep", life))
    assert (await life.ledger.reading.snapshot(ACME)).lingering == 0


async def test_new_labels_end_the_work_that_goes_by_the_old_ones(life: Life, pages: Path) -> None:
    lease = await life.ledger.leases.take(f"source:{SOURCE}", "someone", 60)
    assert lease is not None
    await life.ledger.documents.reread(ACME, SOURCE)
    with pytest.raises(LeaseLost):
        await life.ledger.leases.renew(lease, 60)
    assert (await life.sync()).state is RunState.SUCCEEDED


async def test_work_on_a_busy_source_is_given_back_at_once(life: Life) -> None:
    async with holding(life.ledger.leases, SOURCE, "a run"):
        with pytest.raises(SourceBusy):
            await life.upkeep.sweep(item("sweep", life))
        with pytest.raises(SourceBusy):
            await life.upkeep.reconcile(item("reconcile", life))
    await life.upkeep.reconcile(item("reconcile", life))


async def test_a_lease_outlives_a_ledger_that_is_away_for_a_moment(life: Life) -> None:
    leases = FlickeringLeases(life.ledger.leases)
    async with holding(leases, SOURCE, "a run", seconds=0.03):
        async with asyncio.timeout(60):
            await leases.renewed.wait()


async def test_the_schedule_does_not_repeat_what_a_person_just_asked_for(life: Life) -> None:
    record = await life.ledger.sources.source(ACME, SOURCE)
    assert record is not None
    await life.ledger.sources.save_source(replace(record, timing=Timing(3600)))
    await life.ledger.sources.set_due(SOURCE, life.now())
    run = await asked(life)
    await life.ledger.runs.begin_run(run.id, life.now())
    await life.schedule.tick()
    assert [one.id for one in await life.ledger.runs.list_runs(ACME, SOURCE, None, 9)] == [run.id]
