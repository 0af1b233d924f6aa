"""Fit how long a model takes to its first token."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from retrieval.model import Tier
from retrieval.planner.case import Latency

_PRIORS = {
    # Anthropic told of 11.5 s for 100,000 tokens and 2.4 s for the same from a cache (2024);
    # what is served today is faster, and small models take about half of it.
    Tier.FRONTIER: Latency(base_s=0.8, fresh_s=6e-5, cached_s=1e-5),
    Tier.ROUTINE: Latency(base_s=0.4, fresh_s=3e-5, cached_s=5e-6),
}
_LONGEST_S = 300.0
"""What is reported beyond counts as this much."""
_SCALE = np.array([1.0, 10_000.0, 10_000.0])
"""Units in which the three parts are alike: seconds, and seconds for ten thousand tokens."""
_PULL = 0.1
"""Outcomes that the prior counts as, in each part: what was never seen stays as it was thought."""


@dataclass(frozen=True, slots=True)
class Waited:
    """One prompt's tokens, and the seconds to its first token."""

    fresh: int
    cached: int
    ttft_s: float


def fit_latency(seen: Collection[Waited], tier: Tier, fewest: int) -> Latency:
    """Fit `a + b * fresh + c * cached` by least squares, none below zero.

    With fewer than `fewest` outcomes it is the prior of the model's tier.
    """
    prior = _PRIORS[tier]
    if len(seen) < fewest:
        return Latency(prior.base_s, prior.fresh_s, prior.cached_s)
    rows = np.array([(1.0, one.fresh, one.cached) for one in seen]) / _SCALE
    waits = np.array([min(max(one.ttft_s, 0.0), _LONGEST_S) for one in seen])
    expected = np.array([prior.base_s, prior.fresh_s, prior.cached_s]) * _SCALE
    base, fresh, cached = _least_squares(rows, waits, expected) / _SCALE
    return Latency(float(base), float(fresh), float(cached), len(seen))


def _least_squares(
    rows: NDArray[np.float64], waits: NDArray[np.float64], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Try every set of parts that may be above zero; of those that are, the closest wins."""
    pulled = np.vstack([rows, np.sqrt(_PULL) * np.eye(len(prior))])
    aims = np.concatenate([waits, np.sqrt(_PULL) * prior])
    best, least = np.zeros(len(prior)), np.inf
    for size in range(1, len(prior) + 1):
        for parts in combinations(range(len(prior)), size):
            found = np.zeros(len(prior))
            found[list(parts)] = np.linalg.lstsq(pulled[:, parts], aims, rcond=None)[0]
            error = float(np.sum((pulled @ found - aims) ** 2))
            if found.min() >= 0 and error < least:
                best, least = found, error
    return best
