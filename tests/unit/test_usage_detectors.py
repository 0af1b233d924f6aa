"""Pages that answer nothing, and pages that answer badly, are found; chance is not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ingest.freshness.bad_answers import BadAnswersDetector, lower_bound
from ingest.freshness.model import Aging, FlagKind, Usage
from ingest.freshness.unused import UnusedDetector
from ingest.records import DocumentState
from tests.ageing import aging
from tests.builders import NOON, SHOP

LONG_AGO = NOON - timedelta(days=90)
DAY = timedelta(days=1)


def page(
    name: str,
    answered: int = 0,
    bad: int = 0,
    *,
    created_at: datetime = LONG_AGO,
    state: DocumentState = DocumentState.LIVE,
    edits: tuple[datetime, ...] = (),
) -> Aging:
    """Give a page that answered so often in the last 30 days."""
    usage = Usage(answered, bad, NOON if answered else None)
    its = aging(name, created_at, edits, synced=NOON, usage=usage, state=state)
    return replace(its, source=SHOP, revision=2)


def unused(*pages: Aging) -> list[str]:
    return [one.document for one in UnusedDetector().look(pages, NOON)]


def bad(*pages: Aging) -> list[str]:
    return [one.document for one in BadAnswersDetector().look(pages, NOON)]


def test_a_page_that_nobody_needs_is_found_where_much_is_asked() -> None:
    (finding,) = UnusedDetector().look([page("busy", 2_000), page("idle")], NOON)
    assert (finding.document, finding.kind, finding.revision) == ("idle", FlagKind.UNUSED, 2)
    assert "2,000 times" in finding.reason
    assert finding.severity < 0.2


def test_where_little_is_asked_no_page_is_unused() -> None:
    assert unused(page("busy", 1_999), page("idle")) == []


def test_a_new_page_has_not_had_its_chance() -> None:
    assert unused(page("busy", 9_999), page("new", created_at=NOON - 29 * DAY)) == []
    assert unused(page("busy", 9_999), page("old", created_at=NOON - 30 * DAY)) == ["old"]


@pytest.mark.parametrize("state", [DocumentState.QUARANTINED, DocumentState.FAILED])
def test_what_cannot_answer_is_not_called_unused_or_bad(state: DocumentState) -> None:
    assert unused(page("busy", 9_999), page("held", state=state)) == []
    assert bad(page("busy", 900), page("held", 20, 20, state=state)) == []


def test_a_page_that_is_complained_of_more_than_others_is_found() -> None:
    pages = [page("fine", 1_000, 20), page("poor", 40, 10)]
    (finding,) = BadAnswersDetector().look(pages, NOON)
    assert finding.document == "poor"
    assert "10 of 40 answers" in finding.reason
    assert "other pages get 2.0%" in finding.reason
    assert 0.4 < finding.severity < 0.8


def test_few_bad_words_are_chance() -> None:
    assert bad(page("fine", 1_000, 20), page("unlucky", 40, 2)) == []
    assert bad(page("fine", 1_000, 100), page("usual", 40, 7)) == []
    assert bad(page("fine", 1_000), page("rare", 4, 4)) == []


def test_what_was_said_of_an_older_text_is_not_held_against_a_new_one() -> None:
    fine = page("fine", 900)
    assert bad(fine, page("mended", 40, 20, edits=(LONG_AGO, NOON - DAY))) == []
    assert bad(fine, page("old", 40, 20, edits=(LONG_AGO,))) == ["old"]


def test_the_bound_is_below_the_share_and_nears_it() -> None:
    assert lower_bound(0, 0) == 0
    assert lower_bound(10, 40) == pytest.approx(0.1419, abs=1e-3)
    assert lower_bound(1_000, 4_000) == pytest.approx(0.2369, abs=1e-3)
    assert 0 < lower_bound(5, 5) < 1
