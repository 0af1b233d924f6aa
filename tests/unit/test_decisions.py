"""Small decisions: brake, identity of passages, fusion, freshness."""

from dataclasses import replace

import pytest

from connectors.model import TenantId
from ingest.deletion import braked
from ingest.diff import identify, new_pieces, place, text_hash
from ingest.model import Chunk, DocumentId

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


def test_a_text_that_is_taken_for_another_language_is_another_point() -> None:
    (before,) = identify(ACME, PAGE, [piece("Table des contenus.")])
    (after,) = identify(ACME, PAGE, [replace(piece("Table des contenus."), language="fr")])
    assert before.point != after.point
    assert before.embedded_hash == after.embedded_hash


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
