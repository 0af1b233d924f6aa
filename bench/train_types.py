"""Train what tells the type of a question, and report it on questions it has not seen.

`python -m bench.train_types` writes retrieval/planner/question_types.json: weights, their scores,
the date and the digest of what they were trained on.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from retrieval.planner.cues import cue_words
from retrieval.planner.question_type import Weights, groups, weigh

TERMS = 9_000
"""Most terms that are kept: those whose coefficients are the largest."""
PENALTY = 20.0
"""How freely coefficients may grow (scikit-learn's C)."""

Counted = Sequence[tuple[Counter[str], ...]]


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    importance: Sequence[float] | None = None,
    penalty: float = PENALTY,
    most: int = TERMS,
) -> Weights:
    """Learn to tell any labels apart; a text counts by its importance, 1 unless given."""
    cues = cue_words()
    counted = [groups(text, cues) for text in texts]
    parts = Counter(term for counts in counted for group in counts for term in group)
    known = sorted(term for term, count in parts.items() if count > 1)
    weights = _fit(counted, known, parts, labels, importance, penalty)
    if len(known) <= most:
        return weights
    size = np.abs(weights.coefficients).max(axis=1)
    best = sorted(known[at] for at in np.argsort(-size, kind="stable")[:most])
    return _fit(counted, best, parts, labels, importance, penalty)


def _fit(
    counted: Counted,
    terms: Sequence[str],
    parts: Counter[str],
    labels: Sequence[str],
    importance: Sequence[float] | None,
    penalty: float,
) -> Weights:
    rows = {term: row for row, term in enumerate(terms)}
    rarity = np.array([_rarity(parts[term], len(counted)) for term in terms])
    unknown = _rarity(1, len(counted))
    seen = _matrix(counted, rows, rarity, unknown)
    model = LogisticRegression(C=penalty, max_iter=1_000)
    model.fit(seen, list(labels), sample_weight=importance)
    coefficients, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        coefficients, bias = np.vstack([-coefficients, coefficients]) / 2, np.array([-bias[0], bias[0]]) / 2
    return Weights(
        tuple(str(label) for label in model.classes_), rows, rarity, unknown, coefficients.T, bias
    )


def _rarity(texts: int, of: int) -> float:
    """Give the inverse document frequency, smoothed as scikit-learn does it."""
    return math.log((1 + of) / (1 + texts)) + 1


def _matrix(
    counted: Counted, rows: dict[str, int], rarity: NDArray[np.float64], unknown: float
) -> csr_matrix:
    places: list[tuple[int, int, float]] = []
    for number, counts in enumerate(counted):
        for group in counts:
            at, values = weigh(group, rows, rarity, unknown)
            places += [(number, row, float(value)) for row, value in zip(at, values, strict=True)]
    lines, columns, values = zip(*places, strict=True)
    return csr_matrix((values, (lines, columns)), shape=(len(counted), len(rows)))
