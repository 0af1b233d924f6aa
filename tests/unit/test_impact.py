from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ingest.freshness.impact import impact, outdated, reach, to_review
from ingest.freshness.model import Aging, Finding, FlagKind, Staleness, Usage
from tests.ageing import NOW, aging, ago

shares = st.floats(0, 1)
counts = st.integers(0, 10_000)


def found(page: Aging, kind: FlagKind = FlagKind.EXPIRED, severity: float = 0.8) -> Finding:
    return Finding(kind, page.document, 1, "key", severity, "it is so")


@given(shares, shares, counts, counts)
def test_impact_grows_with_age_and_with_use(one: float, other: float, few: int, more: int) -> None:
    few, more = sorted((few, more))
    calm, busy = aging(usage=Usage(answered=few)), aging(usage=Usage(answered=more))
    fresh, old = Staleness(min(one, other)), Staleness(max(one, other))
    assert impact(found(calm), fresh, calm) <= impact(found(busy), old, busy)


def test_a_page_that_nobody_asked_for_still_shows() -> None:
    page = aging()
    assert impact(found(page), Staleness(0.0), page) > 0


def test_the_busiest_page_does_not_hide_every_other() -> None:
    assert reach(Usage(answered=1_000)) < 2 * reach(Usage(answered=30))


def test_bad_answers_weigh_more_than_good_ones() -> None:
    assert reach(Usage(answered=10, bad=5)) > reach(Usage(answered=15))


def test_worse_kinds_and_severities_come_first() -> None:
    page, judged = aging(), Staleness(0.5)
    wrong, unused = found(page, FlagKind.CONTRADICTION), found(page, FlagKind.UNUSED)
    assert impact(wrong, judged, page) > impact(unused, judged, page)
    assert impact(wrong, judged, page) > impact(replace(wrong, severity=0.2), judged, page)
    assert all(impact(found(page, kind), judged, page) > 0 for kind in FlagKind)


def test_the_list_begins_with_what_changes_often_and_answers_often() -> None:
    busy = aging("busy", created=ago(900), edits=[ago(n) for n in range(800, 20, -60)])
    asked = replace(busy, document=aging("asked").document, usage=Usage(answered=50))
    quiet = aging("quiet", created=ago(900), usage=Usage(answered=2))
    listed = to_review([quiet, busy, asked], NOW, most=9)
    assert [one.page.title for one in listed] == ["busy", "busy", "quiet"]
    assert listed[0].page.document == "asked"


def test_what_was_verified_this_month_is_not_listed_again() -> None:
    pages = [aging("new", verified=ago(3)), aging("old", verified=ago(90)), aging("never")]
    assert {one.page.title for one in to_review(pages, NOW, most=9)} == {"old", "never"}


def test_the_list_is_cut_and_ties_are_in_order_of_id() -> None:
    pages = [aging(name) for name in "cabd"]
    assert [one.page.document for one in to_review(pages, NOW, most=3)] == ["a", "b", "c"]


def test_what_is_known_to_be_wrong_comes_before_what_may_be() -> None:
    page = aging(created=ago(900))
    assert outdated(replace(page, flags=((FlagKind.EXPIRED, 1.0),)), NOW) > 0.9 > 0.5
    assert outdated(page, NOW) < 0.1
