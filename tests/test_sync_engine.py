"""How runs begin, rest, make room, fail and try again, with a source that does as it is told."""

import itertools
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.errors import CredentialsInvalid, SourceUnavailable
from ingest.errors import TryLater
from ingest.records import DocumentState, RunKind, RunState, Timing, WorkItem
from ingest.worker import Worker
from tests.life import ACME, SOURCE
from tests.telling import Told, telling

LIVE = DocumentState.LIVE


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    async with telling(tmp_path) as alive:
        yield alive


async def test_the_first_run_looks_at_everything_the_next_at_changes(told: Told) -> None:
    assert await told.sync() is RunState.SUCCEEDED
    told.source.put("page1", "This is another topic.")
    assert await told.sync() is RunState.SUCCEEDED
    runs = await told.life.ledger.runs.list_runs(ACME, SOURCE, None, 9)
    assert [run.kind for run in runs] == [RunKind.CHANGES, RunKind.FULL]
    assert told.source.scans == [None, "since:6"]
    assert [run.counts.listed for run in runs] == [1, 6]


async def test_a_full_run_begins_at_the_beginning_and_finds_what_no_change_told(
    told: Told,
) -> None:
    await told.sync()
    del told.source.texts["page2"]  # of which nobody is told
    assert await told.sync() is RunState.SUCCEEDED
    assert await told.life.states() == {LIVE: 6}
    assert await told.sync(RunKind.FULL) is RunState.SUCCEEDED
    assert await told.life.states() == {LIVE: 5, DocumentState.DELETED: 1}
    assert (await told.record()).full_at == told.life.now()


async def test_a_run_that_fails_leaves_the_cursor_where_it_was(told: Told) -> None:
    await told.sync()
    for number in range(4):
        told.source.put(f"new{number}", f"News {number}.")
    told.source.trouble = {2: SourceUnavailable("no")}
    assert await told.sync() is RunState.FAILED
    assert (await told.record()).cursor == "since:6"
    assert await told.sync() is RunState.SUCCEEDED
    assert await told.life.states() == {LIVE: 10}


async def test_an_edit_during_the_first_listing_comes_with_the_next_run(told: Told) -> None:
    told.source.trouble = {3: SourceUnavailable("wait", after=timedelta(minutes=5))}
    run = await told.life.schedule.request_run(ACME, SOURCE)
    with pytest.raises(TryLater):
        await told.life.carry_out(run)
    told.source.put("page0", "This is a new topic.")
    assert (await told.life.carry_out(run)).state is RunState.SUCCEEDED
    assert await told.sync() is RunState.SUCCEEDED
    assert "This is a new topic." in await told.life.texts("new topic")


async def test_an_expired_cursor_means_a_full_run(told: Told) -> None:
    await told.sync()
    told.source.put("page0", "This is a new topic.")
    del told.source.texts["page5"]
    told.source.expired = True
    assert await told.sync() is RunState.SUCCEEDED
    (run, *_) = await told.life.ledger.runs.list_runs(ACME, SOURCE, None, 1)
    assert run.kind is RunKind.FULL
    assert await told.life.states() == {LIVE: 5, DocumentState.DELETED: 1}


async def test_a_run_whose_source_asks_for_rest_goes_on_where_it_was(told: Told) -> None:
    told.source.trouble = {3: SourceUnavailable("slow down", after=timedelta(minutes=9))}
    run = await told.life.schedule.request_run(ACME, SOURCE)
    with pytest.raises(TryLater) as later:
        await told.life.carry_out(run)
    assert later.value.after == timedelta(minutes=9)
    resting = await told.life.ledger.runs.run(ACME, run.id)
    assert resting is not None
    assert resting.state is RunState.RUNNING
    assert resting.rests_until == told.life.now() + timedelta(minutes=9)
    assert [error.reason for error in resting.errors] == ["had to rest: slow down"]
    told.life.now.pass_by(minutes=9)
    ended = await told.life.carry_out(run)
    assert (ended.state, ended.rests_until) == (RunState.SUCCEEDED, None)
    assert told.source.scans == [None, "all:4:6"]
    assert sorted(told.source.fetched) == sorted(told.source.texts)


async def test_a_run_that_rested_for_a_day_has_failed(told: Told) -> None:
    run = await told.life.schedule.request_run(ACME, SOURCE)
    rests: list[timedelta] = []
    while run.state is not RunState.FAILED and len(rests) < 99:
        told.source.trouble = {1: SourceUnavailable("down", after=timedelta(minutes=1))}
        with suppress(TryLater):
            run = await told.life.carry_out(run)
            break
        resting = await told.life.ledger.runs.run(ACME, run.id)
        assert resting is not None
        assert resting.rests_until is not None
        rests.append(resting.rests_until - told.life.now())
        told.life.now.at = resting.rests_until
    assert run.state is RunState.FAILED
    assert rests == sorted(rests)
    assert (rests[0], rests[-1]) == (timedelta(minutes=1), timedelta(hours=1))
    assert len(run.errors) == 2


async def test_whoever_asks_wakes_a_run_that_rests(told: Told) -> None:
    told.source.trouble = {1: SourceUnavailable("slow down", after=timedelta(hours=9))}
    first = await told.life.schedule.request_run(ACME, SOURCE)
    with pytest.raises(TryLater):
        await told.life.carry_out(first)
    told.life.now.pass_by(seconds=1)
    second = await told.life.schedule.request_run(ACME, SOURCE)
    assert second.id != first.id
    with pytest.raises(TryLater, match="an earlier run"):
        await told.life.carry_out(second)
    ended = await told.life.ledger.runs.run(ACME, first.id)
    assert ended is not None
    assert ended.state is RunState.SUCCEEDED


async def test_refused_credentials_end_the_run_and_delete_nothing(told: Told) -> None:
    await told.sync()
    told.source.trouble = {1: CredentialsInvalid("The token was revoked.")}
    assert await told.sync(RunKind.FULL) is RunState.FAILED
    assert await told.life.states() == {LIVE: 6}


async def test_what_failed_is_read_again_when_it_is_due_though_no_change_is_told(
    told: Told,
) -> None:
    told.source.unreadable = {"page3"}
    assert await told.sync() is RunState.PARTIAL
    assert await told.sync() is RunState.PARTIAL
    assert told.source.fetched.count("page3") == 1
    told.life.now.pass_by(minutes=2)
    assert await told.sync() is RunState.PARTIAL
    assert told.source.fetched.count("page3") == 2
    told.life.now.pass_by(minutes=1)
    await told.sync()
    assert told.source.fetched.count("page3") == 2, "the delay grows"
    told.source.unreadable = set()
    told.life.now.pass_by(minutes=2)
    assert await told.sync() is RunState.SUCCEEDED
    assert await told.life.states() == {LIVE: 6}


async def test_failures_can_be_tried_again_alone(told: Told) -> None:
    told.source.unreadable = {"page3", "page4"}
    await told.sync()
    told.source.unreadable = {"page4"}
    told.source.put("page0", "A change that is not looked at.")
    await told.life.ledger.documents.retry_now(ACME, SOURCE)
    assert await told.sync(RunKind.RETRY) is RunState.PARTIAL
    assert told.source.scans == [None]
    assert told.source.fetched[6:] == ["page3", "page4"]
    (run, *_) = await told.life.ledger.runs.list_runs(ACME, SOURCE, None, 1)
    assert (run.counts.indexed, run.counts.failed) == (1, 1)
    assert await told.sync() is RunState.PARTIAL
    assert "A change that is not looked at." in await told.life.texts("change")


async def test_a_long_run_makes_room_for_what_waits_and_goes_on_after_it(told: Told) -> None:
    life, crowd = told.life, [True]

    async def crowded() -> bool:
        return crowd.pop(0) if crowd else False

    slow = itertools.count(0.0, 60.0).__next__
    worker = Worker(replace(life.bench, monotonic=slow, crowded=crowded), life.engine)
    run = await life.schedule.request_run(ACME, SOURCE)
    item = WorkItem(run.id, "sync", ACME, run.id, life.now())
    with pytest.raises(TryLater, match="others"):
        await worker.handle(item)
    stands = (await told.record()).cursor
    assert stands is not None
    await worker.handle(item)
    assert told.source.scans == [None, stands]
    ended = await life.ledger.runs.run(ACME, run.id)
    assert ended is not None
    assert (ended.state, ended.counts.listed) == (RunState.SUCCEEDED, 6)


async def test_a_clock_that_ran_ahead_keeps_no_source_waiting(told: Told) -> None:
    schedule, sources = told.life.schedule, told.life.ledger.sources
    await sources.save_source(replace(await told.record(), timing=Timing(60)))
    await sources.set_due(SOURCE, told.life.now())
    told.life.now.pass_by(days=1)
    await schedule.tick()
    run = await told.life.ledger.runs.open_run(ACME, SOURCE)
    assert run is not None
    await told.life.carry_out(run)
    told.life.now.pass_by(days=-1)
    await schedule.tick()
    assert (await told.record()).next_due_at == told.life.now() + timedelta(seconds=60)


async def test_a_full_run_is_due_in_its_own_rhythm(told: Told) -> None:
    record = replace(await told.record(), timing=Timing(3600), full_every_seconds=86_400)
    await told.life.ledger.sources.save_source(record)
    await told.sync()
    for hours, kind in ((1, RunKind.CHANGES), (23, RunKind.FULL), (1, RunKind.CHANGES)):
        told.life.now.pass_by(hours=hours)
        await told.life.ledger.sources.set_due(SOURCE, told.life.now())
        await told.life.schedule.tick()
        run = await told.life.ledger.runs.open_run(ACME, SOURCE)
        assert run is not None
        assert run.kind is kind
        await told.life.carry_out(run)


@pytest.mark.parametrize(("anchored", "anchor"), [(True, "refunds"), (False, "")])
async def test_a_hit_links_to_a_heading_only_where_its_source_has_such_links(
    told: Told, *, anchored: bool, anchor: str
) -> None:
    told.source.media_type, told.source.anchored = "text/markdown", anchored
    told.source.put("page9", "# Refunds\n\nMoney comes back on topic99.\n")
    await told.sync()
    (hit,) = await told.life.hits("topic99", 1)
    assert (hit.passage.heading_path, hit.passage.anchor) == (("Refunds",), anchor)


async def test_what_a_run_brings_makes_its_deletions_no_smaller(told: Told) -> None:
    """Credentials of another account list many new documents, and none of the old ones."""
    await told.sync()
    told.source.texts = {f"other{number}": f"Another topic{number}." for number in range(60)}
    assert await told.sync(RunKind.FULL) is RunState.NEEDS_CONFIRMATION
    (run,) = await told.life.ledger.runs.list_runs(ACME, SOURCE, None, 1)
    assert run.awaiting == tuple(f"page{number}" for number in range(6))
    assert await told.life.states() == {LIVE: 66}
