"""How two lists become one."""

from uuid import UUID

from ingest.model import Scored
from retrieval.fusion import fuse


def points(*scores: float) -> tuple[Scored, ...]:
    """Number points from 0 in the order of their scores."""
    return tuple(Scored(UUID(int=at), score) for at, score in enumerate(scores))


def numbers(dense: tuple[Scored, ...], sparse: tuple[Scored, ...], depth: int = 3) -> list[int]:
    return [one.id.int for one in fuse(dense, sparse, depth)]


def turned(of: tuple[Scored, ...], *order: int) -> tuple[Scored, ...]:
    """Give the same scores to other points."""
    return tuple(Scored(UUID(int=at), one.score) for at, one in zip(order, of, strict=True))


def test_a_rare_word_outweighs_cosines_that_lie_close_together() -> None:
    dense, sparse = points(0.62, 0.61, 0.6), turned(points(24.0, 6.0, 5.0), 2, 1, 0)
    assert numbers(dense, sparse) == [2, 1, 0]


def test_a_clear_likeness_outweighs_words_that_every_passage_has() -> None:
    dense, sparse = points(0.8, 0.5, 0.4), turned(points(2.2, 2.1, 2.0), 2, 1, 0)
    assert numbers(dense, sparse) == [0, 1, 2]


def test_cosines_that_begin_high_count_like_those_that_begin_low() -> None:
    low = fuse(points(0.75, 0.5, 0.0), (), 3)
    high = fuse(points(0.95, 0.9, 0.8), (), 3)
    assert [round(one.score, 6) for one in low] == [round(one.score, 6) for one in high]


def test_the_only_passage_with_a_word_stands_above_those_without() -> None:
    assert numbers(points(0.5, 0.5, 0.5), turned(points(4.0), 2)) == [2, 0, 1]


def test_ties_go_by_point_id() -> None:
    assert numbers(turned(points(1.0, 1.0), 7, 3), ()) == [3, 7]


def test_nothing_found_is_nothing() -> None:
    assert fuse((), ()) == ()
