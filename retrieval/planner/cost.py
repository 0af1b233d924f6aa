"""Price an option before it is packed, with the cache as warm as it probably is."""

import math
from dataclasses import dataclass

from retrieval.model import CacheKind, Caching, ModelFacts
from retrieval.planner.case import Latency, Option, Warmth

_KEPT = {CacheKind.MARKED: 0.95, CacheKind.AUTOMATIC: 0.8}
"""How often a prefix that should still be there is. Nobody promises the automatic ones: of 12
calls in a warm row, 9 hit (effloow.com, GPT-5.5, June 2026)."""
_WEIGHT = 4.0
"""Reported calls that the above counts for: it gives way as providers report hits and misses."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a call costs, in US dollars; None where a price that it takes is unknown."""

    expected: float | None
    warm: float | None
    """With the shared beginning read from a cache."""
    cold: float | None
    """With nothing cached, and the shared beginning written where the cache is a marked one."""
    p99_cold: float | None
    hit: float
    """Probability that the provider still holds the shared beginning."""


def price(option: Option, model: ModelFacts, output_tokens: int) -> Costs:
    """Price the option's prompt and a reply of so many tokens."""
    card, tokens = model.prices, option.tokens
    shared = min(option.shared, tokens.expected) if _kept(option.shared, model.caching) else 0
    marked = model.caching.kind is CacheKind.MARKED
    written = shared if marked else 0
    written_p99 = math.ceil(written * tokens.p99 / max(1, tokens.expected))
    cold = card.cost(tokens.expected, output_tokens, written=written)
    warm = card.cost(tokens.expected, output_tokens, cached=shared)
    hit = hit_probability(option.warmth, model.caching) if shared and warm is not None else 0.0
    return Costs(
        expected=cold if cold is None or warm is None else hit * warm + (1 - hit) * cold,
        warm=warm,
        cold=cold,
        p99_cold=card.cost(tokens.p99, output_tokens, written=min(written_p99, tokens.p99)),
        hit=hit,
    )


def hit_probability(warmth: Warmth, caching: Caching) -> float:
    """Say how likely a prefix that is long enough is still held, 0 to 1.

    The posterior mean of a Beta distribution whose prior comes from the provider's word. Where
    that says nothing of how long, only what was seen to hit is counted on.
    """
    if caching.kind is CacheKind.NONE:
        return 0.0
    prior, alive = 0.0, 1.0
    if caching.ttl_s and warmth.last_s is None:
        prior = _KEPT[caching.kind] * -math.expm1(-warmth.per_hour * caching.ttl_s / 3_600)
    elif caching.ttl_s and warmth.last_s is not None:
        prior, alive = _KEPT[caching.kind], _alive(warmth.last_s, caching)
    seen = warmth.hits + warmth.misses
    return alive * (prior * _WEIGHT + warmth.hits) / (_WEIGHT + seen)


def first_token(option: Option, latency: Latency, hit: float) -> float:
    """Give the expected seconds until the first token."""
    cached = hit * min(option.shared, option.tokens.expected)
    fresh = option.tokens.expected - cached
    return latency.base_s + latency.fresh_s * fresh + latency.cached_s * cached


def _kept(shared: int, caching: Caching) -> bool:
    return caching.kind is not CacheKind.NONE and shared >= caching.least_tokens


def _alive(last_s: float, caching: Caching) -> float:
    """A marked cache ends with its time; an automatic one is cleared by and by after it."""
    if last_s <= caching.ttl_s:
        return 1.0
    return 0.0 if caching.kind is CacheKind.MARKED else math.exp(1 - last_s / caching.ttl_s)
