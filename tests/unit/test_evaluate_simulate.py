"""What rules would cost and take, at rates of questions that nobody has to wait for."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from retrieval.evaluate.baselines import Rule, rules, snippets
from retrieval.evaluate.model import Simulated
from retrieval.evaluate.simulate import LEAST_ARRIVALS, RATES, Traffic, as_of, prefix_of, simulate
from retrieval.experience import LearnedExperience
from retrieval.model import Mode, Tier
from retrieval.planner.case import Case
from retrieval.planner.choose import choose
from tests.cases import FAINT, LIMITS, SINGLE, SONNET, UNPRICED, case, options

RULES = {one.name: one for one in rules(choose)}
HELD, MISSED = case(options(SINGLE)), case(options(FAINT))


def fresh() -> LearnedExperience:
    return LearnedExperience(lambda _: Tier.FRONTIER)


def run(
    rule: Rule, *cases: Case, per_hour: float = 60.0, answerable: Sequence[bool] = ()
) -> Simulated:
    traffic = Traffic(cases, answerable or [True] * len(cases), per_hour)
    return simulate(traffic, rule, fresh)


def sends(rule: str, of: Case) -> list[Mode]:
    return [one.mode for one in RULES[rule].send(of)]


# --- rules ------------------------------------------------------------------------


def test_snippets_are_the_largest_cut_within_the_usual_budget() -> None:
    assert snippets(HELD).tokens.expected == 4_000
    bare = case((HELD.options[0],))
    assert snippets(bare).mode is Mode.NONE


def test_whole_knowledge_gives_way_to_snippets_where_it_does_not_fit() -> None:
    small = replace(HELD, model=replace(HELD.model, window=100_000))
    assert sends("full", HELD) == [Mode.FULL]
    assert sends("full", small) == [Mode.SNIPPETS]


def test_self_route_asks_again_only_where_the_evidence_is_insufficient() -> None:
    assert sends("self-route", HELD) == [Mode.SNIPPETS]
    assert sends("self-route", MISSED) == [Mode.SNIPPETS, Mode.FULL]


def test_sizes_decide_the_rules_that_go_by_size() -> None:
    larger = replace(HELD, knowledge=replace(HELD.knowledge, tokens=250_000))
    assert (sends("below 200k", HELD), sends("below 200k", larger)) == (
        [Mode.FULL],
        [Mode.SNIPPETS],
    )
    narrow = replace(HELD, model=replace(HELD.model, window=260_000))
    assert (sends("below 60 %", HELD), sends("below 60 %", narrow)) == (
        [Mode.FULL],
        [Mode.SNIPPETS],
    )


# --- traffic ----------------------------------------------------------------------


def test_every_question_arrives_equally_often_and_the_same_way_every_time() -> None:
    traffic = Traffic([HELD] * 3, [True] * 3, 60.0)
    turns = list(traffic.arrivals())
    assert {sum(which == at for which, _ in turns) for at in range(3)} == {len(turns) // 3}
    assert len(turns) >= LEAST_ARRIVALS
    assert turns == list(traffic.arrivals())


def test_arrivals_keep_to_their_rate() -> None:
    last = list(Traffic([HELD], [True], 60.0).arrivals())[-1][1]
    hours = (last - HELD.at).total_seconds() / 3_600
    assert LEAST_ARRIVALS / hours == pytest.approx(60.0, rel=0.15)


# --- caches -----------------------------------------------------------------------


def test_whole_knowledge_gets_cheaper_and_faster_the_more_is_asked() -> None:
    found = [run(RULES["full"], case(model=SONNET), per_hour=rate) for rate in RATES]
    costs = [one.usd_per_1000 or 0.0 for one in found]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] > 5 * costs[-1]
    assert found[0].ttft_p50_s > 2 * found[-1].ttft_p50_s


def test_snippets_cost_the_same_at_every_rate() -> None:
    costs = {run(RULES["snippets"], HELD, per_hour=rate).usd_per_1000 for rate in RATES}
    assert len(costs) == 1


def test_asking_twice_is_paid_and_waited_for_twice() -> None:
    once, twice = run(RULES["snippets"], MISSED), run(RULES["self-route"], MISSED)
    whole = run(RULES["full"], MISSED)
    reply = 1_000 * LIMITS.output_tokens * 0.60 / 1_000_000
    both = (once.usd_per_1000 or 0.0) - reply + (whole.usd_per_1000 or 0.0)
    assert twice.usd_per_1000 == pytest.approx(both), (
        "a reader that declines writes next to nothing"
    )
    assert twice.ttft_p50_s == pytest.approx(once.ttft_p50_s + whole.ttft_p50_s)
    assert (twice.full_share, twice.evidence) == (1.0, whole.evidence)


def test_evidence_is_that_of_answerable_questions_alone() -> None:
    mixed = run(RULES["snippets"], HELD, MISSED, answerable=[True, False])
    assert mixed.evidence == pytest.approx(SINGLE[4_000])
    assert run(RULES["snippets"], MISSED, answerable=[False]).evidence is None


def test_an_unknown_price_stays_unknown() -> None:
    assert run(RULES["snippets"], case(model=UNPRICED)).usd_per_1000 is None


def test_the_planner_decides_with_what_was_sent_before() -> None:
    memory = fresh()
    whole = HELD.options[-1]
    memory.sent("simulated", HELD.model.name, "", Mode.FULL, prefix_of(whole), HELD.at)  # type: ignore[arg-type]
    later = as_of(HELD, memory, HELD.at)
    assert later.habit is not None
    assert later.options[-1].warmth.last_s == 0.0
    assert later.options[0].warmth == HELD.options[0].warmth


def test_the_planner_is_no_dearer_than_always_sending_everything() -> None:
    planner, whole = (run(RULES[name], HELD, MISSED) for name in ("planner", "full"))
    assert (planner.usd_per_1000 or 0.0) < (whole.usd_per_1000 or 0.0)
