"""Runs amid trouble: what they must not lose, nor make up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.errors import SourceUnavailable
from ingest.errors import TryLater
from ingest.holding import SourceBusy
from ingest.records import DocumentState, RunKind, RunState, SyncError, SyncRun, WorkItem
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
    ended = await told.life.carry_out(run)
    assert (ended.kind, ended.state) == (RunKind.FULL, RunState.SUCCEEDED)
    assert not [error for error in ended.errors if error.ref]
    assert await told.life.states() == {LIVE: 5, DELETED: 1}


async def much(told: Told) -> None:
    """Have a source of which the greater part goes, and no change tells of it."""
    for number in range(30):
        told.source.put(f"much{number:02}", f"This is much of {number}.")
    await told.sync()
    for number in range(20):
        del told.source.texts[f"much{number:02}"]


async def test_a_deletion_that_is_given_up_is_found_again(told: Told) -> None:
    await much(told)
    assert await told.sync(RunKind.FULL) is RunState.NEEDS_CONFIRMATION
    assert await told.sync() is RunState.NEEDS_CONFIRMATION
    assert len((await told.latest()).awaiting) == 20


async def test_a_run_that_is_confirmed_before_its_work_is_put_away_goes_on(told: Told) -> None:
    await much(told)
    work, now = told.life.ledger.work, told.life.now
    first = await work.claim_work(("sync",), "me", now(), 60)
    assert first is not None
    await work.finish_work(first.key, "me")
    run = await told.asked(RunKind.FULL)
    item = await work.claim_work(("sync",), "me", now(), 60)
    assert item is not None
    await told.life.worker.handle(item)
    await told.life.schedule.confirm(ACME, run.id)
    await work.finish_work(item.key, "me")
    again = await work.claim_work(("sync",), "me", now(), 60)
    assert again is not None
    assert again.subject == run.id


async def test_a_clock_that_was_put_back_hides_no_run_that_waits(told: Told) -> None:
    for _ in range(6):
        await told.sync()
    told.life.now.pass_by(days=-1)
    assert (await told.asked()).id == (await told.asked()).id


async def test_a_run_that_gets_on_may_take_longer_than_a_day(told: Told) -> None:
    told.source.page = 1
    run = await resting(told)
    for _ in range(2):
        told.life.now.pass_by(hours=20)
        told.source.trouble = {2: SourceUnavailable("slow down", after=timedelta(minutes=1))}
        with pytest.raises(TryLater) as later:
            await told.life.carry_out(run)
        assert later.value.after == timedelta(minutes=1), "it has just got on"
    told.life.now.pass_by(minutes=1)
    assert (await told.life.carry_out(run)).state is RunState.SUCCEEDED
    assert await told.life.states() == {LIVE: 6}


async def test_what_could_not_be_listed_is_tried_again_with_growing_delay(told: Told) -> None:
    told.source.texts["torn"] = "It was torn."
    told.source.torn = {"torn"}
    assert await told.sync() is RunState.PARTIAL
    counts = (await told.latest()).counts
    assert (counts.listed, counts.indexed, counts.failed) == (7, 6, 1)
    told.source.unreadable = {"torn"}
    tries = []
    for _ in range(8):
        told.life.now.pass_by(minutes=1)
        await told.sync()
        tries.append((await told.latest()).counts.failed)
    assert tries == [1, 0, 1, 0, 0, 0, 1, 0]


async def test_two_items_of_one_run_do_not_take_it_from_each_other(told: Told) -> None:
    run = await told.asked()
    one, other = (WorkItem(key, "sync", ACME, run.id, told.life.now()) for key in ("one", "other"))
    working = asyncio.create_task(told.life.worker.handle(one))
    with suppress(SourceBusy):
        await told.life.worker.handle(other)
    await working
    assert (await told.latest()).state is RunState.SUCCEEDED
    assert told.source.scans == [None]


async def test_who_asks_for_a_run_that_the_schedule_queued_goes_first(told: Told) -> None:
    schedule, now, work = told.life.schedule, told.life.now, told.life.ledger.work
    queued = await schedule.request_run(ACME, SOURCE, by_hand=False, priority=-1)
    await work.put_work(WorkItem("other", "sync", ACME, "other", now(), 1))
    assert (await told.asked()).id == queued.id
    first = await work.claim_work(("sync",), "me", now(), 60)
    assert first is not None
    assert first.subject == queued.id
