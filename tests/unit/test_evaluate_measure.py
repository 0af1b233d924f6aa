"""What is measured of searches and plans, and the gate that it is held against."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from retrieval.errors import EvaluationInvalid
from retrieval.evaluate import figures
from retrieval.evaluate.gate import check_limits, read_limits
from retrieval.evaluate.measure import SAYS, count_shares, measure_plans, measure_search
from retrieval.evaluate.model import Measure, Report, Seen
from retrieval.evaluate.report import Setting, assemble, by_model
from retrieval.model import Mode
from tests.evaluated import MODEL, asked, gold, piece, planned, seen

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def values(measures: tuple[Measure, ...]) -> dict[str, float | None]:
    return {one.name: one.value for one in measures}


def report(*some: Seen) -> Report:
    return assemble(some, Setting(NOON, 20, 0), {})


# --- search -----------------------------------------------------------------------


def test_pages_are_ranked_by_their_best_passage() -> None:
    hits = (piece(1), piece(1, 200, 300), piece(2), piece(3))
    found = values(measure_search([seen(asked("a", gold(2), gold(3)), hits)]))
    assert (found["recall@1"], found["recall@5"], found["hit@10"]) == (0.0, 1.0, 1.0)
    assert found["mrr"] == 0.5
    best = 1 + 1 / math.log2(3)
    assert found["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / 2) / best)


def test_a_page_counts_once_however_many_of_its_pieces_are_sought() -> None:
    question = asked("a", gold(1, 0, 50), gold(1, 50, 99), gold(4))
    assert values(measure_search([seen(question, (piece(1),))]))["recall@5"] == 0.5


def test_gold_that_is_not_there_any_more_is_not_found() -> None:
    found = values(measure_search([seen(asked("a", gold(1), gold(99)), (piece(1),))]))
    assert found["recall@10"] == 0.5


def test_evidence_needs_every_piece_within_the_budget() -> None:
    hits = (piece(1, tokens=900), piece(2, tokens=900), piece(3, tokens=9_000))
    both = seen(asked("a", gold(1, 10, 90), gold(2, 10, 90)), hits)
    late = seen(asked("b", gold(3, 10, 90)), hits)
    pages_only = seen(asked("c", gold(1)), hits)
    found = {one.name: one for one in measure_search([both, late, pages_only])}
    assert [found[f"evidence@{size}k"].value for size in (1, 2, 4, 8)] == [0.0, 0.5, 0.5, 0.5]
    assert found["evidence@1k"].n == 2


def test_nothing_is_measured_of_questions_without_gold() -> None:
    assert set(values(measure_search([seen(asked("a"), (piece(1),))])).values()) == {None}


# --- plans ------------------------------------------------------------------------


def test_handoffs_are_measured_on_what_nothing_answers() -> None:
    some = [
        seen(asked("a"), (), planned(handoff="weak_evidence")),
        seen(asked("b"), (), planned()),
        seen(asked("c", gold(1)), (piece(1),), planned(piece(1), handoff="weak_evidence")),
        seen(asked("d", gold(1)), (piece(1),), planned(piece(1))),
    ]
    found = {one.name: one for one in measure_plans(some, MODEL)}
    assert (found["handoff_precision"].value, found["handoff_recall"].value) == (0.5, 0.5)
    assert (found["handoff_recall"].n, found["evidence@pack"].value) == (2, 1.0)


def test_an_estimate_is_held_against_what_the_prompt_held() -> None:
    some = [
        seen(asked("a", gold(1)), (), planned(piece(1), probability=0.9)),
        seen(asked("b", gold(2)), (), planned(piece(1), probability=0.4)),
        seen(asked("c"), (), planned(piece(1), probability=0.2)),
    ]
    found = values(measure_plans(some, MODEL))
    assert found["auroc"] == 1.0
    assert found["ece"] == pytest.approx((0.1 + 0.4 + 0.2) / 3)


def test_a_cost_that_is_partly_unknown_is_unknown() -> None:
    some = [seen(asked("a"), (), planned(cost=None)), seen(asked("b"), (), planned(cost=0.002))]
    assert values(measure_plans(some, MODEL))["cost"] is None
    assert values(measure_plans(some[1:], MODEL))["cost"] == 2.0


def test_modes_are_counted_by_type_as_the_author_names_it() -> None:
    some = [
        seen(asked("a", type_="policy"), (), planned(mode=Mode.FULL)),
        seen(asked("b"), (), planned()),
        seen(asked("c"), (), planned()),
    ]
    shares = {(one.type, one.mode): one.share for one in count_shares(some, MODEL)}
    assert shares[("", "snippets")] == pytest.approx(2 / 3)
    assert shares[("policy", "full")] == shares[("lookup", "snippets")] == 1.0


# --- figures ----------------------------------------------------------------------


def test_ties_count_half() -> None:
    assert figures.auroc(np.array([[0.5, 1], [0.5, 0]])) == 0.5
    assert figures.auroc(np.array([[0.5, 1], [0.6, 1]])) is None


def test_an_interval_holds_its_figure_and_is_the_same_every_time() -> None:
    rows = np.array([[float(n % 3 == 0)] for n in range(60)])
    low, high = figures.interval(rows, figures.mean) or (1.0, 0.0)
    assert low < figures.mean(rows) < high  # type: ignore[operator]
    assert figures.interval(rows, figures.mean) == (low, high)
    assert figures.interval(rows[:1], figures.mean) is None


def test_estimates_of_one_stand_in_the_last_bin() -> None:
    bins = figures.reliability(np.array([[1.0, 1], [0.95, 0], [0.0, 0]]))
    assert [(one.low, one.n, one.held) for one in bins] == [(0.0, 1, 0.0), (0.9, 2, 0.5)]


# --- the gate ---------------------------------------------------------------------


def test_a_limit_that_is_not_kept_falls_short() -> None:
    limits = read_limits(["recall@10=0.85", "mrr=0.4"], ["ece=0.05"])
    one = report(seen(asked("a", gold(2)), (piece(1), piece(2)), planned(probability=0.9)))
    short = check_limits(limits, by_model(one))
    assert [(fell.limit.name, fell.limit.words, fell.of) for fell in short] == [
        ("ece", "at most 0.05", MODEL)
    ]


def test_a_gate_does_not_open_because_nothing_was_measured() -> None:
    short = check_limits(read_limits(["recall@10=0"], []), by_model(report(seen(asked("a"), ()))))
    assert [fell.measured for fell in short] == [None]


@pytest.mark.parametrize(
    ("said", "says"), [("recall=1", "No measure"), ("mrr", "NAME=VALUE"), ("mrr=high", "no number")]
)
def test_a_limit_that_is_none_is_refused(said: str, says: str) -> None:
    with pytest.raises(EvaluationInvalid, match=says):
        read_limits([said], [])


def test_every_measure_has_its_words() -> None:
    one = report(seen(asked("a", gold(1)), (piece(1),)))
    assert {measure.name for some in by_model(one).values() for measure in some} == set(SAYS)


# --- the report -------------------------------------------------------------------


def test_the_report_tells_what_went_wrong_with_which_question() -> None:
    missed = seen(asked("a", gold(9), line=4), (piece(1),), planned(piece(1)))
    silent = seen(asked("b", line=5), (), planned())
    eager = seen(
        asked("c", gold(1), line=6), (piece(1),), planned(piece(1), handoff="weak_evidence")
    )
    fine = seen(asked("d", gold(1), line=7), (piece(1),))
    found = report(missed, silent, eager, fine).failures
    assert [one.line for one in found] == [4, 5, 6]
    assert found[0].why == (
        "1 of 1 gold pages are not among the first 10; the prompt (snippets) lacks some of the gold"
    )
    assert (found[0].expected, found[0].found, found[0].link) == (("9.md",), ("Page 1",), "l1")
    assert found[1].why == "not handed off although nothing answers it"
    assert found[2].why == "handed off (weak_evidence) although it is answerable"


def test_the_report_warns_of_few_questions_and_of_gold_that_is_gone() -> None:
    one = report(seen(asked("a", gold(99), line=3), (piece(1),)))
    assert one.problems == ("line 3: no live page has the ref '99.md'",)
    assert one.warnings[0].startswith("Only 1 questions have gold")
    assert one.warnings[1].startswith("No question is unanswerable")
