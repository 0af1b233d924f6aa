"""Questions that mean the same come together, in whatever order they are asked."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

import numpy as np
import pytest

from ingest.model import Vector
from ingest.topics import TopicCentre, TopicState
from retrieval.gaps.cluster import Arrangement, Nearness, Outlook, arrange, mean_of, together

NEAR = Outlook(Nearness(0.6, 0.65))
X, Y = np.eye(4, dtype=np.float32)[:2]


def between(share: float, toward: Vector = X, other: Vector = Y) -> Vector:
    """Give a unit vector whose cosine to `toward` is the share."""
    return np.asarray(share * toward + np.sqrt(1 - share**2) * other, np.float32)


def ids(first: str = "n") -> Iterator[str]:
    return (f"{first}{number}" for number in count(1))


def arranged(
    questions: Mapping[str, Vector], *centres: TopicCentre, first: str = "n"
) -> Arrangement:
    names = ids(first)
    return arrange(questions, centres, lambda: next(names), NEAR)


def centre(
    id_: str, vector: Vector, weight: int = 1, state: TopicState = TopicState.OPEN
) -> TopicCentre:
    return TopicCentre(id_, state, vector, 1.0, weight)


def crowd(seed: int = 0, size: int = 40) -> tuple[list[Vector], list[int]]:
    """Draw questions of four topics, which lie apart."""
    rng = np.random.default_rng(seed)
    middles = np.linalg.qr(rng.normal(size=(32, 4)))[0].T
    kinds = [number % 4 for number in range(size)]
    drawn = [middles[kind] + rng.normal(scale=0.08, size=32) for kind in kinds]
    return [np.asarray(one / np.linalg.norm(one), np.float32) for one in drawn], kinds


def parts(topic: Mapping[str, str]) -> set[frozenset[str]]:
    return {frozenset(q for q in topic if topic[q] == one) for one in set(topic.values())}


def test_a_question_joins_the_topic_that_it_resembles_most() -> None:
    found = arranged({"q": between(0.9)}, centre("x", X), centre("y", Y))
    assert found.topic == {"q": "x"}
    moved = found.centres["x"]
    assert (moved.weight, found.merged) == (2, {})
    assert mean_of(moved) == pytest.approx((X + between(0.9)) / 2, abs=1e-6)


def test_what_resembles_nothing_begins_topics_of_its_own() -> None:
    found = arranged({"a": Y, "b": between(0.9, Y, X), "c": -X}, centre("x", X))
    assert parts(found.topic) == {frozenset("ab"), frozenset("c")}
    assert found.centres.keys() == {"n1", "n2"}
    assert found.centres["n1"].weight == 2


def test_a_loose_topic_is_joined_by_less_than_a_tight_one() -> None:
    loose = TopicCentre("x", TopicState.OPEN, X, 0.7, 9)
    assert arranged({"q": between(0.8)}, loose).topic == {"q": "n1"}
    assert arranged({"q": between(0.8)}, centre("x", X, 9)).topic == {"q": "x"}


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_asking_changes_nothing(seed: int) -> None:
    vectors, kinds = crowd()
    named = {f"q{number}": vector for number, vector in enumerate(vectors)}
    mixed = [f"q{number}" for number in np.random.default_rng(seed).permutation(len(vectors))]
    expected = {
        frozenset(f"q{n}" for n, kind in enumerate(kinds) if kind == one) for one in set(kinds)
    }
    assert parts(arranged({name: named[name] for name in mixed}).topic) == expected


@pytest.mark.parametrize("size", [1, 3, 10])
def test_small_batches_come_to_the_same_as_a_large_one(size: int) -> None:
    vectors, kinds = crowd()
    centres: dict[str, TopicCentre] = {}
    topic: dict[str, str] = {}
    for start in range(0, len(vectors), size):
        batch = {f"q{n}": vectors[n] for n in range(start, min(start + size, len(vectors)))}
        found = arranged(batch, *centres.values(), first=f"t{start}-")
        topic = {q: found.merged.get(one, one) for q, one in {**topic, **found.topic}.items()}
        centres = {**centres, **found.centres}
        for gone in found.merged:
            centres.pop(gone, None)
    assert parts(topic) == {
        frozenset(f"q{n}" for n, kind in enumerate(kinds) if kind == one) for one in set(kinds)
    }
    assert sum(one.weight for one in centres.values()) == len(vectors)


def test_topics_that_come_close_become_one_under_the_larger_name() -> None:
    small, large = centre("a", between(0.62)), centre("b", X, 5)
    found = arranged({"q": between(0.9)}, small, large)
    assert found.topic == {"q": "b"}
    assert found.merged == {"a": "b"}
    assert [(one.id, one.weight) for one in found.centres.values()] == [("b", 7)]


@pytest.mark.parametrize("state", [TopicState.DISMISSED, TopicState.RESOLVED])
def test_a_closed_topic_takes_questions_and_is_merged_into_none(state: TopicState) -> None:
    closed = centre("a", between(0.7), state=state)
    assert arranged({"q": between(0.7)}, closed).topic == {"q": "a"}
    found = arranged({"q": X}, closed, centre("b", X, 5))
    assert (found.topic, found.merged) == ({"q": "b"}, {})


def test_what_all_pages_speak_of_makes_no_two_questions_alike() -> None:
    _, _, product, other = np.eye(4, dtype=np.float32)
    sells, seeks = between(0.6, X, product), between(0.6, Y, product)
    sold = between(0.95, sells, other)
    asked = {"sells": sells, "seeks": seeks}
    seen = Outlook.around(0.8 * product)
    names = ids()
    assert len(set(arrange(asked, [], lambda: next(names), Outlook()).topic.values())) == 1
    first = arrange(asked, [], lambda: next(names), seen)
    assert len(set(first.topic.values())) == 2
    again = arrange({"sold": sold}, list(first.centres.values()), lambda: next(names), seen)
    assert again.topic == {"sold": first.topic["sells"]}


def test_seen_from_the_middle_equal_questions_stay_equal() -> None:
    seen = Outlook.around(X * np.float32(0.5))
    names = ids()
    found = arrange({"a": X, "b": between(0.5)}, [centre("x", X, 9)], lambda: next(names), seen)
    assert found.topic["a"] == "x" != found.topic["b"]
    assert arrange({"a": X * 0.5}, [], lambda: "n", seen).topic == {"a": "n"}


def test_nothing_asked_changes_nothing() -> None:
    assert arranged({}, centre("x", X)) == Arrangement({}, {}, {})


def test_groups_are_those_of_average_linkage() -> None:
    # A chain: neighbours are near, its ends are not.
    angles = np.deg2rad([0, 40, 80])
    chain = np.array([[np.cos(a), np.sin(a)] for a in angles], np.float32)
    assert together(chain, 0.6) == [[0, 1], [2]]
    assert together(chain, 0.45) == [[0, 1, 2]]
    assert together(chain[:0], 0.6) == []


def test_grouping_agrees_with_comparing_all_averages_at_each_step() -> None:
    vectors = np.array(crowd(seed=3, size=24)[0])
    for least in (0.2, 0.6, 0.9):
        assert together(vectors, least) == slowly(vectors, least)


def slowly(vectors: np.ndarray, least: float) -> list[list[int]]:
    groups: list[list[int]] = [[place] for place in range(len(vectors))]

    def average(one: Sequence[int], other: Sequence[int]) -> float:
        return float(np.mean(vectors[list(one)] @ vectors[list(other)].T))

    while len(groups) > 1:
        pairs = [(average(a, b), a, b) for a in groups for b in groups if a < b]
        best, a, b = max(pairs, key=lambda pair: pair[0])
        if best < least:
            break
        groups = [*(one for one in groups if one not in (a, b)), sorted(a + b)]
    return sorted(groups, key=lambda one: (-len(one), one))
