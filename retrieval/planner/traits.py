"""What a found passage looks like in numbers, and what its whole search does.

Nothing here depends on how many hits were asked for more than it must: scores count from the
best and from what a list left out, words by how few of the passages hold them.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from ingest.model import Scored
from retrieval.fusion import DEPTH
from retrieval.model import Hit, PartFound
from retrieval.signals import beginning_of, own_words

Floats = NDArray[np.float64]

PASSAGE = (
    *("log_rank", "score", "score_gap", "cosine", "cosine_gap", "cosine_above", "bm25"),
    *("bm25_gap", "in_dense", "in_sparse", "covers", "covers_new", "covered_before", "beside"),
    *("of_its_page_before", "page_best", "page_share", "length", "begins_page", "place"),
)
WHOLE = (
    *("best_cosine", "cosine_lead", "cosine_gap_1", "cosine_gap_5", "best_bm25", "bm25_a_word"),
    *("bm25_gap_1", "bm25_gap_5", "score_gap_1", "score_gap_3", "score_gap_10", "best_score"),
    *("agreement", "words", "absent", "best_cover", "cover_3", "cover_10", "same_best", "pages"),
    *("cosine_floor", "asked_words", "names", "absent_names", "unheld", "wide"),
)
_BETWEEN = "\n"
"""Between two texts: no part of a word."""
_TYPICAL = 200
"""Tokens of a passage."""
_BM25_SPAN = 12.0


@dataclass(frozen=True, slots=True)
class Traits:
    """A search in numbers: a row a hit, in its order, and one row for all."""

    passages: Floats
    """As many columns as PASSAGE names."""
    whole: Floats
    """As many numbers as WHOLE names."""


def traits_of(part: PartFound) -> Traits:
    """Measure one part's search; it must have found something."""
    hits, lists = part.found.hits, part.found.lists
    words = _words(part.text, hits)
    scores = np.array([hit.score for hit in hits])
    dense, sparse = _List.of(lists.dense, -1.0), _List.of(lists.sparse, 0.0)
    rows = np.column_stack(
        [
            np.log(np.arange(1, len(hits) + 1)),
            scores,
            scores[0] - scores,
            *_places(dense, sparse, hits),
            words.covers,
            np.diff(words.covered),
            words.covered[:-1],
            *_neighbourhood(hits, scores),
        ]
    )
    return Traits(rows, np.array(_whole(part, scores, words, dense, sparse)))


# --- words ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Words:
    """How much of a question's own words the passages hold; rare words count more."""

    covers: Floats
    """Each passage by itself."""
    covered: Floats
    """The first n together, from none."""
    absent: float
    """Share of what no passage holds."""
    absent_names: float
    """Names of the question, words written large inside it, that no passage holds."""
    names: float
    count: int


def _words(question: str, hits: Sequence[Hit]) -> _Words:
    words = sorted(own_words(question))
    texts = [f"{hit.passage.context}\n{hit.passage.text}".casefold() for hit in hits]
    held = _held(words, texts)
    weights = np.log((len(hits) + 1) / (held.sum(axis=1) + 0.5))
    weights /= max(weights.sum(), 1e-9)
    missing = {word for word, found in zip(words, held, strict=True) if not found.any()}
    named = [own_words(word) for word in question.split()[1:] if word[:1].isupper()]
    names = {stem for stems in named for stem in stems}
    together = np.maximum.accumulate(held, axis=1)
    return _Words(
        covers=weights @ held,
        covered=np.concatenate([[0.0], weights @ together]),
        absent=float(sum(w for w, found in zip(weights, held, strict=True) if not found.any())),
        absent_names=len(names & missing) / max(len(names), 1),
        names=len(names) / max(len(words), 1),
        count=len(words),
    )


def _held(words: Sequence[str], texts: Sequence[str]) -> Floats:
    """Say in which texts a word begins so: a row a word, a column a text.

    Looking through all texts as one is three times as quick as through each of them.
    """
    joined = _BETWEEN.join(texts)
    ends = list(accumulate(len(text) + 1 for text in texts))
    held = np.zeros((len(words), len(texts)))
    for row, word in zip(held, words, strict=True):
        at = beginning_of(joined, word, 0)
        while at >= 0:
            place = bisect_right(ends, at)
            row[place] = 1.0
            at = beginning_of(joined, word, ends[place])
    return held


# --- lists ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _List:
    """One of the two lists; what it does not hold counts as its floor."""

    scores: tuple[float, ...]
    by_point: Mapping[int, float]
    """By the number that an id is: an id's own hash takes longer than all else here."""
    floor: float

    @classmethod
    def of(cls, ranked: Sequence[Scored], least: float) -> "_List":
        whole = least == 0.0 and len(ranked) < DEPTH
        floor = ranked[-1].score if ranked and not whole else max(least, 0.0)
        return cls(tuple(one.score for one in ranked), {o.id.int: o.score for o in ranked}, floor)

    def at(self, place: int) -> float:
        return self.scores[min(place, len(self.scores) - 1)] if self.scores else 0.0

    def ahead(self, place: int) -> float:
        return self.at(0) - self.at(place)

    def of_points(self, points: Sequence[int]) -> Floats:
        return np.array([self.by_point.get(point, self.floor) for point in points])

    def holds(self, points: Sequence[int]) -> Floats:
        return np.array([point in self.by_point for point in points], float)


def _places(dense: _List, sparse: _List, hits: Sequence[Hit]) -> list[Floats]:
    points = [hit.passage.id.int for hit in hits]
    cosines, sums = dense.of_points(points), sparse.of_points(points)
    return [
        cosines,
        dense.at(0) - cosines,
        (cosines - dense.floor) / max(1.0 - dense.floor, 1e-9),
        sums / _BM25_SPAN,
        (sparse.at(0) - sums) / _BM25_SPAN,
        dense.holds(points),
        sparse.holds(points),
    ]


# --- neighbours -------------------------------------------------------------------


def _neighbourhood(hits: Sequence[Hit], scores: Floats) -> list[Floats]:
    listed = scores.tolist()
    documents = [hit.passage.document for hit in hits]
    ordinals = [hit.passage.ordinal for hit in hits]
    places = dict(zip(zip(documents, ordinals, strict=True), listed, strict=True))
    beside = [
        max(places.get((one, at - 1), 0.0), places.get((one, at + 1), 0.0))
        for one, at in zip(documents, ordinals, strict=True)
    ]
    best: dict[str, float] = {}
    share: dict[str, float] = {}
    before, seen = [], dict[str, int]()
    for one, score in zip(documents, listed, strict=True):
        before.append(seen.get(one, 0))
        seen[one] = before[-1] + 1
        best[one] = max(best.get(one, 0.0), score)
        share[one] = share.get(one, 0.0) + score
    total = max(float(scores.sum()), 1e-9)
    lengths = np.array([max(len(hit.passage.text) / 4, 1.0) for hit in hits])
    at = np.array(ordinals, float)
    return [
        np.array(beside) - scores,
        np.log1p(before),
        np.array([best[one] for one in documents]),
        np.array([share[one] for one in documents]) / total,
        np.log(lengths / _TYPICAL),
        (at == 0).astype(float),
        np.log1p(at),
    ]


# --- the whole search -------------------------------------------------------------


def _whole(
    part: PartFound, scores: Floats, words: _Words, dense: _List, sparse: _List
) -> list[float]:
    hits, signals = part.found.hits, part.signals
    others = dense.scores[1:10]
    asked = part.text.split()
    last = len(scores) - 1
    best = dense.by_point and sparse.by_point
    same = best and next(iter(dense.by_point)) == next(iter(sparse.by_point))
    return [
        dense.at(0),
        dense.at(0) - sum(others) / len(others) if others else 0.0,
        dense.ahead(1),
        dense.ahead(5),
        sparse.at(0) / _BM25_SPAN,
        sparse.at(0) / max(words.count, 1) / 4,
        sparse.ahead(1) / _BM25_SPAN,
        sparse.ahead(5) / _BM25_SPAN,
        float(scores[0] - scores[min(1, last)]),
        float(scores[0] - scores[min(3, last)]),
        float(scores[0] - scores[min(10, last)]),
        float(scores[0]),
        signals.agreement,
        math.log(max(words.count, 1)),
        words.absent,
        float(words.covers.max()),
        float(words.covered[min(3, last + 1)]),
        float(words.covered[min(10, last + 1)]),
        float(bool(same)),
        len({hit.passage.document for hit in hits[:10]}) / 10,
        dense.floor,
        math.log(max(len(asked), 1)),
        words.names,
        words.absent_names,
        signals.unheld,
        float(not _WIDE.isdisjoint(word.casefold() for word in asked)),
    ]


_WIDE = frozenset(("and", "both", "compare", "difference", "differences", "list", "all", "vs"))
"""Words of questions that one passage seldom answers, in English."""
