import math

import pytest

from retrieval.model import CacheKind, Caching, Mode, ModelFacts, Tier, TokenEstimate
from retrieval.planner.case import Latency, Option, Warmth
from retrieval.planner.cost import first_token, hit_probability, price
from retrieval.prices import PriceCard, Rate, Step

MARKED = Caching(CacheKind.MARKED, 300, 1_024)
AUTOMATIC = Caching(CacheKind.AUTOMATIC, 300, 1_024)
CARD = PriceCard(Rate(3.0), Rate(15.0), cache_read=Rate(0.3), cache_write=Rate(3.75))
HOT = Warmth(per_hour=600, last_s=6)


def model(prices: PriceCard = CARD, caching: Caching = MARKED) -> ModelFacts:
    return ModelFacts(
        "m", "p", 1_000_000, None, prices, caching, None, Tier.FRONTIER, "test of 2026-11-22"
    )


def option(tokens: int = 100_000, shared: int = 99_000, warmth: Warmth = HOT) -> Option:
    estimate = TokenEstimate(tokens, tokens * 2)
    return Option(Mode.FULL, estimate, 1.0, shared=shared, warmth=warmth)


def test_a_warm_prefix_is_read_and_a_cold_one_written() -> None:
    costs = price(option(), model(), 400)
    reply = 400 * 15 / 1e6
    warm = (1_000 * 3 + 99_000 * 0.3) / 1e6 + reply
    cold = (1_000 * 3 + 99_000 * 3.75) / 1e6 + reply
    assert (costs.warm, costs.cold) == pytest.approx((warm, cold))
    assert costs.p99_cold == pytest.approx((2_000 * 3 + 198_000 * 3.75) / 1e6 + reply)
    assert costs.hit == 0.95
    assert costs.expected == pytest.approx(0.95 * warm + 0.05 * cold)


def test_an_automatic_cache_writes_at_the_price_of_input() -> None:
    costs = price(option(), model(caching=AUTOMATIC), 0)
    assert costs.cold == pytest.approx(0.3)
    assert costs.hit == 0.8


def test_without_a_cache_price_nothing_is_taken_as_free_or_full() -> None:
    costs = price(option(), model(PriceCard(Rate(3.0), Rate(15.0))), 0)
    assert (costs.warm, costs.hit) == (None, 0.0)
    assert costs.expected == costs.cold == pytest.approx(0.3)


def test_without_a_price_nothing_is_said_of_the_cost() -> None:
    costs = price(option(), model(PriceCard()), 0)
    assert (costs.expected, costs.warm, costs.cold, costs.p99_cold) == (None,) * 4


@pytest.mark.parametrize(
    ("shared", "caching"),
    [(0, MARKED), (1_023, MARKED), (99_000, Caching())],
    ids=["nothing shared", "too short", "no cache"],
)
def test_what_no_cache_keeps_costs_the_same_warm_or_cold(shared: int, caching: Caching) -> None:
    costs = price(option(shared=shared), model(caching=caching), 0)
    assert costs.hit == 0.0
    assert costs.warm == costs.cold == costs.expected == pytest.approx(0.3)


def test_a_price_step_reaches_cached_tokens_too() -> None:
    dear = PriceCard(Rate(1.0, (Step(50_000, 2.0),)), Rate(0.0), Rate(0.1, (Step(50_000, 0.2),)))
    costs = price(option(), model(dear, AUTOMATIC), 0)
    assert costs.warm == pytest.approx((1_000 * 2 + 99_000 * 0.2) / 1e6)


def test_a_marked_cache_ends_with_its_time_and_an_automatic_one_fades() -> None:
    def hit(last_s: float, caching: Caching) -> float:
        return hit_probability(Warmth(last_s=last_s), caching)

    assert [hit(at, MARKED) for at in (0, 300, 301)] == [0.95, 0.95, 0.0]
    assert hit(300, AUTOMATIC) == 0.8
    assert hit(600, AUTOMATIC) == pytest.approx(0.8 / math.e)
    assert hit(36_000, AUTOMATIC) < 1e-9


@pytest.mark.parametrize(("per_hour", "expected"), [(0, 0), (1, 0.08), (6, 0.39), (600, 1)])
def test_a_steady_rate_keeps_a_prefix_warm(per_hour: float, expected: float) -> None:
    hit = hit_probability(Warmth(per_hour=per_hour), MARKED)
    assert hit == pytest.approx(0.95 * expected, abs=0.005)


def test_what_providers_report_replaces_the_prior() -> None:
    def hit(hits: int, misses: int, caching: Caching = AUTOMATIC) -> float:
        return hit_probability(Warmth(last_s=1, hits=hits, misses=misses), caching)

    assert hit(0, 0) > hit(0, 1) > hit(0, 10) > hit(0, 100)
    assert hit(0, 0) < hit(1, 0) < hit(100, 0) < 1
    assert hit(300, 700) == pytest.approx(0.3, abs=0.005)
    unsaid = Caching(CacheKind.AUTOMATIC)
    assert hit(0, 0, unsaid) == 0
    assert hit(90, 10, unsaid) > 0.85


def test_the_first_token_comes_sooner_from_a_cache() -> None:
    latency = Latency(base_s=0.5, fresh_s=1e-5, cached_s=1e-6)
    assert first_token(option(), latency, 0.0) == pytest.approx(1.5)
    assert first_token(option(), latency, 1.0) == pytest.approx(0.5 + 0.01 + 0.099)
