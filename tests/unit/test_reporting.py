"""What is said of pages and flags is held against the page, and against what it needs."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import ReviewInvalid
from ingest.freshness.model import FlagAction, FlagKind, FlagState
from ingest.freshness.reporting import (
    Move,
    Report,
    check_move,
    check_report,
    finding_of,
    located,
    why_not,
)
from ingest.model import DocumentId
from ingest.reading import Revision

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGE = DocumentId("d_1")
TEXT = "Refunds take five\nworking days. Returns are free (always). Refunds take five working days."
REVISION = Revision(PAGE, 3, NOON, None, "Refunds", TEXT, ())


@pytest.mark.parametrize("quote", ["five\nworking days.", "five working  days.", "free (always)."])
def test_a_quote_is_found_whatever_the_spaces_in_it(quote: str) -> None:
    found = located(REVISION, quote)
    assert found.text == TEXT[found.start : found.end]
    assert found.text.split() == quote.split()
    assert (found.document, found.revision) == (PAGE, 3)


@pytest.mark.parametrize("quote", ["six working days", "free [always].", "five.working"])
def test_words_that_are_not_on_the_page_are_refused(quote: str) -> None:
    with pytest.raises(ReviewInvalid, match="do not stand in the page"):
        located(REVISION, quote)


def test_the_same_report_has_the_same_key_and_another_quote_another_one() -> None:
    def key(quote: str, comment: str) -> str:
        report = Report(FlagKind.OUTDATED, PAGE, comment=comment, quote=quote)
        return finding_of(report, REVISION, (located(REVISION, quote),)).key

    assert key("five working days.", "Four now.") == key("five\nworking days.", "Old.")
    assert key("five working days.", "") != key("Returns are free", "")


def test_a_report_without_words_says_what_its_kind_says() -> None:
    assert "outdated" in finding_of(Report(FlagKind.OUTDATED, PAGE), REVISION, ()).reason


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (Report(FlagKind.OVERDUE, PAGE), "found, not reported"),
        (Report(FlagKind.CONTRADICTION, PAGE), "name the other one"),
        (Report(FlagKind.OUTDATED, PAGE, other=DocumentId("d_2")), "name none"),
        (Report(FlagKind.MISSING, PAGE), "what is missing"),
    ],
)
def test_a_report_that_says_too_little_or_too_much_is_refused(report: Report, says: str) -> None:
    with pytest.raises(ReviewInvalid, match=says):
        check_report(report)


@pytest.mark.parametrize(
    "move",
    [
        Move(FlagAction.DISMISS, "  "),
        Move(FlagAction.COMMENT),
        Move(FlagAction.SNOOZE),
        Move(FlagAction.SNOOZE, until=NOON),
        Move(FlagAction.CLOSE, "done"),
        Move(FlagAction.RAISE),
    ],
)
def test_a_move_that_lacks_what_it_needs_is_refused(move: Move) -> None:
    with pytest.raises(ReviewInvalid):
        check_move(move, NOON)


def test_a_move_with_all_that_it_needs_is_let_through() -> None:
    check_move(Move(FlagAction.SNOOZE, until=NOON + timedelta(days=1)), NOON)
    check_move(Move(FlagAction.DISMISS, "Both are right."), NOON)
    check_move(Move(FlagAction.ASSIGN), NOON)


def test_only_what_waits_can_be_ended_and_only_what_does_not_be_opened() -> None:
    for state in (FlagState.RESOLVED, FlagState.DISMISSED, FlagState.CLOSED):
        assert "reopen" in why_not(state, FlagAction.RESOLVE)
        assert why_not(state, FlagAction.REOPEN) == ""
    assert why_not(FlagState.OPEN, FlagAction.REOPEN) == "is open already"
    assert why_not(FlagState.SNOOZED, FlagAction.REOPEN) == ""
    assert why_not(FlagState.SNOOZED, FlagAction.RESOLVE) == ""
