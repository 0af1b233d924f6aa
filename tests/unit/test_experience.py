from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.model import TenantId
from ingest.reading import Reported
from retrieval.experience import LearnedExperience, Outcome, lesson_of, outcome_of
from retrieval.model import Mode, Tier, TokenRatio
from retrieval.planner.case import Habit, Warmth
from tests.answers import ACME, answered, cited, pack, plan
from tests.cases import NOON

MODEL = "deepseek-v4-flash"
GLOBEX = TenantId("globex")
BASE = Outcome(ACME, MODEL, "en", NOON, estimated=1_000, counted=1_100)


def experience() -> LearnedExperience:
    return LearnedExperience(lambda model: Tier.FRONTIER if "opus" in model else Tier.ROUTINE)


def taught(*outcomes: Outcome, times: int = 20) -> LearnedExperience:
    learned = experience()
    for _ in range(times):
        for outcome in outcomes:
            learned.learn(outcome)
    return learned


# --- tokens -----------------------------------------------------------------------


def test_before_twenty_outcomes_the_estimate_stands() -> None:
    assert taught(BASE, times=19).ratio(ACME, MODEL, "en") == TokenRatio(1.0, None, 19)


def test_estimates_grow_with_what_providers_count() -> None:
    learned = taught(BASE)
    ratio = learned.ratio(ACME, MODEL, "en")
    assert ratio.expected == pytest.approx(1.1)
    assert ratio.p99 == pytest.approx(1.1)
    assert learned.ratio(ACME, MODEL, "de") == TokenRatio()
    assert learned.ratio(ACME, "another", "en") == TokenRatio()


def test_the_99th_percentile_lies_above_what_varies() -> None:
    spread = [replace(BASE, counted=counted) for counted in (900, 1_000, 1_100, 1_400)]
    ratio = taught(*spread).ratio(ACME, MODEL, "en")
    assert 1.0 < ratio.expected < 1.2
    assert ratio.p99 is not None
    assert ratio.p99 >= 1.4


def test_an_average_forgets_how_it_was_long_ago() -> None:
    learned = taught(BASE, times=100)
    for _ in range(200):
        learned.learn(replace(BASE, counted=1_500))
    assert learned.ratio(ACME, MODEL, "en").expected == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(("lie", "expected"), [(1, 0.5), (10**9, 3.0)])
def test_a_lying_report_cannot_break_a_budget(lie: int, expected: float) -> None:
    ratio = taught(replace(BASE, counted=lie)).ratio(ACME, MODEL, "en")
    assert ratio.expected == pytest.approx(expected)
    assert ratio.p99 is not None
    assert max(1.0, ratio.expected) <= ratio.p99 <= 3.0


def test_what_one_tenant_reports_moves_no_other_tenants_figures() -> None:
    learned = taught(replace(BASE, counted=3_000, ttft_s=300.0))
    assert learned.ratio(ACME, MODEL, "en").expected == pytest.approx(3.0)
    assert learned.ratio(GLOBEX, MODEL, "en") == TokenRatio()
    assert learned.latency(GLOBEX, MODEL) == experience().latency(ACME, MODEL)


def test_what_was_not_counted_teaches_nothing() -> None:
    unknown = (replace(BASE, counted=None), replace(BASE, counted=0), replace(BASE, estimated=0))
    assert taught(*unknown).ratio(ACME, MODEL, "en") == TokenRatio()


# --- waiting ----------------------------------------------------------------------


def waited(fresh: int, cached: int) -> Outcome:
    seconds = 0.5 + fresh * 4e-5 + cached * 2e-6
    return replace(BASE, counted=fresh + cached, cached=cached, ttft_s=seconds)


def test_a_stronger_model_is_thought_slower_before_anything_is_known() -> None:
    routine, frontier = experience().latency(ACME, "mini"), experience().latency(ACME, "opus")
    assert routine.base_s < frontier.base_s
    assert routine.observed == 0


def test_waiting_is_fitted_to_what_was_seen() -> None:
    seen = [waited(fresh, cached) for fresh in (500, 4_000, 90_000) for cached in (0, 100_000)]
    latency = taught(*seen, times=10).latency(ACME, MODEL)
    assert latency.base_s == pytest.approx(0.5, rel=0.02)
    assert latency.fresh_s == pytest.approx(4e-5, rel=0.02)
    assert latency.cached_s == pytest.approx(2e-6, rel=0.1)
    assert latency.observed == 60


def test_a_fit_that_was_asked_for_still_learns() -> None:
    learned = taught(waited(1_000, 0), times=20)
    before = learned.latency(ACME, MODEL)
    for _ in range(20):
        learned.learn(replace(BASE, counted=1_000, cached=0, ttft_s=9.0))
    assert learned.latency(ACME, MODEL).base_s > before.base_s


def test_what_was_never_cached_is_still_thought_faster() -> None:
    latency = taught(waited(1_000, 0), waited(50_000, 0)).latency(ACME, MODEL)
    assert latency.fresh_s == pytest.approx(4e-5, rel=0.02)
    assert latency.cached_s == pytest.approx(experience().latency(ACME, MODEL).cached_s)


def test_no_part_of_a_wait_is_negative() -> None:
    odd = [replace(BASE, counted=size, ttft_s=9.0 - size / 2e4) for size in (1_000, 150_000)]
    latency = taught(*odd).latency(ACME, MODEL)
    assert min(latency.base_s, latency.fresh_s, latency.cached_s) >= 0


# --- caches and habits ------------------------------------------------------------


def sent(learned: LearnedExperience, *minutes: float, mode: Mode = Mode.FULL) -> None:
    for minute in minutes:
        learned.sent(ACME, MODEL, "all", mode, "kb", NOON + timedelta(minutes=minute))


def test_a_prefix_is_as_warm_as_its_traffic() -> None:
    learned = experience()
    sent(learned, -90, -30, -10, -2)
    assert learned.warmth(ACME, MODEL, "kb", NOON) == Warmth(3.0, 120.0, 0, 0)
    assert learned.warmth(GLOBEX, MODEL, "kb", NOON) == Warmth()
    assert learned.warmth(ACME, MODEL, "other", NOON) == Warmth()


def test_heavy_traffic_is_told_beyond_what_is_remembered() -> None:
    learned = experience()
    sent(learned, *(-minute / 60 for minute in range(1_000, 0, -1)))
    assert learned.warmth(ACME, MODEL, "kb", NOON).per_hour == pytest.approx(3_600, rel=0.01)


def test_hits_are_told_from_misses_by_what_the_provider_read_from_its_cache() -> None:
    shared = replace(BASE, prefix="kb", shared=800)
    learned = taught(
        replace(shared, cached=768), replace(shared, cached=0), shared, replace(shared, cached=100),
        times=1,
    )  # fmt: skip
    warmth = learned.warmth(ACME, MODEL, "kb", NOON)
    assert (warmth.hits, warmth.misses) == (1, 2)


def test_the_last_choice_is_a_habit_for_an_hour() -> None:
    learned = experience()
    sent(learned, -70, mode=Mode.SNIPPETS)
    assert learned.habit(ACME, MODEL, "all", NOON) is None
    sent(learned, -20)
    assert learned.habit(ACME, MODEL, "all", NOON) == Habit(Mode.FULL, 1_200.0)
    assert learned.habit(GLOBEX, MODEL, "all", NOON) is None
    assert learned.habit(ACME, MODEL, "returns", NOON) is None


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    learned = experience()
    for number in range(5_000):
        learned.sent(ACME, MODEL, f"s{number}", Mode.FULL, "", NOON)
    assert learned.habit(ACME, MODEL, "s0", NOON) is None
    assert learned.habit(ACME, MODEL, "s4999", NOON) is not None


# --- from what is kept ------------------------------------------------------------


def kept(**told: Any) -> Outcome | None:
    answer = answered(plan(Mode.FULL), pack(cited("D1§1"), prefix=True))
    detail = {"model": MODEL, **lesson_of(replace(answer, ratio=1.2))}
    return outcome_of(Reported(ACME, NOON, detail, told))


def test_a_kept_plan_and_its_report_are_an_outcome() -> None:
    usage = {"prompt_tokens": 1_000, "prompt_tokens_details": {"cached_tokens": 900}}
    assert kept(usage=usage, ttft_s=0.4, served_model="DeepSeek/deepseek-v4-flash") == Outcome(
        tenant=ACME,
        model=MODEL,
        language="en",
        at=NOON,
        estimated=750,
        counted=1_000,
        cached=900,
        ttft_s=0.4,
        prefix="kb",
        shared=800,
    )


@pytest.mark.parametrize(
    ("usage", "cached"),
    [
        ({"cached_tokens": 5}, 5),
        ({"cache_read_input_tokens": 5, "cache_creation_input_tokens": 9}, 5),
        ({"prompt_cache_hit_tokens": 5, "prompt_cache_miss_tokens": 4}, 5),
        ({"prompt_tokens_details": None}, None),
        ({"cached_tokens": -5}, None),
    ],
)
def test_every_vendors_word_for_a_cache_is_understood(usage: Any, cached: int | None) -> None:
    outcome = kept(usage={"prompt_tokens": 9, **usage})
    assert outcome is not None
    assert outcome.cached == cached


@pytest.mark.parametrize("told", [{"model": "gpt-5.5"}, {"served_by": "fallback"}])
def test_what_another_model_or_router_served_teaches_nothing(told: dict[str, Any]) -> None:
    assert kept(usage={"prompt_tokens": 9}, **told) is None


def test_after_a_restart_the_traffic_is_remembered() -> None:
    learned = experience()
    learned.recall(replace(BASE, prefix="kb", shared=800, cached=800))
    warmth = learned.warmth(ACME, MODEL, "kb", NOON + timedelta(minutes=1))
    assert warmth == Warmth(1.0, 60.0, 1, 0)
