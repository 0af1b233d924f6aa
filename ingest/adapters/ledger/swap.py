"""Put new revisions in the place of old ones, under one sequence."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, delete, exists, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.model import TenantId
from ingest.adapters.ledger.changes import Settled
from ingest.adapters.ledger.columns import UtcTime
from ingest.adapters.ledger.engine import in_batches
from ingest.adapters.ledger.packing import packed
from ingest.adapters.ledger.tables import lingering, passage, placement, revision
from ingest.model import PointId
from ingest.records import Commit, NewRevision, Passage, Placement


async def add_passages(
    connection: AsyncConnection, tenant: TenantId, settled: Sequence[Settled], *, vectors: bool
) -> None:
    """Add the passages that are not there; after a revert they are, and stay as they are."""
    new: dict[PointId, dict[str, Any]] = {}
    for one in settled:
        for each in one.born.passages if one.born else ():
            new[each.id] = _passage(tenant, one, each, vectors=vectors)
    for ids in in_batches(list(new)):
        held = select(passage.c.point_id, passage.c.document).where(passage.c.point_id.in_(ids))
        for point, its_document in await connection.execute(held):
            if new[point]["document"] == its_document:
                del new[point]
    if new:
        await connection.execute(insert(passage), list(new.values()))


async def swap(
    connection: AsyncConnection, commit: Commit, settled: Sequence[Settled], sequence: int
) -> None:
    """Retire what is replaced or gone, and bring to life what is new, as of the sequence."""
    retired = [one.retired for one in settled if one.retired is not None]
    for rows in in_batches(retired):
        out = update(revision).where(revision.c.id.in_(rows))
        await connection.execute(out.values(retired_seq=sequence, retired_at=commit.at))
    born = await _bear(connection, commit, settled, sequence)
    for rows in in_batches(retired):
        await _leave_lingering(connection, commit, rows)
    for rows in in_batches(born):
        placed = select(placement.c.point_id).where(placement.c.revision.in_(rows))
        await connection.execute(delete(lingering).where(lingering.c.point_id.in_(placed)))


async def _bear(
    connection: AsyncConnection, commit: Commit, settled: Sequence[Settled], sequence: int
) -> Sequence[int]:
    """Insert the new revisions with their placements, and give their rows."""
    births = {one.id: one.born for one in settled if one.born is not None}
    rows = [
        _revision(one, one.born) | {"born_seq": sequence, "born_at": commit.at}
        for one in settled
        if one.born is not None
    ]
    if not rows:
        return []
    kept = insert(revision).returning(revision.c.id, revision.c.document)
    ids = {its: row for row, its in await connection.execute(kept, rows)}
    placed = [_placement(row, each) for its, row in ids.items() for each in births[its].placements]
    if placed:
        await connection.execute(insert(placement), placed)
    return list(ids.values())


async def _leave_lingering(
    connection: AsyncConnection, commit: Commit, retired: Sequence[int]
) -> None:
    """Note which points of retired revisions no live one places; the index has them still."""
    other = placement.alias("other")
    alive = and_(revision.c.id == other.c.revision, revision.c.retired_seq.is_(None))
    placed = exists().where(other.c.point_id == placement.c.point_id, alive)
    noted = exists().where(lingering.c.point_id == placement.c.point_id)
    points = (
        select(
            placement.c.point_id,
            literal(commit.tenant),
            literal(commit.source),
            literal(commit.at, UtcTime),
        )
        .distinct()
        .where(placement.c.revision.in_(retired), ~placed, ~noted)
    )
    columns = ["point_id", "tenant", "source", "retired_at"]
    await connection.execute(insert(lingering).from_select(columns, points))


def _passage(tenant: TenantId, one: Settled, new: Passage, *, vectors: bool) -> dict[str, Any]:
    return {
        "point_id": new.id,
        "tenant": tenant,
        "document": one.id,
        "embedded_hash": new.embedded_hash,
        "tokens": new.tokens,
        "language": new.language,
        "context": new.context,
        "text": new.text,
        "vector": new.vector if vectors else None,
    }


def _revision(one: Settled, born: NewRevision) -> dict[str, Any]:
    return {
        "document": one.id,
        "number": one.before.revisions + 1 if one.before else 1,
        "text_hash": born.text_hash,
        "tokens": born.tokens,
        "chunks": len(born.placements),
        "title": one.title,
        "blocks": packed(born.blocks),
        "text": born.text,
    }


def _placement(row: int, new: Placement) -> dict[str, Any]:
    return {
        "revision": row,
        "ordinal": new.ordinal,
        "point_id": new.point,
        "start": new.start,
        "end": new.end,
        "page": new.page,
        "seconds": new.seconds,
        "heading_path": new.heading_path,
        "anchor": new.anchor,
    }
