from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.freshness.model import Aging, FlagKind, Usage
from ingest.freshness.staleness import STALE, WEIGHTS, looked_at, staleness
from ingest.records import DocumentState
from tests.ageing import NOW, aging, ago

BUSY = [ago(days) for days in range(430, 1_100, 60)]
"""Edits of a page that changed every two months, the last of them 14 months ago."""

FEW = settings(max_examples=40)
days = st.integers(-400, 4_000).map(ago)
maybe = st.none() | days


@st.composite
def agings(draw: st.DrawFn) -> Aging:
    return aging(
        created=draw(days),
        edits=sorted(draw(st.lists(days, max_size=6))),
        flags=draw(st.dictionaries(st.sampled_from(FlagKind), st.floats(0, 1), max_size=4)),
        synced=draw(days),
        changed=draw(maybe),
        verified=draw(maybe),
        review_by=draw(maybe),
        due=draw(maybe),
        review_days=draw(st.none() | st.integers(1, 900)),
        volatility=draw(st.none() | st.floats(0.01, 400)),
        state=draw(st.sampled_from(DocumentState)),
    )


@FEW
@given(agings(), days, days)
def test_a_page_never_gets_fresher_by_waiting(page: Aging, one: datetime, other: datetime) -> None:
    early, late = staleness(page, min(one, other)), staleness(page, max(one, other))
    assert early.score <= late.score
    assert late.stale or not early.stale


@FEW
@given(agings(), days)
def test_it_is_a_probability_and_always_the_same(page: Aging, at: datetime) -> None:
    judged = staleness(page, at)
    assert 0 <= judged.score <= 1
    assert judged == staleness(replace(page), at)
    assert not judged.stale or (judged.score >= STALE and judged.reasons)


@FEW
@given(agings(), days, days)
def test_being_synced_or_asked_for_changes_nothing(
    page: Aging, at: datetime, synced: datetime
) -> None:
    busy = replace(page, synced_at=synced, usage=Usage(answered=900, bad=3, last_at=at))
    judged, again = staleness(page, at), staleness(busy, at)
    assert (judged.score, judged.stale) == (again.score, again.stale)


@FEW
@given(agings(), st.sampled_from(sorted(WEIGHTS)), st.floats(0, 1))
def test_a_flag_never_makes_a_page_fresher(page: Aging, kind: FlagKind, severity: float) -> None:
    flagged = replace(page, flags=(*page.flags, (kind, severity)))
    assert staleness(flagged, NOW).score >= staleness(page, NOW).score


@FEW
@given(agings())
def test_a_verification_never_makes_a_page_staler(page: Aging) -> None:
    verified = replace(page, verified_at=NOW)
    assert staleness(verified, NOW).score <= staleness(page, NOW).score


def test_a_busy_page_that_fell_silent_is_stale_and_says_why() -> None:
    page = aging(created=ago(1_200), edits=sorted(BUSY))
    judged = staleness(page, NOW)
    assert judged.stale
    assert judged.reasons == (
        "changes about 4 times a year, last changed 14 months ago, never verified",
    )


def test_verifying_a_page_resets_its_age() -> None:
    page = aging(created=ago(1_200), edits=sorted(BUSY), verified=ago(3))
    judged = staleness(page, NOW)
    assert not judged.stale
    assert judged.score < 0.1
    assert looked_at(page) == ago(3)


@pytest.mark.parametrize("volatility", [0.02, 0.5, 40.0])
def test_age_alone_never_makes_a_page_stale(volatility: float) -> None:
    page = aging(created=ago(9_000), changed=ago(9_000), volatility=volatility)
    assert not staleness(page, NOW).stale


def test_an_evergreen_page_stays_fresher_than_a_price_list() -> None:
    evergreen = aging(created=ago(700), volatility=0.05)
    prices = aging(created=ago(700), volatility=5.0)
    assert staleness(evergreen, NOW).score < 0.1 < 0.7 < staleness(prices, NOW).score


def test_what_is_past_its_own_date_is_stale_even_when_edited_since() -> None:
    page = aging(edits=[ago(2)], review_by=datetime(2024, 12, 24, tzinfo=NOW.tzinfo))
    judged = staleness(page, NOW)
    assert judged.stale
    assert judged.reasons[0] == "says itself that it is good until 2024-12-24"
    assert not staleness(replace(page, verified_at=ago(1)), NOW).stale


def test_an_overdue_review_makes_it_stale_until_somebody_looks() -> None:
    page = aging(created=ago(200), review_days=90)
    judged = staleness(page, NOW)
    assert judged.stale
    assert judged.reasons[0] == f"its review was due on {ago(110):%Y-%m-%d}"
    assert not staleness(replace(page, verified_at=ago(10)), NOW).stale


def test_a_persons_date_is_met_by_a_verification() -> None:
    page = aging(created=ago(200), due=ago(20), flags={FlagKind.OVERDUE: 0.9})
    judged = staleness(page, NOW)
    assert judged.stale
    assert judged.reasons[0] == f"its review was due on {ago(20):%Y-%m-%d}"
    assert not any("overdue" in reason for reason in judged.reasons)
    assert not staleness(replace(page, verified_at=ago(10), flags=()), NOW).stale


@pytest.mark.parametrize("kind", [FlagKind.EXPIRED, FlagKind.OVERDUE, FlagKind.SOURCE_GONE])
def test_some_flags_settle_it(kind: FlagKind) -> None:
    assert staleness(aging(flags={kind: 0.0}), NOW).stale


def test_a_source_that_is_gone_says_since_when() -> None:
    page = aging(flags={FlagKind.SOURCE_GONE: 1.0}, synced=ago(31))
    reason = f"its source has not been reached since {ago(31):%Y-%m-%d}"
    assert staleness(page, NOW).reasons == (reason,)


def test_small_flags_raise_the_score_but_warn_nobody() -> None:
    page = aging(
        created=ago(3_000),
        volatility=0.5,
        flags={FlagKind.BROKEN_LINK: 1.0, FlagKind.UNUSED: 1.0},
    )
    judged = staleness(page, NOW)
    assert judged.score > STALE
    assert not judged.stale


def test_the_gravest_reason_comes_first() -> None:
    page = aging(
        created=ago(1_000), flags={FlagKind.EXPIRED: 1.0, FlagKind.BROKEN_LINK: 0.5}, volatility=0.5
    )
    reasons = staleness(page, NOW).reasons
    assert "until a date that has passed" in reasons[0]
    assert "links" in reasons[-1]


def test_what_the_source_says_of_old_times_counts() -> None:
    page = aging(created=ago(10), changed=ago(900))
    assert looked_at(page) == ago(900)
    assert looked_at(replace(page, edits=(ago(5),))) == ago(5)


def test_tomorrow_is_no_age() -> None:
    page = aging(created=NOW + timedelta(days=9))
    assert staleness(page, NOW).score == 0
