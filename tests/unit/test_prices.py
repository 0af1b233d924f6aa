import itertools
from datetime import UTC, datetime

import pytest
from genai_prices import Usage, calc_price

from retrieval.adapters.catalog import PriceCatalog
from retrieval.adapters.overrides import read_overrides
from retrieval.prices import PriceCard, Rate, Step

NAMED = [
    ("anthropic", "claude-opus-4-7"),
    ("anthropic", "claude-sonnet-4-6"),
    ("openai", "gpt-5.5"),
    ("google", "gemini-3.1-pro-preview"),
    ("deepseek", "deepseek-v4-flash"),
    ("moonshotai", "kimi-k2.6"),
    ("zai", "glm-5.1"),
    ("openrouter", "qwen/qwen3.6-plus"),
    ("minimax", "minimax-m2"),
    ("perplexity", "sonar-pro"),
]
SIZES = (0, 1, 4_000, 200_000, 200_001, 272_000, 272_001, 900_000)
TIMES = [
    datetime(2025, 12, 31, 23, 59, tzinfo=UTC),
    datetime(2026, 9, 9, 6, tzinfo=UTC),
    *(datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in (0, 1, 4, 12)),
    datetime(2027, 1, 1, tzinfo=UTC),
]


@pytest.mark.parametrize(("provider", "model"), NAMED)
def test_a_card_costs_what_the_price_list_itself_computes(provider: str, model: str) -> None:
    catalog = PriceCatalog(read_overrides(None))
    for at, prompt in itertools.product(TIMES, SIZES):
        card = catalog.facts(f"{provider}/{model}", at).prices
        cached = prompt // 2 if card.cache_read else 0
        written = prompt // 4 if card.cache_write else 0
        usage = Usage(
            input_tokens=prompt,
            cache_read_tokens=cached,
            cache_write_tokens=written,
            output_tokens=400,
        )
        listed = calc_price(usage, model, provider_id=provider, genai_request_timestamp=at)
        ours = card.cost(prompt, 400, cached=cached, written=written)
        assert ours == pytest.approx(float(listed.total_price), rel=1e-12, abs=1e-15)


def test_a_step_holds_for_all_tokens_of_the_call() -> None:
    rate = Rate(1.0, (Step(10, 2.0), Step(20, 4.0)))
    assert [rate.of(1_000_000, prompt) for prompt in (10, 11, 20, 21)] == [1.0, 2.0, 2.0, 4.0]


def test_what_is_unknown_has_no_price() -> None:
    assert PriceCard().cost(1, 1) is None
    assert PriceCard(Rate(1.0)).cost(1, 1) is None
    assert not PriceCard(Rate(1.0)).known
    card = PriceCard(Rate(1.0), Rate(2.0))
    assert card.known
    assert card.cost(10, 10, cached=1) is None
    assert card.cost(10, 0, written=10) == card.cost(10, 0)


def test_a_call_may_cost_something_by_itself() -> None:
    assert PriceCard(Rate(1.0), Rate(1.0), call_usd=0.5).cost(0, 0) == 0.5
