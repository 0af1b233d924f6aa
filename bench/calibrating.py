"""Fit the evidence estimate: what `retrieval/planner/calibration.py` holds, from messages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from bench.workload import Message
from retrieval.model import PartFound
from retrieval.planner.calibration import Calibration, Logistic, Scores, Stretch, hinged
from retrieval.planner.curve import (
    answerable_columns,
    hazard_columns,
    relevance_columns,
)
from retrieval.planner.traits import PASSAGE, WHOLE, Floats, traits_of

BUDGETS = (1_000, 2_000, 4_000, 8_000)
_KNOTS = (0.1, 0.3, 0.5, 0.7, 0.9)
_RIDGES = {"relevance": 30.0, "hazard": 40.0, "answerable": 100.0}
_BENT = 17 + len(WHOLE)
"""Columns of the hazard that may bend: its own and those of the whole search."""
_STEPS = 25
ANSWERED, GONE, LABELLED, OFF_TOPIC = "answerable", "gold taken out", "labelled", "off topic"
FEW, FEW_GONE = "few pages", "few pages, gold gone"
_ANSWERED = (ANSWERED, FEW)
_SHARES = (((ANSWERED, FEW), 0.85), ((GONE, FEW_GONE, LABELLED), 0.11), ((OFF_TOPIC,), 0.04))
"""What the kinds weigh in each set: about one question in seven has no answer."""
_UNREAD = frozenset(
    ("cosine_floor", "asked_words", "names", "wide", "pages", "cosine_gap_5", "bm25_gap_5")
)
"""Traits that tell the size of the knowledge or the style of a set, more than an answer."""
_DOUBT = 1.0
"""Of two factors that are each right, the product is."""
_NOTHING = Scores(0.5, 1.0, 0, datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Ask:
    """A question asked of some knowledge, and whether it answers it."""

    set: str
    kind: str
    """answerable, gold taken out, off topic, or labelled (as without an answer, by people);
    "few pages" and "few pages, gold gone" are of small knowledge (`bench/thin.py`)."""
    half: int
    part: PartFound

    @property
    def answerable(self) -> bool:
        return self.kind in _ANSWERED


def calibrate(known: Sequence[Message], asks: Sequence[Ask]) -> Calibration:
    """Fit all on messages whose evidence is known, and on questions with and without answers."""
    single = [one for one in known if one.questions == len(one.parts) == 1]
    counts = Counter(one.set for one in single)
    shares = [counts[one.set] ** -0.5 for one in single]
    relevance = _relevance(single, shares)
    hazard = _hazard(single, shares, relevance)
    answerable = _answerable(asks, relevance)
    return Calibration(
        id="fitted",
        relevance=relevance,
        hazard=hazard,
        answerable=answerable,
        reach=Stretch(),
        answers=Stretch(),
        doubt=_DOUBT,
        beyond=_beyond(single),
        scores=_NOTHING,
    )


def halves(known: Sequence[Message], asks: Sequence[Ask]) -> dict[int, Calibration]:
    """Fit for each half on the other one."""
    return {
        half: calibrate(
            [one for one in known if one.half != half], [one for one in asks if one.half != half]
        )
        for half in (0, 1)
    }


def fit_logistic(
    rows: Floats, truths: Floats, weights: Floats, *, ridge: float, bent: int = 0
) -> Logistic:
    """Fit by Newton's method with a ridge on the standardised columns, the first ones bent."""
    knots = np.quantile(rows[:, :bent], _KNOTS, axis=0).tolist() if bent else []
    rows = hinged(rows, knots)
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(rows)), (rows - mean) / spread])
    weights = weights / weights.mean()
    penalty = np.diag([0.0] + [ridge] * rows.shape[1])
    found = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-design @ found))
        slope = design.T @ (weights * (truths - chance)) - penalty @ found
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design + penalty
        found = found + np.linalg.solve(curve, slope)
    slopes = found[1:] / spread
    return Logistic(
        float(found[0] - slopes @ mean),
        tuple(float(f"{one:.7g}") for one in slopes),
        tuple(tuple(row) for row in knots),
    )


def _relevance(known: Sequence[Message], shares: Sequence[float]) -> Logistic:
    """A passage is relevant where it holds some of what the answer needs."""
    rows, truths, weights = [], [], []
    for message, share in zip(known, shares, strict=True):
        hits = message.parts[0].found.hits
        rows.append(relevance_columns(traits_of(message.parts[0])))
        truths.append([message.holds(hit) for hit in hits])
        weights.append(np.full(len(hits), share))
    return fit_logistic(
        np.vstack(rows),
        np.concatenate(truths),
        np.concatenate(weights),
        ridge=_RIDGES["relevance"],
        bent=len(PASSAGE) + len(WHOLE),
    )


def _hazard(known: Sequence[Message], shares: Sequence[float], relevance: Logistic) -> Logistic:
    """A row for each passage up to the one that completes the evidence."""
    rows, truths, weights = [], [], []
    for message, share in zip(known, shares, strict=True):
        part = message.parts[0]
        traits = traits_of(part)
        chance = relevance.of(relevance_columns(traits))
        order = np.argsort(-chance, kind="stable")
        full = message.full_at([part.found.hits[place] for place in order])
        last = full or len(order)
        rows.append(hazard_columns(traits, chance, order)[:last])
        truths.append(np.arange(1, last + 1) == full)
        weights.append(np.full(last, share))
    return fit_logistic(
        np.vstack(rows),
        np.concatenate(truths),
        np.concatenate(weights),
        ridge=_RIDGES["hazard"],
        bent=_BENT,
    )


def _answerable(asks: Sequence[Ask], relevance: Logistic) -> Logistic:
    rows = []
    for ask in asks:
        traits = traits_of(ask.part)
        rows.append(answerable_columns(traits, relevance.of(relevance_columns(traits))))
    found = np.vstack(rows)
    found[:, [WHOLE.index(name) for name in _UNREAD]] = 0.0
    truths = np.array([ask.answerable for ask in asks], float)
    return fit_logistic(found, truths, weights_of(asks), ridge=_RIDGES["answerable"])


def weights_of(asks: Sequence[Ask]) -> Floats:
    """Weigh all sets alike, and in each the kinds by their shares of what is asked."""
    shares = {kind: (kinds, share) for kinds, share in _SHARES for kind in kinds}
    counts = Counter((ask.set, shares[ask.kind][0]) for ask in asks)
    found = np.array([shares[a.kind][1] / counts[a.set, shares[a.kind][0]] for a in asks])
    return np.asarray(found / found.mean())


def _beyond(known: Sequence[Message]) -> float:
    """Give how often the pages of the hits hold what the hits themselves do not."""
    open_ = [one for one in known if one.full_at(one.whole.hits) is None]
    pages = [{hit.passage.ref for hit in one.whole.hits} for one in open_]
    held = [{page for page, _ in one.gold} <= had for one, had in zip(open_, pages, strict=True)]
    return round((sum(held) + 1) / (len(held) + 2), 3)
