"""Fuse a dense and a sparse list into one, the same way every time."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.model import PointId, Scored

RRF_K = 10
DENSE_WEIGHT = 0.5
"""Both chosen on covid-faq and nq-oracle alone: see docs/retrieval.md and bench/quality.py."""


@dataclass(frozen=True, slots=True)
class Fused:
    """A point with its fused score, in (0, 1]."""

    id: PointId
    score: float


def fuse(
    dense: Sequence[Scored],
    sparse: Sequence[Scored],
    *,
    dense_weight: float = DENSE_WEIGHT,
    k: int = RRF_K,
) -> tuple[Fused, ...]:
    """Weigh reciprocal ranks (Cormack et al. 2009), best first; ties go by point id.

    Ranks count from 1, so a point that leads both lists scores (k + 1) / (k + 1) = 1.
    """
    scores: dict[PointId, float] = {}
    for ranked, weight in ((dense, dense_weight), (sparse, 1.0 - dense_weight)):
        for rank, scored in enumerate(ranked, start=1):
            share = weight * (k + 1) / (k + rank)
            scores[scored.id] = scores.get(scored.id, 0.0) + share
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0].bytes))
    return tuple(Fused(point, score) for point, score in ordered)
