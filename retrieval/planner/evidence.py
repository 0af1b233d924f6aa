"""Judge whether what a pack holds answers the question.

The estimate has two factors: that the knowledge answers the question at all, read from the
shape of its search, and that the pack holds all of the answer, read from the curve
(`retrieval/planner/curve.py`). Both were fitted on public sets and come with their scores
(`retrieval/planner/calibration.json`); docs/results has what they tell and what they do not.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.model import DocumentId, PointId
from retrieval.model import Curve, Evidence, Hit, PartFound
from retrieval.planner.calibration import Calibration

DEFAULT_THRESHOLD = 0.55
"""Least probability of sufficient evidence, for a single question. Chosen on held-out halves
so that about one in twenty questions with an answer is called weak."""
LOST_IN_PARSING = 0.02
"""Share of what a source says that its text does not, by the extraction benches."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a pack holds, where that is not the beginning of the curve."""

    passages: Collection[PointId] = field(default=frozenset())
    documents: Collection[DocumentId] = field(default=frozenset())
    """Held whole."""


def judge_evidence(
    parts: Sequence[PartFound], curve: Curve, taken: int, threshold: float
) -> Evidence:
    """Judge a pack of the curve's first `taken` hits, and name the parts that it leaves open."""
    own = [one[taken] for one in curve.parts]
    return _judged(parts, curve.probability[taken], own, threshold)


def judge_pack(
    parts: Sequence[PartFound],
    curve: Curve,
    calibration: Calibration,
    held: Held,
    threshold: float,
) -> Evidence:
    """Judge a pack that is no beginning of the curve."""
    own = _own(curve, calibration, held)
    return _judged(parts, _together(curve, own), own, threshold)


def judge_whole(parts: Sequence[PartFound], curve: Curve, threshold: float) -> Evidence:
    """Judge a pack that holds the whole knowledge."""
    own = [one[-1] * _rest(curve) * (1.0 - LOST_IN_PARSING) for one in curve.parts]
    return _judged(parts, whole_probability(curve), own, threshold)


def threshold_of(parts: int, threshold: float) -> float:
    """Give what a message has to reach, where `threshold` is what a single question has to.

    As much for each of its parts: a message of four holds all less often than one of one.
    """
    return float(threshold**parts)


def pack_probability(curve: Curve, calibration: Calibration, held: Held) -> float:
    """Give the probability that a pack which is no beginning of the curve holds all evidence."""
    return _together(curve, _own(curve, calibration, held))


def whole_probability(curve: Curve) -> float:
    """Give the probability that the whole knowledge holds all evidence."""
    return curve.answerable * (1.0 - LOST_IN_PARSING)


def _judged(
    parts: Sequence[PartFound],
    probability: float,
    own: Sequence[float],
    threshold: float,
) -> Evidence:
    several = len(parts) > 1  # a single question is judged as a whole
    missing = tuple(
        part.text for part, its in zip(parts, own, strict=True) if several and its < threshold
    )
    enough = probability >= threshold_of(len(parts), threshold)
    return Evidence(round(probability, 4), enough, missing)


def _own(curve: Curve, calibration: Calibration, held: Held) -> list[float]:
    """Give each part's own probability.

    What a part gains at a hit counts where the pack holds that hit; of what no hit gives,
    pages that are held whole have their share, as large as what their hits give.
    """
    holds = np.array([_holds(held, hit) for hit in curve.hits], float)
    whole = np.array([hit.passage.document in held.documents for hit in curve.hits], float)
    beyond = calibration.beyond * (_rest(curve) - 1.0)
    return [
        float(gains @ holds + beyond * (gains @ whole))
        for gains in (np.diff(own) for own in curve.parts)
    ]


def _together(curve: Curve, own: Sequence[float]) -> float:
    """Put the parts together as the curve does where all its hits are taken."""
    ends = math.prod(one[-1] for one in curve.parts)
    scale = curve.probability[-1] / ends if ends else 0.0
    return min(math.prod(own) * scale, curve.answerable)


def _rest(curve: Curve) -> float:
    """Say how often more the knowledge answers a part than its hits do."""
    last = curve.probability[-1]
    return (curve.answerable / last) ** (1.0 / len(curve.parts)) if last else 1.0


def _holds(held: Held, hit: Hit) -> bool:
    return hit.passage.id in held.passages or hit.passage.document in held.documents
