"""Put questions into topics by what they mean.

A question joins the topic whose questions it resembles most on average; what joins none is
put together bottom-up by the same measure (average linkage), and so are whole topics that
have come close. A topic needs no more memory than the mean of its vectors for that: the mean
cosine between all questions of two topics is the product of their means.

What all pages speak of, such as the name of the product, makes all questions alike: vectors are
compared as seen from the middle of the knowledge, where there is enough of it. Topics keep their
means as they are, so that the middle may move. docs/results/gaps.md has what chose the numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.model import Vector, Vectors
from ingest.topics import TopicCentre, TopicState

Floats = NDArray[np.float32]

_LEAST = 1e-6
"""What nothing is divided by less than."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """Least mean cosines, for the default model; docs/results/gaps.md."""

    joins: float
    """Of a question to a topic's questions, or of new questions to one another."""
    merges: float
    """Of two topics' questions."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """From where vectors are compared, and what counts as near there."""

    near: Nearness = Nearness(0.6, 0.7)
    middle: Vector | None = None
    """None: from the origin."""

    @classmethod
    def around(cls, middle: Vector | None) -> "Outlook":
        """Look from the middle of the knowledge, where it is known."""
        return cls() if middle is None else cls(Nearness(0.5, 0.6), middle)

    def of(self, vectors: Vectors) -> Vectors:
        """Give unit vectors as they are seen from there."""
        if self.middle is None:
            return vectors
        away = vectors - self.middle
        lengths = np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), _LEAST)
        return np.asarray(away / lengths, np.float32)

    def mean(self, centre: TopicCentre) -> Vector:
        """Give the mean of a topic's vectors, over their root mean square length from there."""
        mean = mean_of(centre)
        if self.middle is None:
            return mean
        square = 1.0 - 2.0 * float(mean @ self.middle) + float(self.middle @ self.middle)
        return np.asarray((mean - self.middle) / max(square, _LEAST) ** 0.5, np.float32)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where questions belong, and what became of topics by it."""

    topic: Mapping[str, str]
    """Of each question."""
    centres: Mapping[str, TopicCentre]
    """Of new topics and of those that moved."""
    merged: Mapping[str, str]
    """Topics that are no more, and into which they went."""


def arrange(
    questions: Mapping[str, Vector],
    centres: Sequence[TopicCentre],
    new_id: Callable[[], str],
    seen: Outlook,
) -> Arrangement:
    """Put questions into topics, old or new; ties go to what comes first."""
    topic = _joined(questions, centres, seen)
    rest = [question for question in questions if question not in topic]
    alone = np.array([questions[one] for one in rest], np.float32)
    for group in together(seen.of(alone) if rest else alone, seen.near.joins):
        topic |= dict.fromkeys([rest[place] for place in group], new_id())
    moved = _moved(questions, topic, {one.id: one for one in centres})
    merged = _merge(moved, {one.id: one for one in centres}, seen)
    into = {question: merged.get(one, one) for question, one in topic.items()}
    return Arrangement(into, moved, merged)


def together(vectors: Vectors, least: float) -> list[list[int]]:
    """Group vectors by average linkage as long as that is at least so much, largest first.

    Takes the square of their number in memory.
    """
    if not len(vectors):
        return []
    near = vectors @ vectors.T
    np.fill_diagonal(near, -1.0)
    groups = [[place] for place in range(len(vectors))]
    partner = near.argmax(axis=1)
    best = near[np.arange(len(near)), partner]
    while (best_of := int(best.argmax())) >= 0 and best[best_of] >= least:
        kept, gone = sorted((best_of, int(partner[best_of])))
        _unite(near, groups, kept, gone)
        # An average exceeds neither of its two: who was nearest to another one still is.
        stale = np.flatnonzero((partner == kept) | (partner == gone))
        for row in {*stale.tolist(), kept, gone}:
            partner[row] = near[row].argmax()
            best[row] = near[row, partner[row]]
    return sorted((sorted(group) for group in groups if group), key=lambda one: (-len(one), one))


def mean_of(centre: TopicCentre) -> Vector:
    """Give the mean of a topic's vectors."""
    return np.asarray(centre.vector * np.float32(centre.length), np.float32)


def _unite(near: Floats, groups: list[list[int]], kept: int, gone: int) -> None:
    mine, theirs = len(groups[kept]), len(groups[gone])
    row = (near[kept] * mine + near[gone] * theirs) / (mine + theirs)
    # Nothing is near to what is no more, nor to itself.
    row[near[kept] == -1.0] = -1.0
    row[[kept, gone]] = -1.0
    near[kept], near[:, kept] = row, row
    near[gone], near[:, gone] = -1.0, -1.0
    groups[kept] += groups[gone]
    groups[gone] = []


def _joined(
    questions: Mapping[str, Vector], centres: Sequence[TopicCentre], seen: Outlook
) -> dict[str, str]:
    if not questions or not centres:
        return {}
    means = np.array([seen.mean(one) for one in centres])
    near = seen.of(np.array(list(questions.values()))) @ means.T
    best = near.argmax(axis=1)
    return {
        question: centres[place].id
        for question, place, row in zip(questions, best.tolist(), near, strict=True)
        if row[place] >= seen.near.joins
    }


def _moved(
    questions: Mapping[str, Vector], topic: Mapping[str, str], known: Mapping[str, TopicCentre]
) -> dict[str, TopicCentre]:
    members: dict[str, list[Vector]] = {}
    for question, one in topic.items():
        members.setdefault(one, []).append(questions[question])
    return {one: _with(known.get(one), one, vectors) for one, vectors in members.items()}


def _with(before: TopicCentre | None, topic: str, vectors: Sequence[Vector]) -> TopicCentre:
    total = np.sum(np.array(vectors, np.float64), axis=0)
    weight = len(vectors)
    if before is not None:
        total += mean_of(before).astype(np.float64) * before.weight
        weight += before.weight
    return _centre(topic, before.state if before else TopicState.OPEN, total / weight, weight)


def _centre(topic: str, state: TopicState, mean: NDArray[np.float64], weight: int) -> TopicCentre:
    length = float(np.linalg.norm(mean))
    unit = np.asarray(mean / length if length else mean, np.float32)
    return TopicCentre(topic, state, unit, length, weight)


def _merge(
    moved: dict[str, TopicCentre], known: Mapping[str, TopicCentre], seen: Outlook
) -> dict[str, str]:
    """Merge topics that moved close to another, and say which went into which.

    One that somebody closed is left alone: what is asked of it anew was put into it already.
    """
    open_ = {one: at for one, at in {**known, **moved}.items() if at.state is TopicState.OPEN}
    merged: dict[str, str] = {}
    waiting = [one for one in moved if one in open_]
    while waiting:
        one = waiting.pop()
        other = _nearest(open_, one, seen) if one in open_ else None
        if other is None:
            continue
        kept, gone = _elder(open_[one], open_[other])
        open_[kept.id] = moved[kept.id] = _united(kept, gone)
        del open_[gone.id]
        moved.pop(gone.id, None)
        merged[gone.id] = kept.id
        waiting.append(kept.id)
    return {gone: _end_of(merged, gone) for gone in merged}


def _nearest(open_: Mapping[str, TopicCentre], one: str, seen: Outlook) -> str | None:
    others = [other for other in open_ if other != one]
    if not others:
        return None
    near = np.array([seen.mean(open_[other]) for other in others]) @ seen.mean(open_[one])
    best = int(near.argmax())
    return others[best] if near[best] >= seen.near.merges else None


def _elder(one: TopicCentre, other: TopicCentre) -> tuple[TopicCentre, TopicCentre]:
    """Give first the one that keeps its name: the larger, and of equal ones the first by id."""
    first, second = sorted((one, other), key=lambda centre: (-centre.weight, centre.id))
    return first, second


def _united(kept: TopicCentre, gone: TopicCentre) -> TopicCentre:
    total = mean_of(kept).astype(np.float64) * kept.weight + mean_of(gone) * gone.weight
    weight = kept.weight + gone.weight
    return _centre(kept.id, kept.state, total / weight, weight)


def _end_of(merged: Mapping[str, str], topic: str) -> str:
    while topic in merged:
        topic = merged[topic]
    return topic
