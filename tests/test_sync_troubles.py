"""Runs amid trouble: what they must not lose, nor make up."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.errors import SourceUnavailable
from ingest.errors import TryLater
from ingest.records import DocumentState, RunKind, RunState, SyncError, SyncRun
from tests.life import ACME, SOURCE
from tests.telling import Told, telling

LIVE = DocumentState.LIVE
DELETED = DocumentState.DELETED


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    async with telling(tmp_path) as alive:
        yield alive


async def resting(told: Told, kind: RunKind = RunKind.CHANGES) -> SyncRun:
    """Leave a run after its first page."""
    run = await told.asked(kind)
    told.source.trouble = {2: SourceUnavailable("wait", after=timedelta(minutes=5))}
    with pytest.raises(TryLater):
        await told.life.carry_out(run)
    return run


async def test_tombstones_of_what_was_never_there_are_no_deletions(told: Told) -> None:
    await told.sync()
    for number in range(10):
        told.source.put(f"elsewhere{number}", "Not of this source.")
        told.source.remove(f"elsewhere{number}")
    told.source.remove("page5")
    assert await told.sync() is RunState.SUCCEEDED
    assert (await told.latest()).counts.deleted == 1
    assert await told.life.states() == {LIVE: 5, DELETED: 1}


async def test_why_a_run_failed_is_told_however_many_documents_failed(told: Told) -> None:
    for number in range(120):
        told.source.put(f"more{number:03}", "It is never read.")
    told.source.unreadable = {f"more{number:03}" for number in range(120)}
    told.source.trouble = {63: SourceUnavailable("the reason")}
    assert await told.sync() is RunState.FAILED
    errors = (await told.latest()).errors
    assert (len(errors), errors[0].reason) == (100, "the reason")


async def test_what_is_told_of_a_run_is_told_once(told: Told) -> None:
    run = await told.asked()
    for _ in range(2):
        await told.life.ledger.runs.note_errors(run.id, [SyncError("page1", "It is torn.")])
    assert (await told.latest()).errors == (SyncError("page1", "It is torn."),)


async def test_new_settings_amid_a_run_leave_nothing_of_the_old_ones(told: Told) -> None:
    await told.sync()
    run = await resting(told, RunKind.FULL)
    del told.source.texts["page0"]  # which the run has seen
    await told.life.ledger.documents.reread(ACME, SOURCE)
    assert (await told.life.carry_out(run)).state is RunState.SUCCEEDED
    assert await told.life.states() == {LIVE: 5, DELETED: 1}


async def test_new_settings_have_also_failed_documents_read_again(told: Told) -> None:
    told.source.unreadable = {"page3"}
    assert await told.sync() is RunState.PARTIAL
    told.source.unreadable = set()
    await told.life.ledger.documents.reread(ACME, SOURCE)
    assert await told.sync() is RunState.SUCCEEDED


async def test_what_goes_before_a_cursor_expires_is_missed(told: Told) -> None:
    await told.sync()
    for number in range(3):
        told.source.put(f"page{number}", f"This is news {number}.")
    run = await resting(told)
    told.source.remove("page0")  # which the run has seen
    told.source.expired = True
    assert (await told.life.carry_out(run)).kind is RunKind.FULL
    assert await told.life.states() == {LIVE: 5, DELETED: 1}
