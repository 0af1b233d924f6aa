"""Whose review is due, and whom their source no longer vouches for."""

from dataclasses import replace

import pytest

from ingest.freshness.model import Aging
from ingest.freshness.overdue import OverdueDetector
from ingest.freshness.source_gone import SourceGoneDetector
from ingest.records import DocumentState
from tests.ageing import NOW, aging, ago


def overdue(page: Aging) -> list[str]:
    return [finding.reason for finding in OverdueDetector().look([page], NOW)]


def gone(*pages: Aging) -> dict[str, str]:
    return {str(one.document): one.reason for one in SourceGoneDetector().look(pages, NOW)}


@pytest.mark.parametrize(
    ("page", "due"),
    [
        (aging(review_by=ago(10)), ago(10)),
        (aging(due=ago(5)), ago(5)),
        (aging(due=ago(5), review_by=ago(10)), ago(10)),
        (aging(created=ago(100), review_days=30), ago(70)),
        (aging(created=ago(100), changed=ago(50), review_days=30), ago(20)),
        (aging(created=ago(100), verified=ago(40), review_days=30), ago(10)),
        (aging(verified=ago(20), review_by=ago(10)), ago(10)),
    ],
)
def test_a_page_is_overdue_after_the_earliest_date(page: Aging, due: object) -> None:
    (finding,) = OverdueDetector().look([page], NOW)
    assert finding.key == f"{due:%Y-%m-%d}"
    assert finding.key in finding.reason


@pytest.mark.parametrize(
    "page",
    [
        aging(created=ago(900)),
        aging(review_by=ago(-1)),
        aging(review_by=ago(10), verified=ago(5)),
        aging(created=ago(100), verified=ago(20), review_days=30),
    ],
)
def test_a_page_that_nobody_waits_for_or_that_was_verified_is_not(page: Aging) -> None:
    assert overdue(page) == []


def test_an_overdue_page_names_its_owner_and_gets_graver() -> None:
    page = replace(aging(due=ago(5)), owner="Ann")
    assert overdue(page)[0].startswith("Ann was to review it by ")
    (early,), (late,) = (OverdueDetector().look([page], at) for at in (NOW, ago(-300)))
    assert early.severity < late.severity
    assert early.key == late.key


def test_a_page_that_could_not_be_read_for_a_week_is_told() -> None:
    failed = aging("a", synced=ago(9), state=DocumentState.FAILED)
    assert "could not be read" in gone(failed, aging("b"))["a"]
    assert gone(aging("a", synced=ago(6), state=DocumentState.FAILED), aging("b")) == {}


def test_a_page_that_its_source_left_out_is_told() -> None:
    seen = [aging(name) for name in "bcd"]
    assert set(gone(aging("a", synced=ago(9)), *seen)) == {"a"}
    assert gone(aging("a", synced=ago(6)), *seen) == {}


def test_a_source_that_was_read_daily_and_is_silent_is_told() -> None:
    read = [aging(name, created=ago(12), edits=[ago(11)], synced=ago(10)) for name in "ab"]
    assert set(gone(*read)) == {"a", "b"}


def test_a_source_that_is_read_monthly_may_be_silent_for_three_months() -> None:
    read = [aging(name, created=ago(110), edits=[ago(80)], synced=ago(50)) for name in "ab"]
    assert gone(*read) == {}


def test_pages_that_were_pushed_once_or_one_by_one_are_left_alone() -> None:
    assert gone(aging("a", created=ago(300), synced=ago(300))) == {}
    pushed = [aging(str(days), created=ago(days), synced=ago(days)) for days in (90, 60, 40, 9)]
    assert gone(*pushed) == {}
