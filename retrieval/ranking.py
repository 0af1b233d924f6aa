"""Rank passages by more than their own text: by their title and by what stands beside them."""

from collections.abc import Mapping, Sequence

from ingest.model import PointId
from ingest.reading import LivePassage
from retrieval.fusion import Fused, in_order
from retrieval.signals import own_words, stems

_NAMED = 0.4
"""What a title and headings with all of the question's own words add."""
_PULL = 0.5
"""How far a passage is drawn up to a better one right before or behind it."""


def refine(
    question: str, fused: Sequence[Fused], passages: Mapping[PointId, LivePassage]
) -> tuple[Fused, ...]:
    """Raise what the question names by title or heading, and the neighbours of what is better.

    A neighbour never comes to stand above what draws it, so that long pages gain no lead
    over short ones: the order of pages by their best passage stays as it is.
    """
    named = _named(question, fused, passages)
    places = {_place(passages[point]): score for point, score in named.items()}
    drawn = {}
    for point, score in named.items():
        document, ordinal = _place(passages[point])
        beside = max(
            places.get((document, ordinal - 1), 0.0), places.get((document, ordinal + 1), 0.0)
        )
        drawn[point] = score + _PULL * max(0.0, beside - score)
    return in_order(drawn)


def _named(
    question: str, fused: Sequence[Fused], passages: Mapping[PointId, LivePassage]
) -> dict[PointId, float]:
    words = own_words(question)
    shares: dict[tuple[str, ...], float] = {}
    scores = {}
    for one in fused:
        passage = passages[one.id]
        above = (passage.title, *passage.heading_path)
        if words and above not in shares:
            shares[above] = len(words & stems(" ".join(above))) / len(words)
        scores[one.id] = one.score + _NAMED * shares.get(above, 0.0)
    return scores


def _place(passage: LivePassage) -> tuple[str, int]:
    return passage.document, passage.ordinal
