"""Fuse a dense and a sparse list into one, the same way every time."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.model import PointId, Scored

DEPTH = 30
"""Points asked of each list; fusing needs more than a search returns."""
_DENSE_SPAN = 0.5
"""Share of the way from a list's last cosine to 1 that counts as one."""
_SPARSE_SPAN = 12.0
"""BM25 sums apart that count as one; both spans were chosen together, see docs/retrieval.md."""


@dataclass(frozen=True, slots=True)
class Fused:
    """A point with its fused score, 0 or more."""

    id: PointId
    score: float


def fuse(
    dense: Sequence[Scored],
    sparse: Sequence[Scored],
    depth: int = DEPTH,
    *,
    dense_share: float = 1.0,
) -> tuple[Fused, ...]:
    """Add up how far each point stands above what its lists left out; ties go by point id.

    A list counts by how far apart its own scores lie: BM25 sums lie far apart where a rare
    word or a name decides, cosines where one passage is about the very thing. Cosines are
    taken relative to 1, because models differ in where theirs begin. A list shorter than
    `depth` left out only what has a BM25 sum of nothing. `dense_share` is what cosines count
    where the model does not understand the question.
    """
    scores: dict[PointId, float] = {}
    if dense:
        floor = dense[-1].score
        span = max((1.0 - floor) * _DENSE_SPAN, 1e-9)
        for one in dense:
            scores[one.id] = dense_share * (one.score - floor) / span
    floor = sparse[-1].score if len(sparse) >= depth else 0.0
    for one in sparse:
        scores[one.id] = scores.get(one.id, 0.0) + (one.score - floor) / _SPARSE_SPAN
    return in_order(scores)


def in_order(scores: dict[PointId, float]) -> tuple[Fused, ...]:
    """Put points by score, best first, and ties by id."""
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0].bytes))
    return tuple(Fused(point, score) for point, score in ordered)
