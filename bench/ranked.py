"""How well scores rank, with intervals: AUROC and Spearman, drawn anew by whole groups."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

Floats = NDArray[np.float64]
Measure = Callable[[Floats, Floats], float]
DRAWS = 2_000


def auroc(scores: Floats, positive: Floats) -> float:
    """Give the probability that a positive one is ranked over a negative one; ties count half."""
    much = int(positive.sum())
    few = len(positive) - much
    if not much or not few:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[positive > 0].sum() - much * (much + 1) / 2) / (much * few))


def spearman(scores: Floats, wanted: Floats) -> float:
    """Give the correlation of ranks; 0 where one side is constant."""
    one, other = rankdata(scores), rankdata(wanted)
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def drawn(groups: Sequence[str]) -> list[NDArray[np.intp]]:
    """Draw whole groups with replacement, the same at every call: the rows of each draw."""
    rng = np.random.default_rng(0)
    names = sorted(set(groups))
    rows = {name: np.flatnonzero(np.array(groups) == name) for name in names}
    return [
        np.concatenate([rows[names[at]] for at in rng.integers(0, len(names), len(names))])
        for _ in range(DRAWS)
    ]


def between(values: Sequence[float]) -> tuple[float, float]:
    """Give the 95 % interval of draws, those aside that cannot be measured."""
    kept = np.array(values)
    low, high = np.nanpercentile(kept, [2.5, 97.5])
    return float(low), float(high)


def compared(
    measure: Measure, ours: Floats, theirs: Floats, wanted: Floats, groups: Sequence[str]
) -> dict[str, object]:
    """Measure a ranking and a baseline on the same draws, and what lies between the two."""
    draws = drawn(groups)
    mine = [measure(ours[rows], wanted[rows]) for rows in draws]
    base = [measure(theirs[rows], wanted[rows]) for rows in draws]
    gain = [one - other for one, other in zip(mine, base, strict=True)]
    return {
        "ours": measure(ours, wanted),
        "95 %": said(between(mine)),
        "baseline": measure(theirs, wanted),
        "baseline 95 %": said(between(base)),
        "gain 95 %": said(between(gain)),
    }


def said(interval: tuple[float, float]) -> str:
    """Write an interval."""
    return f"{interval[0]:.3f} to {interval[1]:.3f}"
