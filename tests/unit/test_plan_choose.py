import pytest

from retrieval.model import Mode, ModelFacts, Policy, TokenEstimate
from retrieval.planner.budget import affordable, input_window, snippet_budget
from retrieval.planner.choose import Case, Limits, choose

LIMITS = Limits(full_share=0.6, cost_cap_usd=0.03, output_tokens=1_000)


def price(prompt: int) -> float | None:
    return prompt / 1_000_000


def unknown(prompt: int) -> float | None:
    return None


def model(window: int | None = 101_000, input_limit: int | None = None) -> ModelFacts:
    return ModelFacts("gpt-test", "test", window, input_limit, True, True, "test")


def case(
    full: int = 10_000,
    *,
    policy: Policy | None = None,
    window: int | None = 101_000,
    documents: int = 3,
    hits: int = 5,
    packed: int = 5,
) -> Case:
    return Case(
        none=TokenEstimate(90, 100),
        snippets=TokenEstimate(3_500, 3_900),
        full=TokenEstimate(full, full),
        documents=documents,
        hits=hits,
        packed=packed,
        policy=policy or Policy(),
        model=model(window),
    )


@pytest.mark.parametrize(
    ("given", "decision", "codes"),
    [
        (case(29_999), Mode.FULL, {"chosen"}),
        (case(30_001), Mode.SNIPPETS, {"cost_cap"}),
        (case(60_001), Mode.SNIPPETS, {"cost_cap", "does_not_fit"}),
        (case(60_000, policy=Policy(max_cost_usd=1)), Mode.FULL, {"chosen"}),
        (case(60_001, policy=Policy(max_cost_usd=1)), Mode.SNIPPETS, {"does_not_fit"}),
        (case(10_000, policy=Policy(max_tokens=9_999)), Mode.SNIPPETS, {"over_max_tokens"}),
        (case(10_000, policy=Policy(max_cost_usd=0.005)), Mode.SNIPPETS, {"cost_cap"}),
        (case(10_000, policy=Policy(mode=Mode.SNIPPETS)), Mode.SNIPPETS, set()),
        (case(50_000, policy=Policy(mode=Mode.FULL)), Mode.FULL, {"forced", "chosen"}),
        (case(70_000, policy=Policy(mode=Mode.FULL)), Mode.SNIPPETS, {"does_not_fit", "forced"}),
        (case(10_000, policy=Policy(mode=Mode.DOCUMENTS)), Mode.FULL, {"chosen"}),
        (case(19_000, window=None), Mode.FULL, {"window_unknown", "chosen"}),
        (case(19_100, window=None), Mode.SNIPPETS, {"window_unknown", "does_not_fit"}),
        (case(documents=0, hits=0, packed=0), Mode.NONE, {"empty"}),
        (case(90_000, hits=0, packed=0), Mode.NONE, {"does_not_fit", "cost_cap"}),
        (case(90_000, hits=4, packed=0), Mode.NONE, {"does_not_fit", "cost_cap"}),
        (case(10_000, policy=Policy(mode=Mode.NONE)), Mode.NONE, set()),
    ],
)
def test_the_whole_knowledge_goes_first_where_it_may(
    given: Case, decision: Mode, codes: set[str]
) -> None:
    choice = choose(given, LIMITS, price)
    assert choice.decision is decision
    assert set(choice.alternatives[0].reasons) == codes
    assert choice.why.count(decision.value) >= 1
    assert choice == choose(given, LIMITS, price)


def test_every_alternative_is_priced() -> None:
    choice = choose(case(), LIMITS, price)
    assert [one.mode for one in choice.alternatives] == [Mode.FULL, Mode.SNIPPETS, Mode.NONE]
    assert choice.alternatives[1].cost_usd == pytest.approx(0.0035)
    assert choice.alternatives[1].cost_p99_usd == pytest.approx(0.0039)


def test_an_unknown_price_keeps_the_whole_knowledge_out() -> None:
    choice = choose(case(), LIMITS, unknown)
    assert choice.decision is Mode.SNIPPETS
    assert "price_unknown" in choice.alternatives[0].reasons
    assert "no known price" in choice.why
    forced = choose(case(policy=Policy(mode=Mode.FULL)), LIMITS, unknown)
    assert forced.decision is Mode.FULL


def test_passages_without_room_are_told_from_none_found() -> None:
    assert "no passage was found" in choose(case(90_000, hits=0, packed=0), LIMITS, price).why
    assert "has room" in choose(case(90_000, hits=4, packed=0), LIMITS, price).why


def test_the_input_window_heeds_both_limits() -> None:
    assert input_window(model(100_000), 1_000) == 99_000
    assert input_window(model(100_000, 50_000), 1_000) == 50_000
    assert input_window(model(500), 1_000) == 0
    assert input_window(model(None), 1_000) == 31_768


def test_the_default_budget_gives_way_to_a_long_question() -> None:
    must = TokenEstimate(3_000, 3_000)
    assert snippet_budget(must, Policy(), 4_000, 90_000) == 6_000
    assert snippet_budget(must, Policy(max_tokens=500), 4_000, 90_000) == 500
    assert snippet_budget(must, Policy(), 4_000, 5_000) == 5_000


def test_a_cap_shrinks_the_budget_to_the_last_token() -> None:
    assert affordable(4_000, 0.001, price) == 1_000
    assert affordable(4_000, 0.004, price) == 4_000
    assert affordable(4_000, None, price) == 4_000
    assert affordable(4_000, 0.0, price) == 0
    assert affordable(4_000, 0.001, unknown) == 4_000
