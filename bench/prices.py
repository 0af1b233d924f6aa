"""What is known of models, and what their calls cost now.

    python -m bench.prices [--all] [MODEL ...]

Without names the models that the documentation names. `--all` holds the price card of every
model of the list against what the list itself computes, at several sizes and hours.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, Provider

from bench.figures import show
from retrieval.adapters.catalog import PriceCatalog, listed_card
from retrieval.adapters.overrides import read_overrides
from retrieval.model import ModelFacts
from retrieval.prices import Rate

NAMED = (
    "claude-opus-4-7",
    "claude-sonnet-4-6",
    "gpt-5.5",
    "gemini-3.1-pro",
    "deepseek-v4-flash",
    "kimi-k2.6",
    "glm-5.1",
    "qwen3.6-plus",
    "openrouter/qwen/qwen3.6-plus",
    "minimax-m2",
)
CALLS = (4_000, 25_000, 100_000, 400_000)
"""Tokens of prompts: passages, documents, whole knowledge, small and large."""
REPLY = 400
OWN = 4_000
"""Tokens of a prompt that no other shares."""
SIZES = (0, 1, 4_000, 128_001, 200_000, 200_001, 256_001, 272_001, 600_000, 1_000_000)


def main() -> int:
    """Show the models, or compare all cards; 1 where a card differs."""
    asked = _arguments()
    now = datetime.now(UTC)
    if asked.all:
        return _compare(now)
    catalog = PriceCatalog(read_overrides(None))
    facts = [catalog.facts(name, now) for name in asked.models or NAMED]
    show(f"Models: at {now:%Y-%m-%d %H:%M} UTC", [_known(one) for one in facts])
    show("Readers: and their caches", [_judged(one) for one in facts])
    show("Calls: US dollars, cold / warm", [_calls(one) for one in facts])
    return 0


def _known(facts: ModelFacts) -> Mapping[str, object]:
    card = facts.prices
    return {
        "model": facts.name,
        "window": facts.window,
        "input limit": facts.input_limit or "",
        "in": _shown(card.input),
        "cache read": _shown(card.cache_read),
        "write": _shown(card.cache_write) if card.cache_write else "as input",
        "out": _shown(card.output),
    }


def _judged(facts: ModelFacts) -> Mapping[str, object]:
    caching = facts.caching
    return {
        "model": facts.name,
        "cache": f"{caching.kind} {caching.ttl_s or '?'} s from {caching.least_tokens or '?'}",
        "effective": facts.effective or "?",
        "tier": facts.tier,
        "source": f"{facts.provider}: {facts.snapshot}",
    }


def _shown(rate: Rate | None) -> str:
    if rate is None:
        return "?"
    return " ".join([f"{rate.usd:g}", *(f">{s.above // 1000}k:{s.usd:g}" for s in rate.steps)])


def _calls(facts: ModelFacts) -> Mapping[str, object]:
    return {"model": facts.name} | {f"{size:,}": _call(facts, size) for size in CALLS}


def _call(facts: ModelFacts, size: int) -> str:
    if (facts.window or size) < size + REPLY:
        return "does not fit"
    costs = [facts.prices.cost(size, REPLY, cached=cached) for cached in (0, max(0, size - OWN))]
    return " / ".join("?" if usd is None else f"{usd:.5f}" for usd in costs)


def _compare(now: datetime) -> int:
    hours = [now + timedelta(hours=hour) for hour in range(0, 24, 3)]
    days = [now + timedelta(days=day) for day in (-400, -100, 60)]
    wrong, count = [], 0
    for provider, model in _texts(now):
        for at in (*hours, *days):
            count += len(SIZES)
            wrong += [
                f"{provider.id}/{model.id} {size:,} at {at}: {ours} and {theirs}"
                for size in SIZES
                for ours, theirs in [_both(provider, model, at, size)]
                if not math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12)
            ]
    print("\n".join([*wrong[:20], f"{count:,} prices compared, {len(wrong)} differ"]))
    return int(bool(wrong))


def _texts(now: datetime) -> Iterator[tuple[Provider, ModelInfo]]:
    for provider in get_snapshot().providers:
        for model in provider.models:
            if listed_card(model, now).known:
                yield provider, model


def _both(provider: Provider, model: ModelInfo, at: datetime, size: int) -> tuple[float, float]:
    card = listed_card(model, at)
    cached = size // 2 if card.cache_read else 0
    written = size // 4 if card.cache_write else 0
    usage = Usage(
        input_tokens=size,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        output_tokens=REPLY,
    )
    theirs = model.calc_price(usage, provider, genai_request_timestamp=at).total_price
    ours = card.cost(size, REPLY, cached=cached, written=written)
    return (float(theirs) if ours is None else ours), float(theirs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--all", action="store_true", help="compare with the list's own sums")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
