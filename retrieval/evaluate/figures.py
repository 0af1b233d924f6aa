"""Figures of rankings and of estimates, with bootstrap intervals; the same at every call."""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.evaluate.model import Bin
from retrieval.planner import calibration

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], float | None]
"""Gives one figure of rows, a row a question; None where they do not allow it."""

_DRAWS = 1_000
_BINS = 10
_FEWEST = 2
"""Questions below which resampling says nothing."""


def recall(ranks: Sequence[int | None], depth: int) -> float:
    """Give the share of the relevant pages within the first `depth`; ranks count from 1."""
    return sum(rank is not None and rank <= depth for rank in ranks) / len(ranks)


def ndcg(ranks: Sequence[int | None], depth: int) -> float:
    """Give nDCG with binary gains (Järvelin and Kekäläinen 2002)."""
    gain = sum(1 / math.log2(rank + 1) for rank in ranks if rank is not None and rank <= depth)
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(ranks), depth) + 1))
    return gain / best


def reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Give one over the rank of the first relevant page; 0 where none was found."""
    return max((1 / rank for rank in ranks if rank is not None), default=0.0)


def rows_of(pairs: Iterable[tuple[float, float]]) -> Floats:
    """Give two columns of pairs, one row each."""
    return np.asarray(list(pairs), np.float64).reshape(-1, 2)


def mean(rows: Floats) -> float | None:
    """Give the mean of the only column."""
    return float(rows[:, 0].mean()) if len(rows) else None


def auroc(rows: Floats) -> float | None:
    """Give the chance that an estimate of what held is above one of what did not, ties halved.

    Columns are the estimate and whether it held (Hanley and McNeil 1982).
    """
    both = len(rows) and 0 < rows[:, 1].sum() < len(rows)
    return calibration.auroc(rows[:, 0], rows[:, 1]) if both else None


def calibration_error(rows: Floats) -> float | None:
    """Give the mean gap between estimate and share that held, over ten bins of equally many.

    Columns are the estimate and whether it held (Naeini et al. 2015).
    """
    return calibration.apart(rows[:, 0], rows[:, 1]) if len(rows) else None


def reliability(rows: Floats) -> tuple[Bin, ...]:
    """Give ten bins of equal width, those that hold anything."""
    at = np.minimum((rows[:, 0] * _BINS).astype(np.intp), _BINS - 1)
    held = ((bin_, rows[at == bin_]) for bin_ in range(_BINS))
    return tuple(
        Bin(
            bin_ / _BINS,
            (bin_ + 1) / _BINS,
            len(some),
            float(some[:, 0].mean()),
            float(some[:, 1].mean()),
        )
        for bin_, some in held
        if len(some)
    )


def share_right(rows: Floats) -> float | None:
    """Give the share of the first column among rows of which the second holds.

    Called with (what is true, what was said) it is the precision; the other way round the recall.
    """
    chosen = rows[rows[:, 1] > 0, 0]
    return float(chosen.mean()) if len(chosen) else None


def interval(rows: Floats, statistic: Statistic) -> tuple[float, float] | None:
    """Give the 95 % bootstrap interval, resampling questions; None where there are too few."""
    if len(rows) < _FEWEST:
        return None
    rng = np.random.default_rng(0)
    drawn = (rows[rng.integers(0, len(rows), len(rows))] for _ in range(_DRAWS))
    found = [one for some in drawn if (one := statistic(some)) is not None]
    if not found:
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
