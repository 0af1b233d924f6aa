"""Noticing that a source suddenly lists much less."""

from dataclasses import replace

import pytest

from ingest.records import RunCounts, RunKind, RunState, SyncRun
from ingest.shrinkage import shrinkage
from tests.builders import sync_run


def full(id_: str, listed: int, state: RunState = RunState.SUCCEEDED) -> SyncRun:
    counts = RunCounts(listed=listed)
    return replace(sync_run(id_, state=state), counts=counts, kind=RunKind.FULL)


@pytest.mark.parametrize(
    ("listed", "before", "odd"),
    [
        (79, 100, True),
        (80, 100, False),
        (15, 20, True),
        (16, 20, False),
        (0, 4, True),
        (0, 0, False),
        (7, 5, False),
    ],
)
def test_less_than_four_fifths_of_the_run_before_is_odd(
    listed: int, before: int, odd: bool
) -> None:
    now, then = full("now", listed, RunState.RUNNING), full("then", before)
    assert bool(shrinkage(now, [now, then], before)) is odd


def test_the_warning_says_how_much_there_was() -> None:
    told = shrinkage(full("now", 3), [full("then", 1_175)], 1_175)
    assert "it listed 3 documents, where there were 1175 before" in told


def test_only_a_run_that_saw_everything_is_compared_with() -> None:
    earlier = [
        replace(full("changes", 2), kind=RunKind.CHANGES),
        full("failed", 3, RunState.FAILED),
        full("partial", 50, RunState.PARTIAL),
        full("long ago", 4_000),
    ]
    assert shrinkage(full("now", 45), earlier, 50) == ""
    assert "50 before" in shrinkage(full("now", 30), earlier, 50)


def test_the_first_look_at_all_is_held_against_what_is_there() -> None:
    assert "12 before" in shrinkage(full("now", 0), [], 12)
