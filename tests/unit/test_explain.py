from dataclasses import replace

import pytest

from retrieval.model import Mode, Policy
from retrieval.planner.case import Case, Habit
from retrieval.planner.choose import choose
from retrieval.planner.explain import dollars
from retrieval.planner.rules import BLOCKING
from retrieval.prices import PriceCard, Rate, Step
from tests.cases import (
    DEEPSEEK,
    FAINT,
    SINGLE,
    SONNET,
    SPREAD,
    UNPRICED,
    case,
    option,
    options,
    question,
)

COMPARE = question(compare=0.9)
OWN = Policy(max_cost_usd=2)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            case(options(SPREAD), question(multi_part=0.9), model=SONNET),
            (
                "snippets (16,000 tokens): 72% likely to hold the evidence for $0.054; the whole "
                "knowledge (180,000 tokens) could cost $0.73, above the cap of $0.10."
            ),
        ),
        (
            case(options(SPREAD, full=100_000, per_hour=1), COMPARE, model=SONNET, policy=OWN),
            (
                "documents (32,000 tokens): 77% likely to hold the evidence for $0.10; the whole "
                "knowledge (100,000 tokens) would cost $0.35 for 22 points more and start 1 s "
                "later."
            ),
        ),
        (
            case(options(SPREAD), COMPARE, policy=Policy(mode=Mode.FULL, max_tokens=9_000)),
            (
                "full was asked for and cannot be given, as it would be more than the 9,000 tokens "
                "allowed; snippets (8,000 tokens): 60% likely to hold the evidence for $0.0014; "
                "whole documents (32,000 tokens) would be more than the 9,000 tokens allowed."
            ),
        ),
        (
            case((option(Mode.SNIPPETS, 900, 0.8),)),
            (
                "snippets (900 tokens): 80% likely to hold the evidence for $0.00038; nothing else "
                "could be sent."
            ),
        ),
    ],
)
def test_one_sentence_says_why_with_the_figures(given: Case, said: str) -> None:
    assert choose(given).why == said


@pytest.mark.parametrize("code", sorted(BLOCKING))
def test_every_rule_has_words(code: str) -> None:
    packs = (*options(SPREAD), option(Mode.SCOPED, 9_000, reasons=(code,)))
    why = choose(case(packs, COMPARE, policy=Policy(mode=Mode.SCOPED))).why
    assert why.startswith("scoped was asked for and cannot be given, as it ")


@pytest.mark.parametrize(
    ("given", "mode", "code"),
    [
        (case(options(SPREAD, per_hour=0), COMPARE), Mode.FULL, "cache_cold"),
        (case(options(SPREAD, per_hour=600), COMPARE), Mode.FULL, "cache_warm"),
        (case(options(SPREAD), COMPARE), Mode.SNIPPETS, "type_compare"),
        (case(options(FAINT)), Mode.SNIPPETS, "low_evidence"),
        (case(options(SINGLE)), Mode.SNIPPETS, "dominated"),
        (case(model=UNPRICED), Mode.SNIPPETS, "price_unknown"),
        (case(asked=question(chit_chat=0.9)), Mode.NONE, "type_chit_chat"),
        (case(asked=question(unanswerable=0.9)), Mode.FULL, "type_unanswerable"),
    ],
)
def test_an_alternative_says_what_speaks_for_or_against_it(
    given: Case, mode: Mode, code: str
) -> None:
    reasons = {
        found for one in choose(given).alternatives if one.mode is mode for found in one.reasons
    }
    assert code in reasons


def test_a_price_that_steps_up_is_told() -> None:
    stepped = PriceCard(Rate(0.15, (Step(100_000, 0.30),)), Rate(0.60), Rate(0.003))
    choice = choose(case(options(SPREAD), COMPARE, model=replace(DEEPSEEK, prices=stepped)))
    told = [one.mode for one in choice.alternatives if "price_step" in one.reasons]
    assert told == [Mode.FULL]


def test_a_cache_of_unknown_price_is_told() -> None:
    unread = replace(DEEPSEEK, prices=PriceCard(Rate(0.15), Rate(0.60)))
    full = choose(case(options(SPREAD, per_hour=600), COMPARE, model=unread)).alternatives[-1]
    assert "cache_price_unknown" in full.reasons
    assert full.warm_usd is None
    assert full.hit_probability == 0


def test_what_stays_in_a_cache_is_said_to_stay() -> None:
    packs = (option(Mode.SNIPPETS, 4_000, 0.90), option(Mode.FULL, 60_000, 0.93, per_hour=600))
    why = choose(replace(case(packs), habit=Habit(Mode.FULL, 120))).why
    assert why.startswith("full (60,000 tokens): sent 120 s ago and still cached, so it is kept;")


def test_figures_are_rounded() -> None:
    for one in choose(case(options(SPREAD, per_hour=7), COMPARE)).alternatives:
        for figure in (one.evidence, one.quality, one.hit_probability):
            assert figure == round(figure, 4)
        for cost in (one.cost_usd, one.warm_usd, one.cold_usd, one.cost_p99_usd):
            assert cost == round(cost or 0, 7)


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (None, "an unknown price"),
        (0.0, "$0.00"),
        (0.00063, "$0.00063"),
        (0.021, "$0.021"),
        (0.61, "$0.61"),
        (1234.5, "$1,234.50"),
    ],
)
def test_a_price_has_two_digits_that_count(cost: float | None, said: str) -> None:
    assert dollars(cost) == said


def test_a_price_just_above_the_cap_is_told_from_it() -> None:
    given = case((option(Mode.SNIPPETS, 900, 0.8), option(Mode.FULL, 24_000, 0.97)), model=SONNET)
    why = choose(given).why
    assert "could cost $0.103, above the cap of $0.100" in why
