"""What was kept for its time leaves the ledger, and nothing else does."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.model import SourceId
from ingest.records import DocumentState, Drop, RunState
from tests.builders import ACME, NOON, SHOP, source_record, sync_run, write
from tests.contracts.ledgers import Desk

DAY = timedelta(days=1)
BLOG = SourceId("blog")
OF_DOCUMENTS = ("document", "revision", "placement", "passage")


async def ran(desk: Desk, source: SourceId, days: Sequence[int], state: RunState) -> None:
    """Add runs of so many days after noon, named after their source and day."""
    for day in days:
        run = sync_run(f"{source}-{day}", source=source, state=state, queued_at=NOON + day * DAY)
        await desk.ledger.runs.add_run(run)


async def runs_of(desk: Desk, source: SourceId) -> set[str]:
    return {run.id for run in await desk.ledger.runs.list_runs(ACME, source, None, 99)}


def rows_of(file: Path) -> Mapping[str, int]:
    with sqlite3.connect(file) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {name}") for name in OF_DOCUMENTS]
        return dict(zip(OF_DOCUMENTS, (count.fetchone()[0] for count in counts), strict=True))


async def test_old_runs_are_forgotten_but_the_newest_of_each_source(desk: Desk) -> None:
    await desk.ledger.sources.add_source(source_record(BLOG))
    await ran(desk, SHOP, range(1, 7), RunState.SUCCEEDED)
    await ran(desk, BLOG, range(1, 4), RunState.FAILED)
    assert await desk.ledger.runs.forget_runs(NOON + 4 * DAY, 2, 99) == 4
    assert await runs_of(desk, SHOP) == {"run-of-shop", "shop-4", "shop-5", "shop-6"}
    assert await runs_of(desk, BLOG) == {"blog-2", "blog-3"}
    assert await desk.ledger.runs.forget_runs(NOON + 9 * DAY, 20, 99) == 0


async def test_old_runs_are_forgotten_in_batches(desk: Desk) -> None:
    await ran(desk, SHOP, range(1, 9), RunState.PARTIAL)
    forgotten = [await desk.ledger.runs.forget_runs(NOON + 9 * DAY, 1, 3) for _ in range(4)]
    assert forgotten == [3, 3, 1, 0]
    assert await runs_of(desk, SHOP) == {"run-of-shop", "shop-8"}


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING, RunState.NEEDS_CONFIRMATION])
async def test_an_open_run_is_never_forgotten(desk: Desk, state: RunState) -> None:
    await ran(desk, SHOP, [1], state)
    await ran(desk, SHOP, [2, 3], RunState.SUCCEEDED)
    assert await desk.ledger.runs.forget_runs(NOON + 9 * DAY, 1, 99) == 1
    assert await runs_of(desk, SHOP) == {"run-of-shop", "shop-1", "shop-3"}


async def test_a_deleted_document_leaves_with_all_its_rows(desk: Desk, ledger_file: Path) -> None:
    await desk.commit(write("stays", "Here."))
    await desk.commit(write("gone", "Hello.", "Old."), write("late", "Bye."))
    await desk.commit(write("gone", "Hello."))
    await desk.commit(Drop("gone"))
    deleted = desk.clock.pass_(seconds=1)
    await desk.commit(Drop("late"))
    points = desk.ledger.points
    assert await points.drop_deleted_documents(deleted, 9) == 0
    await swept(desk)
    assert await points.drop_deleted_documents(deleted, 9) == 1
    assert await desk.ledger.documents.count_documents(ACME, SHOP) == {
        DocumentState.LIVE: 1,
        DocumentState.DELETED: 1,
    }
    assert rows_of(ledger_file) == dict.fromkeys(OF_DOCUMENTS, 2)
    assert await desk.texts() == {"stays": "Here."}
    await desk.commit(write("gone", "Hello again."))
    assert await desk.texts() == {"stays": "Here.", "gone": "Hello again."}


async def test_deleted_documents_are_forgotten_in_batches(desk: Desk) -> None:
    for ref in ("a", "b", "c"):
        await desk.commit(write(ref, "Hello."))
        await desk.commit(Drop(ref))
    await swept(desk)
    later = desk.clock.pass_(days=1)
    drop = desk.ledger.points.drop_deleted_documents
    assert [await drop(later, 2) for _ in range(3)] == [2, 1, 0]


async def swept(desk: Desk) -> None:
    """Have the index forget what it no longer needs."""
    points = desk.ledger.points
    later = desk.clock.pass_(days=1)
    await points.forget_points(ACME, await points.lingering(ACME, SHOP, later, 99))
    desk.clock.pass_(days=-1)
