"""Train what tells the type of a question, and report it on questions it has not seen.

`python -m bench.train_types` writes retrieval/planner/question_types.json: weights, their scores,
the date and the digest of what they were trained on.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.metrics import (  # type: ignore[import-untyped]
    accuracy_score,
    confusion_matrix,
    f1_score,
    log_loss,
)
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

import retrieval.planner
from bench.figures import show
from bench.type_questions import Question, digest, own, public, replay
from retrieval.planner.question_type import (
    SHIPPED,
    Group,
    TextClasses,
    Weights,
    groups,
    read_weights,
    weigh,
)
from retrieval.planner.signs import Signs

TERMS = 9_000
"""Most terms that are kept: those whose coefficients are the largest."""
PENALTY = 20.0
"""How freely coefficients may grow (scikit-learn's C)."""
PUBLIC = 0.05
"""How much a question of a public set counts beside one of the project's own."""
UNIT = 0.001

Counted = Sequence[tuple[Group, ...]]


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    importance: Sequence[float] | None = None,
    penalty: float = PENALTY,
    most: int = TERMS,
) -> Weights:
    """Learn to tell any labels apart; a text counts by its importance, 1 unless given."""
    signs = Signs()
    counted = [groups(text, signs) for text in texts]
    parts = Counter(term for counts in counted for group in counts for term in group.counts)
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
    seen = _matrix(counted, rows, rarity)
    model = LogisticRegression(C=penalty, max_iter=1_000, tol=1e-3)
    model.fit(seen, list(labels), sample_weight=importance)
    coefficients, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        coefficients, bias = (
            np.vstack([-coefficients, coefficients]) / 2,
            np.array([-bias[0], bias[0]]) / 2,
        )
    return Weights(
        tuple(str(label) for label in model.classes_), rows, rarity, coefficients.T, bias
    )


def _rarity(texts: int, of: int) -> float:
    """Give the inverse document frequency, smoothed as scikit-learn does it."""
    return math.log((1 + of) / (1 + texts)) + 1


def _matrix(counted: Counted, rows: dict[str, int], rarity: NDArray[np.float64]) -> csr_matrix:
    places: list[tuple[int, int, float]] = []
    for number, counts in enumerate(counted):
        for group in counts:
            at, values = weigh(group, rows, rarity)
            places += [
                (number, int(row), float(value)) for row, value in zip(at, values, strict=True)
            ]
    lines, columns, said = zip(*places, strict=True)
    return csr_matrix((said, (lines, columns)), shape=(len(counted), len(rows)))


def written(weights: Weights) -> dict[str, object]:
    """Give weights as plain data of whole numbers, as `read_weights` reads them."""
    numbers = np.column_stack([weights.rarity, weights.coefficients]) / UNIT
    rounded = np.rint(numbers).astype(int).tolist()
    return {
        "labels": list(weights.labels),
        "bias": [round(float(value), 6) for value in weights.bias],
        "unit": UNIT,
        "terms": {term: rounded[row] for term, row in weights.rows.items()},
    }


def scores(
    questions: Sequence[Question], found: Sequence[Mapping[str, float]]
) -> dict[str, object]:
    """Measure probabilities of labels against the true ones."""
    labels = sorted(found[0])
    said = [max(one, key=lambda label: one[label]) for one in found]
    true = [one.type for one in questions]
    odds = np.array([[one[label] for label in labels] for one in found])
    each = f1_score(true, said, labels=labels, average=None, zero_division=0)
    return {
        "questions": len(true),
        "macro_f1": round(float(f1_score(true, said, average="macro")), 4),
        "accuracy": round(float(accuracy_score(true, said)), 4),
        "log_loss": round(float(log_loss(true, odds, labels=labels)), 4),
        "calibration_error": round(_calibration_error(true, said, odds), 4),
        "f1": {label: round(float(value), 3) for label, value in zip(labels, each, strict=True)},
        "confusion": confusion_matrix(true, said, labels=labels).tolist(),
    }


def _calibration_error(
    true: Sequence[str], said: Sequence[str], odds: NDArray[np.float64], bins: int = 10
) -> float:
    """Give the expected calibration error of the most probable label."""
    sure = odds.max(axis=1)
    right = np.array([one == other for one, other in zip(true, said, strict=True)], dtype=float)
    at = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(float((right - sure)[at == one].sum())) for one in range(bins)]
    return sum(gaps) / len(true)


def by_document() -> dict[str, object]:
    """Cross-validate on LaRA's four labels, no file in both halves."""
    asked = replay()
    texts, labels = [one.text for one in asked], [one.type for one in asked]
    found: dict[int, dict[str, float]] = {}
    for learn, test in GroupKFold(5).split(texts, labels, [one.group for one in asked]):
        model = TextClasses(train([texts[at] for at in learn], [labels[at] for at in learn]))
        found |= {int(at): model.probabilities(texts[at]) for at in test}
    return scores(asked, [found[at] for at in range(len(asked))])


def ship(at: datetime) -> dict[str, object]:
    """Train on everything but the held-out third, and give weights with their scores."""
    mine, others = own("train"), public()
    used = [*mine, *others]
    importance = [1.0] * len(mine) + [PUBLIC] * len(others)
    kept = written(train([one.text for one in used], [one.type for one in used], importance))
    model = TextClasses(read_weights(kept))
    held = own("held_out")
    told = {
        "support_held_out": held,
        **{
            f"support_held_out_{language}": [one for one in held if one.language == language]
            for language in sorted({one.language for one in held})
        },
    }
    return {
        "trained": at.date().isoformat(),
        "questions": dict(Counter(one.origin for one in used)),
        "digest": digest(used),
        "scores": {
            **{
                name: scores(some, [model.probabilities(one.text) for one in some])
                for name, some in told.items()
            },
            "lara_by_document": by_document(),
        },
        **kept,
    }


def main() -> None:
    kept = ship(datetime.now(UTC))
    path = Path(retrieval.planner.__path__[0]) / SHIPPED
    path.write_text(_lines(kept), encoding="utf-8")
    print(f"written to {path}: {path.stat().st_size / 1000:.0f} kB")
    shown = kept["scores"]
    assert isinstance(shown, dict)
    figures = ("questions", "macro_f1", "accuracy", "log_loss", "calibration_error")
    show(
        "types",
        [{"set": name, **{one: part[one] for one in figures}} for name, part in shown.items()],
    )
    for name in ("support_held_out", "lara_by_document"):
        labels = list(shown[name]["f1"])
        rows = zip(labels, shown[name]["confusion"], strict=True)
        show(
            f"types {name}: rows are true",
            [
                {
                    "type": label,
                    "f1": shown[name]["f1"][label],
                    **dict(zip(labels, row, strict=True)),
                }
                for label, row in rows
            ],
        )


def _lines(kept: Mapping[str, object]) -> str:
    """Write JSON with one term a line, so that a change can be read."""
    terms = kept["terms"]
    assert isinstance(terms, dict)
    head = json.dumps({key: value for key, value in kept.items() if key != "terms"}, indent=1)
    rows = (
        f"{json.dumps(term, ensure_ascii=False)}:{json.dumps(row, separators=(',', ':'))}"
        for term, row in terms.items()
    )
    body = ",\n".join(rows)
    return f'{head[:-2]},\n "terms": {{\n{body}\n}}}}\n'


if __name__ == "__main__":
    main()
