"""Fuse a dense and a sparse list into one, the same way every time."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.model import PointId, Scored

DENSE_WEIGHT = 0.55
"""Chosen on covid-faq and nq-oracle alone; docs/retrieval.md has the figures."""


@dataclass(frozen=True, slots=True)
class Fused:
    """A point with its fused score, 0 to 1."""

    id: PointId
    score: float


def fuse(
    dense: Sequence[Scored], sparse: Sequence[Scored], *, dense_weight: float = DENSE_WEIGHT
) -> tuple[Fused, ...]:
    """Weigh the two scores of each point, best first; ties go by point id.

    Each list's scores are stretched from 0 for its last point to 1 for its first, and a
    point that a list does not hold counts as its last: the convex combination of Bruch,
    Gai and Ingber (2022), which keeps how far apart the scores lie where ranks lose it.
    """
    scores: dict[PointId, float] = {}
    for ranked, weight in ((dense, dense_weight), (sparse, 1.0 - dense_weight)):
        if not ranked:
            continue
        lowest = ranked[-1].score
        spread = ranked[0].score - lowest
        for scored in ranked:
            stretched = (scored.score - lowest) / spread if spread > 0 else 1.0
            scores[scored.id] = scores.get(scored.id, 0.0) + weight * stretched
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0].bytes))
    return tuple(Fused(point, score) for point, score in ordered)
