"""Runs amid trouble: what they must not lose, nor make up."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.errors import SourceUnavailable
from ingest.records import DocumentState, RunState, SyncError
from tests.telling import Told, telling

LIVE = DocumentState.LIVE


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    async with telling(tmp_path) as alive:
        yield alive


async def test_tombstones_of_what_was_never_there_are_no_deletions(told: Told) -> None:
    await told.sync()
    for number in range(10):
        told.source.put(f"elsewhere{number}", "Not of this source.")
        told.source.remove(f"elsewhere{number}")
    told.source.remove("page5")
    assert await told.sync() is RunState.SUCCEEDED
    assert (await told.latest()).counts.deleted == 1
    assert await told.life.states() == {LIVE: 5, DocumentState.DELETED: 1}


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
