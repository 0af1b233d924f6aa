import random
from dataclasses import replace

import pytest

from retrieval.model import Mode, ModelFacts, Policy, Tier
from retrieval.planner.case import Case, Habit, Option, QuestionFeatures, QuestionType
from retrieval.planner.choose import choose
from retrieval.prices import PriceCard, Rate
from tests.cases import (
    DEEPSEEK,
    FAINT,
    LIMITS,
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


def winner(given: Case) -> Option:
    return given.options[choose(given).chosen]


def reasons(given: Case, mode: Mode) -> set[str]:
    choice = choose(given)
    return {code for one in choice.alternatives if one.mode is mode for code in one.reasons}


# --- what is worth most -----------------------------------------------------------


@pytest.mark.parametrize("model", [DEEPSEEK, SONNET], ids=lambda model: model.name)
def test_small_knowledge_goes_whole(model: ModelFacts) -> None:
    given = case(options(SINGLE, full=2_000), model=model)
    assert winner(given).mode is Mode.FULL


def test_a_comparison_takes_the_whole_of_a_warm_cheap_knowledge() -> None:
    choice = choose(case(options(SPREAD, per_hour=200), COMPARE))
    assert choice.alternatives[choice.chosen].mode is Mode.FULL
    assert choice.alternatives[choice.chosen].cost_usd == pytest.approx(0.0009, abs=0.0002)
    assert choice.tier is Tier.FRONTIER


def test_a_lookup_in_the_same_knowledge_takes_a_few_snippets() -> None:
    taken = winner(case(options(SINGLE, per_hour=200)))
    assert (taken.mode, taken.budget) == (Mode.SNIPPETS, 4_000)


def test_a_lookup_for_a_dear_model_takes_fewer_still() -> None:
    taken = winner(case(model=SONNET))
    assert taken.mode is Mode.SNIPPETS
    assert 2_000 <= (taken.budget or 0) <= 4_000
    assert choose(case(model=SONNET)).tier is Tier.ROUTINE


def test_several_questions_at_once_get_a_larger_budget() -> None:
    one = winner(case(model=SONNET))
    several = winner(case(options(SPREAD), question(multi_part=0.9), model=SONNET))
    assert (several.budget or 0) > (one.budget or 0)


@pytest.mark.parametrize("likely", [0.4, 0.6, 0.95])
@pytest.mark.parametrize("per_hour", [0, 600])
def test_a_question_beyond_the_knowledge_gets_no_long_context(
    likely: float, per_hour: float
) -> None:
    given = case(options(FAINT, per_hour=per_hour), question(unanswerable=likely))
    assert winner(given).mode is Mode.SNIPPETS
    assert winner(replace(given, habit=Habit(Mode.FULL, 60))).mode is Mode.SNIPPETS


def test_what_only_customer_data_answers_gets_no_long_context() -> None:
    given = case(options(SINGLE, per_hour=600), question(account=0.8))
    assert winner(given).mode is Mode.SNIPPETS
    assert "type_account" in reasons(given, Mode.FULL)


def test_a_greeting_carries_no_knowledge() -> None:
    choice = choose(case(asked=question(chit_chat=0.8)))
    assert choice.alternatives[choice.chosen].mode is Mode.NONE
    assert "asks nothing" in choice.why
    assert choice.tier is Tier.ROUTINE


def test_how_often_a_prefix_is_asked_for_decides_a_comparison() -> None:
    rare, often = (
        case(
            options(SPREAD, full=100_000, per_hour=per_hour),
            COMPARE,
            model=SONNET,
            policy=Policy(max_cost_usd=2),
        )
        for per_hour in (1, 600)
    )
    assert winner(rare).mode is Mode.DOCUMENTS
    assert winner(often).mode is Mode.FULL


def test_the_hour_of_a_price_may_decide() -> None:
    peak = replace(DEEPSEEK, prices=PriceCard(Rate(3.0), Rate(12.0), Rate(0.06)))
    quiet, busy = (
        case(
            (option(Mode.SNIPPETS, 4_000, 0.9), option(Mode.FULL, 30_000, 0.97)),
            question(reasoning=0.9),
            model=model,
        )
        for model in (DEEPSEEK, peak)
    )
    assert winner(quiet).mode is Mode.FULL
    assert winner(busy).mode is Mode.SNIPPETS


def test_waiting_counts_beyond_what_is_patient() -> None:
    given = case(options(SPREAD, per_hour=0), COMPARE)
    slow = replace(given, latency=replace(given.latency, fresh_s=1e-3))
    assert winner(given).mode is Mode.FULL
    assert winner(slow).mode is not Mode.FULL
    assert "latency" in reasons(slow, Mode.FULL)


# --- rules ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (case(options(SPREAD, full=610_000), COMPARE), "does_not_fit"),
        (case(options(SPREAD), COMPARE, policy=Policy(max_tokens=150_000)), "over_max_tokens"),
        (case(options(SPREAD), COMPARE, policy=Policy(max_cost_usd=0.02)), "cost_cap"),
        (case(options(SPREAD), COMPARE, model=SONNET), "cost_cap"),
        (case(options(SPREAD), COMPARE, policy=Policy(max_ttft_s=2)), "latency_cap"),
        (case(options(SPREAD), COMPARE, policy=Policy(strict_citations=True)), "citation_strict"),
        (
            case(options(SPREAD), COMPARE, model=replace(DEEPSEEK, effective=100_000)),
            "over_effective_ctx",
        ),
        (case(options(SPREAD), COMPARE, model=UNPRICED), "cap_unknown"),
    ],
)
def test_no_worth_outweighs_a_rule(given: Case, code: str) -> None:
    choice = choose(given)
    assert code in reasons(given, Mode.FULL)
    assert choice.alternatives[choice.chosen].mode is not Mode.FULL
    assert choice.alternatives[choice.chosen].feasible


def test_strict_citations_keep_the_prompt_short() -> None:
    taken = winner(case(options(SPREAD), COMPARE, policy=Policy(strict_citations=True)))
    assert taken.tokens.expected <= 16_000


def test_counts_that_are_exact_may_fill_more_of_the_window() -> None:
    packs = options(SPREAD, full=610_000, per_hour=600)
    full = packs[-1]
    exact = replace(full, tokens=replace(full.tokens, p99=full.tokens.expected))
    given = case((*packs[:-1], exact), COMPARE, policy=Policy(max_cost_usd=1))
    assert "does_not_fit" not in reasons(given, Mode.FULL)


def test_a_prefix_of_mixed_access_is_never_sent() -> None:
    packs = (*options(SPREAD)[:-1], option(Mode.FULL, 9_000, 0.97, reasons=("acl_mixed",)))
    for policy in (Policy(), Policy(mode=Mode.FULL)):
        assert winner(case(packs, COMPARE, policy=policy)).mode is not Mode.FULL


def test_who_asks_for_the_whole_waives_our_cap_but_not_their_own() -> None:
    ours = case(model=SONNET, policy=Policy(mode=Mode.FULL))
    assert winner(ours).mode is Mode.FULL
    assert {"forced", "chosen"} <= reasons(ours, Mode.FULL)
    theirs = case(model=SONNET, policy=Policy(mode=Mode.FULL, max_cost_usd=0.2))
    assert winner(theirs).mode is Mode.SNIPPETS
    assert {"forced", "cost_cap"} <= reasons(theirs, Mode.FULL)
    assert choose(theirs).why.startswith("full was asked for and cannot be given")


@pytest.mark.parametrize("mode", list(Mode))
def test_a_mode_that_is_asked_for_is_given(mode: Mode) -> None:
    packs = (*options(SPREAD), option(Mode.SCOPED, 20_000, 0.9))
    choice = choose(case(packs, COMPARE, policy=Policy(mode=mode)))
    assert choice.alternatives[choice.chosen].mode is mode
    assert choice.why.endswith("the caller asked for it.")


def test_where_nothing_is_feasible_the_cheapest_is_taken_and_told() -> None:
    choice = choose(case(policy=Policy(max_cost_usd=1e-6)))
    taken = choice.alternatives[choice.chosen]
    assert (taken.mode, taken.budget) == (Mode.SNIPPETS, 1_000)
    assert not taken.feasible
    assert "cheapest" in taken.reasons
    assert "costs least" in choice.why


def test_an_unknown_price_limits_no_snippets_and_is_told() -> None:
    choice = choose(case(model=UNPRICED))
    taken = choice.alternatives[choice.chosen]
    assert (taken.mode, taken.budget) == (Mode.SNIPPETS, 4_000)
    assert "price_unknown" in taken.reasons
    assert taken.cost_usd is taken.utility_usd is None
    assert "an unknown price" in choice.why
    forced = case(model=UNPRICED, policy=Policy(mode=Mode.FULL))
    assert winner(forced).mode is Mode.FULL


def test_an_unknown_price_keeps_no_knowledge_out_that_is_no_longer_than_snippets() -> None:
    assert winner(case(options(SINGLE, full=2_000), model=UNPRICED)).mode is Mode.FULL


def test_an_unknown_window_is_trusted_with_little_and_told() -> None:
    vague = replace(DEEPSEEK, window=None)
    given = case(options(SPREAD, full=40_000), COMPARE, model=vague)
    assert {"does_not_fit", "window_unknown"} <= reasons(given, Mode.FULL)


@pytest.mark.parametrize(
    ("code", "documents", "said"),
    [
        ("empty", 0, "may see no document"),
        ("nothing_matches", 3, "no passage was found"),
        ("no_room", 3, "no passage found has room"),
    ],
)
def test_nothing_is_carried_only_for_a_reason(code: str, documents: int, said: str) -> None:
    packs = (
        option(Mode.NONE, 100),
        option(Mode.SNIPPETS, 100, reasons=(code,)),
        option(Mode.FULL, 900_000, reasons=("empty",) if code == "empty" else ()),
    )
    choice = choose(case(packs, documents=documents))
    assert choice.alternatives[choice.chosen].mode is Mode.NONE
    assert said in choice.why


def test_the_whole_is_never_what_is_left_against_a_rule() -> None:
    packs = (
        option(Mode.NONE, 100),
        option(Mode.SNIPPETS, 100, reasons=("nothing_matches",)),
        option(Mode.FULL, 90_000, 0.97),
    )
    choice = choose(case(packs, policy=Policy(max_cost_usd=0.001)))
    assert choice.alternatives[choice.chosen].mode is Mode.NONE
    assert "no passage was found, and the whole knowledge" in choice.why
    assert "above the cap" in choice.why


@pytest.mark.parametrize("policy", [Policy(max_tokens=400), Policy(max_cost_usd=1e-6)])
def test_no_limit_is_broken_by_documents_where_snippets_have_no_room(policy: Policy) -> None:
    packs = (
        option(Mode.NONE, 300),
        option(Mode.SNIPPETS, 300, reasons=("no_room",)),
        option(Mode.DOCUMENTS, 8_000, 0.8),
        option(Mode.FULL, 30_000, 0.9),
    )
    assert winner(case(packs, policy=policy)).mode is Mode.NONE


def test_no_snippets_are_sent_beyond_the_tokens_allowed() -> None:
    packs = (option(Mode.NONE, 300), option(Mode.SNIPPETS, 900, 0.8))
    choice = choose(case(packs, policy=Policy(max_tokens=800)))
    assert choice.alternatives[choice.chosen].mode is Mode.NONE
    assert "snippets (900 tokens) would be more than the 800 tokens allowed" in choice.why


def test_passages_are_sent_rather_than_nothing_where_the_window_is_nearly_full() -> None:
    packs = (option(Mode.NONE, 900), option(Mode.SNIPPETS, 1_400, 0.8))
    taken = winner(case(packs, model=replace(DEEPSEEK, window=2_000)))
    assert taken.mode is Mode.SNIPPETS


def test_the_whole_goes_where_a_search_finds_nothing_of_a_small_knowledge() -> None:
    packs = (
        option(Mode.NONE, 100),
        option(Mode.SNIPPETS, 100, reasons=("nothing_matches",)),
        option(Mode.FULL, 2_000, 0.97),
    )
    assert winner(case(packs)).mode is Mode.FULL


def anything(rng: random.Random) -> Case:
    """Any case at all, sensible or not."""
    shares = [rng.expovariate(1) ** 3 for _ in QuestionType]
    types = {name: share / sum(shares) for name, share in zip(QuestionType, shares, strict=True)}
    codes = ((), (), (), ("acl_mixed",), ("no_room",))
    packs = tuple(
        option(mode, int(10 ** rng.uniform(2, 6)), rng.random(), reasons=rng.choice(codes))
        for mode in rng.choices(list(Mode), k=rng.randint(0, 12))
    )
    given = case(
        (option(Mode.NONE, 200), *packs),
        replace(question(), types=types, parts=rng.randint(1, 3)),
        model=rng.choice((DEEPSEEK, SONNET, UNPRICED, replace(SONNET, window=None))),
        policy=Policy(
            mode=rng.choice((None, None, *Mode)),
            max_tokens=rng.choice((None, 50, 5_000)),
            max_cost_usd=rng.choice((None, 1e-9, 0.01)),
            max_ttft_s=rng.choice((None, 0.7)),
            strict_citations=rng.random() < 0.3,
        ),
    )
    habit = Habit(rng.choice(list(Mode)), rng.uniform(0, 4_000))
    after = rng.choice((None, *Mode))
    return replace(given, after=after, habit=rng.choice((None, habit)))


# --- habit ------------------------------------------------------------------------

NEAR = (option(Mode.SNIPPETS, 4_000, 0.90), option(Mode.FULL, 60_000, 0.93, per_hour=600))


def test_whole_knowledge_stays_while_its_cache_lives() -> None:
    given = case(NEAR)
    assert winner(given).mode is Mode.SNIPPETS
    held = replace(given, habit=Habit(Mode.FULL, 120))
    assert winner(held).mode is Mode.FULL
    assert "habit" in reasons(held, Mode.FULL)
    assert "still cached" in choose(held).why
    assert winner(replace(given, habit=Habit(Mode.FULL, 3_601))).mode is Mode.SNIPPETS
    assert winner(replace(given, habit=Habit(Mode.DOCUMENTS, 60))).mode is Mode.SNIPPETS


def test_a_habit_gives_way_to_what_is_clearly_better() -> None:
    given = replace(case(options(SINGLE, per_hour=600), model=SONNET), habit=Habit(Mode.FULL, 60))
    roomy = replace(given, policy=Policy(max_cost_usd=5), latency=replace(given.latency, base_s=90))
    assert winner(roomy).mode is Mode.SNIPPETS


# --- sameness ---------------------------------------------------------------------


@pytest.mark.parametrize("asked", [question(), COMPARE, question(unanswerable=0.5)])
def test_equal_cases_give_equal_choices_however_types_are_ordered(asked: QuestionFeatures) -> None:
    given = case(options(SPREAD, per_hour=7), asked)
    turned = replace(asked, types=dict(reversed(list(asked.types.items()))))
    assert repr(choose(given)) == repr(choose(replace(given, question=turned)))
    assert len({repr(choose(given)) for _ in range(50)}) == 1


def test_300_random_cases_keep_every_promise() -> None:
    rng = random.Random(5)
    for _ in range(300):
        given = anything(rng)
        choice = choose(given)
        taken = choice.alternatives[choice.chosen]
        excused = {"cheapest"} & set(taken.reasons)
        assert taken.feasible or excused or taken.mode is Mode.NONE
        if taken.mode is not Mode.NONE:
            assert taken.tokens.p99 <= (given.policy.max_tokens or 10**9)
            assert taken.tokens.p99 + LIMITS.output_tokens <= (given.model.window or 32_768)
            assert not {"acl_mixed", "no_room"} & set(taken.reasons)
        assert choice.why.endswith(".")
        assert ".." not in choice.why
        assert repr(choice) == repr(choose(given))


def test_equal_options_are_settled_by_the_ladder() -> None:
    packs = (option(Mode.EXPANDED, 2_000, 0.9), option(Mode.SNIPPETS, 2_000, 0.9))
    assert winner(case(packs, question(chit_chat=1.0))).mode is Mode.SNIPPETS


def test_every_option_is_weighed_in_its_order() -> None:
    given = case()
    choice = choose(given)
    assert [one.mode for one in choice.alternatives] == [one.mode for one in given.options]
    assert [one.budget for one in choice.alternatives] == [one.budget for one in given.options]
    assert sum("chosen" in one.reasons for one in choice.alternatives) == 1
    for one in choice.alternatives:
        assert (one.warm_usd or 0) <= (one.cost_usd or 0) <= (one.cold_usd or 0)
        assert -1 <= one.quality <= 1


def test_small_talk_about_what_pages_know_is_answered_by_them() -> None:
    talk = question(chit_chat=0.9)
    assert winner(case(asked=talk)).mode is Mode.NONE
    assert winner(case(asked=replace(talk, covered=1.0))).mode is not Mode.NONE
    assert winner(case(asked=replace(talk, follow_up=True))).mode is not Mode.NONE
