"""What the doctor tells an operator, and what he leaves unsaid."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api import checks
from api.checks import Finding
from connectors.model import Source, SourceId
from ingest.model import RunId
from ingest.records import (
    DocumentState,
    Lease,
    RunCounts,
    RunState,
    SourceRecord,
    SyncError,
    SyncRun,
    Timing,
)
from tests.life import ACME

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOURCE = Source(SourceId("s"), ACME, "files", "Pages", {})
RECORD = SourceRecord(SOURCE, Timing(60), NOW, paused=False, cursor=None, created_at=NOW)


def run(
    state: RunState, age: timedelta = timedelta(0), reason: str = "", listed: int = 0
) -> SyncRun:
    return SyncRun(
        id=RunId("r"),
        tenant=ACME,
        source=SOURCE.id,
        state=state,
        counts=RunCounts(listed=listed),
        errors=(SyncError("", reason),) if reason else (),
        awaiting=("a.md", "b.md") if state is RunState.NEEDS_CONFIRMATION else (),
        confirmed=False,
        queued_at=NOW - age,
    )


def said(findings: Iterable[Finding]) -> list[tuple[bool, str]]:
    return [(one.wrong, one.says) for one in findings]


def test_a_source_that_keeps_failing_is_wrong_and_says_why() -> None:
    failed = run(RunState.FAILED, reason="the token was revoked")
    once = said(checks.of_runs(RECORD, [failed, run(RunState.SUCCEEDED)], NOW))
    often = said(checks.of_runs(RECORD, [failed] * 3, NOW))
    assert once == [(False, "It failed once: the token was revoked")]
    assert often == [(True, "It failed 3 times in a row: the token was revoked")]


def test_a_source_that_succeeded_since_has_nothing_to_tell() -> None:
    runs = [run(RunState.SUCCEEDED), *[run(RunState.FAILED)] * 5]
    assert said(checks.of_runs(RECORD, runs, NOW)) == []


def test_a_run_that_does_not_begin_is_wrong() -> None:
    ((wrong, says),) = said(checks.of_runs(RECORD, [run(RunState.QUEUED, timedelta(hours=2))], NOW))
    assert wrong
    assert "queued since 2026-11-22 10:00 UTC" in says


@pytest.mark.parametrize("age", [timedelta(seconds=1), timedelta(hours=2)])
def test_a_run_that_rests_is_told_at_once_and_goes_on_by_itself(age: timedelta) -> None:
    until = NOW + timedelta(minutes=30)
    resting = replace(run(RunState.RUNNING, age, "had to rest: quota"), rests_until=until)
    ((wrong, says),) = said(checks.of_runs(RECORD, [resting], NOW))
    assert not wrong
    assert "rests until 2026-11-22 12:30 UTC" in says
    assert "quota" in says


def test_a_run_that_was_to_go_on_long_ago_is_wrong() -> None:
    stuck = run(RunState.RUNNING, timedelta(hours=2), "had to rest: quota")
    stuck = replace(stuck, rests_until=NOW - timedelta(minutes=90))
    assert [wrong for wrong, _ in said(checks.of_runs(RECORD, [stuck], NOW))] == [True]


def test_a_long_run_that_lists_documents_is_not_wrong() -> None:
    ((wrong, _),) = said(
        checks.of_runs(RECORD, [run(RunState.RUNNING, timedelta(hours=5), listed=9)], NOW)
    )
    assert not wrong


def test_a_deletion_that_waits_for_a_person_is_told() -> None:
    (found,) = checks.of_runs(RECORD, [run(RunState.NEEDS_CONFIRMATION)], NOW)
    assert "2 documents" in found.says
    assert "punnet run confirm r" in found.do


@pytest.mark.parametrize(("late", "told"), [(30, 0), (90, 1)])
def test_a_source_that_nobody_begins_is_wrong(late: int, told: int) -> None:
    record = replace(RECORD, next_due_at=NOW - timedelta(minutes=late))
    assert len(list(checks.of_schedule(record, NOW))) == told
    assert list(checks.of_schedule(replace(record, paused=True), NOW)) == []


def test_a_clock_that_was_set_back_is_wrong() -> None:
    assert [one.wrong for one in checks.of_clock(NOW, [NOW + timedelta(hours=1)])] == [True]
    assert list(checks.of_clock(NOW, [NOW, NOW - timedelta(days=9)])) == []


@pytest.mark.parametrize(("minutes", "wrong"), [(-1, []), (1, [False]), (60, [True])])
def test_a_lease_of_a_process_that_is_gone_is_told(minutes: int, wrong: list[bool]) -> None:
    leases = [Lease("source:s", "host:7:x", 3, NOW + timedelta(minutes=minutes))]
    assert [one.wrong for one in checks.of_leases(leases, NOW, lambda _: False)] == wrong
    assert list(checks.of_leases(leases, NOW, lambda _: True)) == []


@pytest.mark.parametrize(("free", "wrong"), [(1, [True]), (300, [False]), (5_000, [])])
def test_a_disk_that_gets_full_is_told(free: int, wrong: list[bool]) -> None:
    found = checks.of_disk(free * 1_000_000, 200 * 1_000_000)
    assert [one.wrong for one in found] == wrong


def test_a_damaged_file_and_another_model_are_wrong() -> None:
    assert [one.wrong for one in checks.of_file("page 7 is never used")] == [True]
    assert list(checks.of_file("")) == []
    assert [one.wrong for one in checks.of_model("a", "b")] == [True]
    assert [*checks.of_model("a", "a"), *checks.of_model("", "a")] == []


def test_a_key_that_opens_nothing_is_wrong() -> None:
    assert [one.wrong for one in checks.of_keys(opens=False)] == [True]
    assert list(checks.of_keys(opens=True)) == []


def test_credentials_that_do_not_open_are_wrong() -> None:
    assert list(checks.of_credentials(RECORD, "")) == []
    assert [wrong for wrong, _ in said(checks.of_credentials(RECORD, "no key"))] == [True]


def test_documents_that_could_not_be_read_are_counted() -> None:
    assert said(checks.of_documents(RECORD, {DocumentState.FAILED: 4})) == [
        (False, "4 of its documents could not be read.")
    ]
    assert list(checks.of_documents(RECORD, {DocumentState.LIVE: 4})) == []
