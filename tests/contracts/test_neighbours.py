"""What stands near a passage in meaning, over the vectors of a real ledger."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import update

from connectors.model import TenantId
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.nearness import SqlVectors
from ingest.freshness.neighbours import LedgerNeighbours
from ingest.freshness.pages import VectorBlock
from ingest.model import DocumentId, PointId, Vector
from ingest.records import DocumentState, Write
from tests.builders import ACME, GLOBEX, point_id, vector, write
from tests.contracts.ledgers import Desk


def neighbours(desk: Desk, at_once: int = 2) -> LedgerNeighbours:
    reading = desk.ledger.reading
    return LedgerNeighbours(SqlVectors(reading.database, at_once), reading)


def asked(ref: str, *paragraphs: str) -> Mapping[PointId, Vector]:
    return {point_id(DocumentId(f"doc-{ref}"), each): vector(each) for each in paragraphs}


async def near(
    desk: Desk, points: Mapping[PointId, Vector], least: float = 0.9, most: int = 9
) -> list[list[str]]:
    found = await neighbours(desk).near(ACME, points, least, most)
    return [[one.passage.ref for one in each] for each in found.values()]


def without_vectors(change: Write) -> Write:
    assert change.revision is not None
    bare = tuple(replace(one, vector=None) for one in change.revision.passages)
    return replace(change, revision=replace(change.revision, passages=bare))


async def test_the_same_words_on_other_pages_are_near_and_those_of_the_own_page_are_not(
    desk: Desk,
) -> None:
    await desk.commit(
        write("a", "Same.", "Same."), write("b", "Same.", "Else."), write("c", "Other.", "Same.")
    )
    assert await near(desk, asked("a", "Same.")) == [["b", "c"]]
    found = await neighbours(desk).near(ACME, asked("a", "Same."), 0.9, 9)
    assert {one.cosine for one in next(iter(found.values()))} == {1.0}


async def test_only_the_nearest_are_given_the_best_first(desk: Desk) -> None:
    await desk.commit(*(write(ref, text) for ref, text in zip("abcde", "PQRST", strict=True)))
    found = await neighbours(desk).near(ACME, asked("c", "R"), -1, 3)
    cosines = [one.cosine for one in found[point_id(DocumentId("doc-c"), "R")]]
    others = sorted((float(vector("R") @ vector(one)) for one in "PQST"), reverse=True)
    assert np.allclose(cosines, others[:3], atol=0.01)


async def test_what_is_far_gone_or_quarantined_is_not_near(desk: Desk) -> None:
    await desk.commit(*(write(ref, "Same.") for ref in "abcd"), write("far", "Else."))
    await desk.commit(write("b", "Now something else."))
    quarantined = tables.document.c.id == "doc-c"
    async with desk.ledger.reading.database.writing() as connection:
        state = {"state": DocumentState.QUARANTINED}
        await connection.execute(update(tables.document).where(quarantined).values(state))
    assert await near(desk, asked("a", "Same.")) == [["d"]]
    assert await near(desk, asked("c", "Same.")) == []
    assert await near(desk, asked("b", "Same.")) == []


async def test_pages_whose_vectors_are_not_kept_are_passed_over(desk: Desk) -> None:
    await desk.commit(write("a", "Same."), write("b", "Same."))
    await desk.commit(without_vectors(write("c", "Same.")))
    assert await near(desk, asked("a", "Same.")) == [["b"]]
    assert await near(desk, {}) == []


async def test_another_tenant_is_never_near(desk: Desk) -> None:
    await desk.commit(write("a", "Same."), write("b", "Same."))
    assert await neighbours(desk).near(GLOBEX, asked("a", "Same."), 0.9, 9) == {}


async def test_vectors_of_another_length_are_left_out(desk: Desk) -> None:
    change = write("new", "Same.")
    assert change.revision is not None
    longer = tuple(replace(one, vector=vector("Same.", 16)) for one in change.revision.passages)
    other_model = replace(change, revision=replace(change.revision, passages=longer))
    await desk.commit(write("a", "Same."), write("b", "Same."), other_model)
    assert await near(desk, asked("a", "Same.")) == [["b"]]


@dataclass
class Counting:
    """Counts how often the vectors are read."""

    inner: SqlVectors
    walks: int = 0

    async def blocks(self, tenant: TenantId, dimension: int) -> AsyncIterator[VectorBlock]:
        self.walks += 1
        async for block in self.inner.blocks(tenant, dimension):
            yield block


async def test_vectors_are_read_once_for_many_calls_and_anew_after_a_change(desk: Desk) -> None:
    await desk.commit(write("a", "Same."), write("b", "Same."))
    reading = desk.ledger.reading
    vectors = Counting(SqlVectors(reading.database))
    over = LedgerNeighbours(vectors, reading)
    for _ in range(3):
        await over.near(ACME, asked("a", "Same."), 0.9, 9)
    assert vectors.walks == 1
    await desk.commit(write("c", "Same."))
    found = await over.near(ACME, asked("a", "Same."), 0.9, 9)
    assert [len(each) for each in found.values()] == [2]
    over.let_go(ACME)
    await over.near(ACME, asked("a", "Same."), 0.9, 9)
    assert vectors.walks == 3


async def test_what_is_too_much_to_hold_is_read_every_time(desk: Desk) -> None:
    await desk.commit(*(write(ref, "Same.") for ref in "abcdef"))
    reading = desk.ledger.reading
    vectors = Counting(SqlVectors(reading.database, 2))
    over = LedgerNeighbours(vectors, reading, held_bytes=100)
    for _ in range(2):
        found = await over.near(ACME, asked("a", "Same."), 0.9, 9)
        assert [len(each) for each in found.values()] == [5]
    assert vectors.walks == 2
