from dataclasses import replace

import pytest

from retrieval.model import Mode, Policy
from retrieval.planner.case import Case, Option
from retrieval.planner.choose import choose
from tests.cases import FAINT, SINGLE, SPREAD, case, option, options, question

COMPARE = question(compare=0.9)
LADDER = (
    option(Mode.NONE, 300),
    option(Mode.SNIPPETS, 4_000, 0.60),
    option(Mode.EXPANDED, 6_000, 0.62),
    option(Mode.DOCUMENTS, 20_000, 0.70),
    option(Mode.SCOPED, 60_000, 0.80),
    option(Mode.FULL, 150_000, 0.90),
)


def again(given: Case, after: Mode) -> tuple[Option, set[str], str]:
    choice = choose(replace(given, after=after))
    reasons = choice.alternatives[choice.chosen].reasons
    return given.options[choice.chosen], set(reasons), choice.why


@pytest.mark.parametrize(("after", "then"), list(zip(Mode, list(Mode)[1:], strict=False)))
def test_a_second_try_goes_exactly_one_rung_up(after: Mode, then: Mode) -> None:
    taken, reasons, why = again(case(LADDER, COMPARE), after)
    assert taken.mode is then
    assert "escalated" in reasons
    assert "one step up" in why


def test_the_next_larger_budget_of_snippets_is_a_rung() -> None:
    given = case(options(SINGLE))
    first = given.options[choose(given).chosen]
    taken, _, _ = again(given, Mode.SNIPPETS)
    assert (first.budget, taken.budget) == (4_000, 8_000)


def test_a_third_try_goes_on_from_the_second() -> None:
    given = replace(case(options(SINGLE)), after_budget=8_000)
    assert again(given, Mode.SNIPPETS)[0].budget == 16_000
    gone = replace(given, after_budget=7_777)
    assert again(gone, Mode.SNIPPETS)[0].budget == 8_000


def test_a_rung_that_is_not_offered_is_left_out() -> None:
    packs = tuple(one for one in LADDER if one.mode is not Mode.EXPANDED)
    assert again(case(packs, COMPARE), Mode.SNIPPETS)[0].mode is Mode.DOCUMENTS
    pointless = tuple(
        replace(one, reasons=("no_room",)) if one.mode is Mode.EXPANDED else one for one in LADDER
    )
    assert again(case(pointless, COMPARE), Mode.SNIPPETS)[0].mode is Mode.DOCUMENTS


@pytest.mark.parametrize("name", ["unanswerable", "account"])
@pytest.mark.parametrize("likely", [0.5, 0.9])
def test_what_no_knowledge_answers_is_never_asked_for_again(name: str, likely: float) -> None:
    given = case(options(FAINT, per_hour=600), question(**{name: likely, "compare": 0.1}))
    taken, reasons, why = again(given, Mode.SNIPPETS)
    assert taken.mode is Mode.SNIPPETS
    assert f"not_escalated_{name}" in reasons
    assert "kept although its answer declined" in why


def test_a_lookup_without_evidence_stays() -> None:
    given = case(options(FAINT))
    before = given.options[choose(given).chosen]
    taken, reasons, _ = again(given, Mode.SNIPPETS)
    assert taken == before
    assert "not_escalated_low_evidence" in reasons


def test_several_parts_speak_for_another_try() -> None:
    given = case(options(FAINT))
    parts = replace(given, question=replace(given.question, parts=3))
    assert "escalated" in again(parts, Mode.SNIPPETS)[1]


def test_a_limit_holds_on_the_second_try_too() -> None:
    packs = (option(Mode.SNIPPETS, 4_000, 0.6), option(Mode.FULL, 150_000, 0.9))
    given = case(packs, COMPARE, policy=Policy(max_tokens=100_000))
    taken, reasons, why = again(given, Mode.SNIPPETS)
    assert taken.mode is Mode.SNIPPETS
    assert "not_escalated_limits" in reasons
    assert "breaks a limit" in why


def test_above_everything_there_is_nothing() -> None:
    taken, reasons, _ = again(case(options(SPREAD), COMPARE), Mode.FULL)
    assert taken.mode is Mode.FULL
    assert "not_escalated_top" in reasons


def test_a_mode_that_the_caller_fixed_stays() -> None:
    given = case(LADDER, COMPARE, policy=Policy(mode=Mode.SNIPPETS))
    assert again(given, Mode.SNIPPETS)[0].mode is Mode.SNIPPETS


def test_without_knowledge_at_first_some_is_sent_then() -> None:
    greeting = case(asked=question(chit_chat=0.8))
    assert again(greeting, Mode.NONE)[0].mode is Mode.SNIPPETS


def test_what_stays_breaks_no_limit() -> None:
    given = case(LADDER, question(unanswerable=0.9), policy=Policy(max_tokens=9_000))
    taken, reasons, _ = again(given, Mode.DOCUMENTS)
    assert taken.mode is Mode.EXPANDED
    assert "not_escalated_unanswerable" in reasons


def test_the_cheapest_snippets_stay_where_nothing_is_within_the_limits() -> None:
    given = case(LADDER, COMPARE, policy=Policy(max_cost_usd=1e-6))
    taken, reasons, _ = again(given, Mode.SNIPPETS)
    assert taken.mode is Mode.SNIPPETS
    assert "not_escalated_limits" in reasons
