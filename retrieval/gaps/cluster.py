"""Put questions into topics by what they mean.

A question joins the topic whose questions it resembles most on average; what joins none is
put together bottom-up by the same measure (average linkage), and so are whole topics that
have come close. A topic needs no more memory than the mean of its vectors for that: the mean
cosine between all questions of two topics is the product of their means. docs/results/gaps.md
has what chose the numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.model import Vector, Vectors
from ingest.topics import TopicCentre, TopicState

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Nearness:
    """Least mean cosines, for the default model; docs/results/gaps.md."""

    joins: float = 0.6
    """Of a question to a topic's questions, or of new questions to one another."""
    merges: float = 0.7
    """Of two topics' questions."""


CHOSEN = Nearness()


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
    by: Nearness = CHOSEN,
) -> Arrangement:
    """Put questions into topics, old or new; ties go to what comes first."""
    topic = _joined(questions, centres, by.joins)
    rest = [question for question in questions if question not in topic]
    for group in together(np.array([questions[one] for one in rest], np.float32), by.joins):
        topic |= dict.fromkeys([rest[place] for place in group], new_id())
    moved = _moved(questions, topic, {one.id: one for one in centres})
    merged = _merge(moved, {one.id: one for one in centres}, by.merges)
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
    questions: Mapping[str, Vector], centres: Sequence[TopicCentre], least: float
) -> dict[str, str]:
    if not questions or not centres:
        return {}
    means = np.array([mean_of(one) for one in centres])
    near = np.array(list(questions.values())) @ means.T
    best = near.argmax(axis=1)
    return {
        question: centres[place].id
        for question, place, row in zip(questions, best.tolist(), near, strict=True)
        if row[place] >= least
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
    moved: dict[str, TopicCentre], known: Mapping[str, TopicCentre], least: float
) -> dict[str, str]:
    """Merge topics that moved close to another, and say which went into which.

    One that somebody closed is left alone: what is asked of it anew was put into it already.
    """
    open_ = {one: at for one, at in {**known, **moved}.items() if at.state is TopicState.OPEN}
    merged: dict[str, str] = {}
    waiting = [one for one in moved if one in open_]
    while waiting:
        one = waiting.pop()
        other = _nearest(open_, one, least) if one in open_ else None
        if other is None:
            continue
        kept, gone = _elder(open_[one], open_[other])
        open_[kept.id] = moved[kept.id] = _united(kept, gone)
        del open_[gone.id]
        moved.pop(gone.id, None)
        merged[gone.id] = kept.id
        waiting.append(kept.id)
    return {gone: _end_of(merged, gone) for gone in merged}


def _nearest(open_: Mapping[str, TopicCentre], one: str, least: float) -> str | None:
    others = [other for other in open_ if other != one]
    if not others:
        return None
    near = np.array([mean_of(open_[other]) for other in others]) @ mean_of(open_[one])
    best = int(near.argmax())
    return others[best] if near[best] >= least else None


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
