"""Small decisions: brake, identity of passages, fusion, freshness."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.model import TenantId
from ingest.deletion import braked
from ingest.diff import identify, new_pieces, place, text_hash
from ingest.model import Chunk, DocumentId, Scored
from retrieval.fusion import fuse

ACME = TenantId("acme")
PAGE = DocumentId("page")


@pytest.mark.parametrize(
    ("deleting", "documents", "stops"),
    [
        (0, 0, False),
        (1, 200, False),
        (5, 6, False),
        (6, 20, True),
        (40, 200, False),
        (41, 200, True),
        (1, 1, True),
        (3, 3, True),
        (2, 3, False),
    ],
)
def test_a_suspiciously_large_deletion_stops(deleting: int, documents: int, stops: bool) -> None:
    assert braked(deleting, documents) is stops


def piece(text: str, ordinal: int = 0, start: int = 0) -> Chunk:
    return Chunk(ordinal, start, start + len(text), text, "Help", ("Help",), "", None, None, 5)


def test_the_same_text_keeps_its_point_wherever_it_moves() -> None:
    (before,) = identify(ACME, PAGE, [piece("Refunds take 5 days.")])
    (after,) = identify(ACME, PAGE, [piece("Refunds take 5 days.", 3, 700)])
    assert before.point == after.point
    assert new_pieces([after], {before.point: before.embedded_hash}) == ()


def test_the_same_text_twice_is_two_points() -> None:
    first, second = identify(ACME, PAGE, [piece("Again.", 0), piece("Again.", 1, 10)])
    assert first.point != second.point
    assert first.embedded_hash == second.embedded_hash


def test_points_differ_between_documents_and_tenants() -> None:
    points = {
        identify(tenant, document, [piece("Same words.")])[0].point
        for tenant in (ACME, TenantId("globex"))
        for document in (PAGE, DocumentId("other"))
    }
    assert len(points) == 4


def test_a_moved_passage_makes_another_revision() -> None:
    here = place(identify(ACME, PAGE, [piece("Words.", 0, 0)]))
    there = place(identify(ACME, PAGE, [piece("Words.", 0, 2)]))
    assert text_hash("Words.", here) != text_hash("  Words.", there)


def scored(*names: int) -> tuple[Scored, ...]:
    return tuple(Scored(UUID(int=name), 1.0 - at / 100) for at, name in enumerate(names))


def test_a_point_that_leads_both_lists_wins() -> None:
    fused = fuse(scored(1, 2, 3), scored(1, 3, 4))
    assert fused[0].id == UUID(int=1)
    assert fused[0].score == pytest.approx(1.0)
    assert {point.id.int for point in fused} == {1, 2, 3, 4}


def test_ties_are_broken_by_point_id() -> None:
    fused = fuse(scored(2), scored(1), dense_weight=0.5)
    assert [point.id.int for point in fused] == [1, 2]


def test_how_far_apart_scores_lie_counts() -> None:
    close = (Scored(UUID(int=1), 0.90), Scored(UUID(int=2), 0.89), Scored(UUID(int=3), 0.1))
    apart = (Scored(UUID(int=2), 9.0), Scored(UUID(int=1), 2.0), Scored(UUID(int=4), 1.0))
    assert fuse(close, apart)[0].id == UUID(int=2)


def test_a_question_that_one_list_knows_nothing_of_is_ranked_by_the_other() -> None:
    assert [point.id.int for point in fuse((), scored(5, 6))] == [5, 6]
    assert fuse((), ()) == ()


@given(st.permutations([1, 2, 3, 4, 5]), st.permutations([3, 4, 5, 6, 7]))
def test_fusing_is_a_function_of_the_lists(dense: list[int], sparse: list[int]) -> None:
    once = fuse(scored(*dense), scored(*sparse))
    assert once == fuse(scored(*dense), scored(*sparse))
    assert all(0 <= point.score <= 1 for point in once)
