"""What policies earn and spend on published answers, and how sure the difference is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

LABELS = ("location", "reasoning", "comp", "hallu")
PASSAGES, FULL = 3_000, 32_000
DRAWS = 2_000

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Replay:
    """Questions with their documents and labels, and a score of every reader for both packs."""

    questions: tuple[str, ...]
    documents: NDArray[np.str_]
    labels: NDArray[np.str_]
    scores: Floats
    """By question, reader and pack: passages, then full."""

    def of(self, rows: NDArray[np.int64]) -> "Replay":
        """Keep some questions."""
        return Replay(
            tuple(self.questions[row] for row in rows),
            self.documents[rows],
            self.labels[rows],
            self.scores[rows],
        )


def read(rows: Sequence[Mapping[str, Any]], readers: Sequence[str]) -> Replay:
    """Read the set for some readers."""
    return Replay(
        tuple(row["question"] for row in rows),
        np.array([row["file"] for row in rows]),
        np.array([row["type"] for row in rows]),
        np.array([[row["scores"][reader] for reader in readers] for row in rows]),
    )


@dataclass(frozen=True, slots=True)
class Routed:
    """What a policy earned and spent: by question and reader."""

    name: str
    earned: Floats
    tokens: Floats


def routed(name: str, data: Replay, full: Bools) -> Routed:
    """Earn the score of the pack that was picked, and pay for it."""
    earned = np.where(full, data.scores[..., 1], data.scores[..., 0])
    return Routed(name, earned, np.where(full, float(FULL), float(PASSAGES)))


def baselines(data: Replay) -> tuple[Routed, ...]:
    """Give the policies to beat, and the oracle that none can."""
    passages, full = data.scores[..., 0], data.scores[..., 1]
    nobody = np.zeros(passages.shape, dtype=np.bool_)
    declined = passages == (data.labels == "hallu")[:, None].astype(float)
    self_route = routed("Self-Route", data, declined)
    return (
        routed("always passages", data, nobody),
        routed("always full", data, ~nobody),
        replace(self_route, tokens=PASSAGES + FULL * declined.astype(float)),
        routed("oracle", data, full > passages),
    )


def row(data: Replay, one: Routed) -> dict[str, object]:
    """Give the macro score, the share of always-full's tokens, and the score by type."""
    by_type = {label: 100 * float(one.earned[data.labels == label].mean()) for label in LABELS}
    return {
        "policy": one.name,
        "macro": float(np.mean(list(by_type.values()))),
        "tokens": float(one.tokens.mean()) / FULL,
        **by_type,
    }


def against(data: Replay, one: Routed, other: Routed) -> dict[str, object]:
    """Give the difference of two policies with its interval, documents drawn anew."""
    gained = (one.earned - other.earned).mean(axis=1)
    sums, counts = _sums(data, gained)
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(counts), size=(DRAWS, len(counts)))
    means = 100 * sums[drawn].sum(axis=1) / np.maximum(1, counts[drawn].sum(axis=1))
    macro, without = means.mean(axis=1), means[:, LABELS.index("hallu")]
    point = 100 * sums.sum(axis=0) / counts.sum(axis=0)
    return {
        "difference": f"{one.name} - {other.name}",
        "macro": float(point.mean()),
        "from": _end(macro, 2.5),
        "to": _end(macro, 97.5),
        "unanswerable": float(point[LABELS.index("hallu")]),
        "its from": _end(without, 2.5),
        "its to": _end(without, 97.5),
    }


def _end(values: Floats, percent: float) -> float:
    return float(np.percentile(values, percent))


def _sums(data: Replay, gained: Floats) -> tuple[Floats, Floats]:
    """Add up by document and label, and count."""
    documents = np.unique(data.documents)
    cells = [
        [(data.documents == document) & (data.labels == label) for label in LABELS]
        for document in documents
    ]
    sums = np.array([[gained[cell].sum() for cell in row] for row in cells])
    counts = np.array([[float(cell.sum()) for cell in row] for row in cells])
    return sums, counts
