"""What the index must hold, and what it may forget."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, exists, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.failpoint import failpoint
from connectors.model import SourceId, TenantId
from ingest.adapters.ledger.engine import Database, in_batches
from ingest.adapters.ledger.rows import LIVE, aside
from ingest.adapters.ledger.tables import document, lingering, passage, placement, revision
from ingest.model import DocumentId, PointId, PointPayload
from ingest.records import Passage

DOCUMENTS_AT_ONCE = 100
DELETED = text("document.state = 'deleted'")
"""Written out, since SQLite takes the index of the deleted for nothing else."""


@dataclass(frozen=True, slots=True)
class SqlPoints:
    """Know from the database what belongs in the index."""

    database: Database

    async def lingering(
        self, tenant: TenantId, source: SourceId, retired_before: datetime, limit: int
    ) -> Sequence[PointId]:
        oldest_first = (
            select(lingering.c.point_id)
            .where(lingering.c.tenant == tenant, lingering.c.source == source)
            .where(lingering.c.retired_at < retired_before)
            .order_by(lingering.c.retired_at, lingering.c.point_id)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            return list((await connection.execute(oldest_first)).scalars())

    async def forget_points(self, tenant: TenantId, ids: Sequence[PointId]) -> None:
        async with self.database.writing() as connection:
            for some in in_batches(ids):
                its = (aside(lingering.c.tenant) == tenant) & lingering.c.point_id.in_(some)
                await connection.execute(delete(lingering).where(its))
                failpoint("points.forgotten")
                await _drop_unplaced(connection, tenant, some)

    async def live_points(
        self, tenant: TenantId, source: SourceId
    ) -> AsyncIterator[Mapping[PointId, PointPayload]]:
        after = ""
        while True:
            page = _labels(tenant, source, after)
            async with self.database.reading() as connection:
                labels = {
                    id_: PointPayload(source, DocumentId(id_), *rest)
                    for id_, *rest in await connection.execute(page)
                }
                placed = (await connection.execute(_placed_by(list(labels)))).all()
            if placed:
                yield {point: labels[its] for its, point in placed}
            if len(labels) < DOCUMENTS_AT_ONCE:
                return
            after = list(labels)[-1]

    async def passages(self, tenant: TenantId, ids: Sequence[PointId]) -> Mapping[PointId, Passage]:
        found: dict[PointId, Passage] = {}
        columns = passage.c
        kept = select(
            columns.point_id,
            columns.text,
            columns.context,
            columns.embedded_hash,
            columns.tokens,
            columns.vector,
            columns.language,
        )
        async with self.database.reading() as connection:
            for some in in_batches(ids):
                its = (aside(passage.c.tenant) == tenant) & passage.c.point_id.in_(some)
                for row in await connection.execute(kept.where(its)):
                    found[row.point_id] = Passage(*row)
        return found

    async def drop_old_revisions(self, retired_before: datetime, limit: int) -> int:
        oldest_first = (
            select(revision.c.id)
            .where(revision.c.retired_at < retired_before)
            .order_by(revision.c.retired_at)
            .limit(limit)
        )
        async with self.database.writing() as connection:
            old = list((await connection.execute(oldest_first)).scalars())
            for rows in in_batches(old):
                placed = placement.c.revision.in_(rows)
                points = select(placement.c.point_id).distinct().where(placed)
                ids = list((await connection.execute(points)).scalars())
                await connection.execute(delete(revision).where(revision.c.id.in_(rows)))
                failpoint("points.revisions")
                for some in in_batches(ids):
                    await _drop_unplaced(connection, None, some)
        return len(old)

    async def drop_deleted_documents(self, deleted_before: datetime, limit: int) -> int:
        its_points = passage.join(lingering, lingering.c.point_id == passage.c.point_id)
        indexed = exists().select_from(its_points).where(passage.c.document == document.c.id)
        # The time of the last commit that spoke of it, which deleted it.
        old = (
            select(document.c.id)
            .where(DELETED, document.c.synced_at < deleted_before, ~indexed)
            .order_by(document.c.synced_at)
            .limit(limit)
        )
        async with self.database.writing() as connection:
            ids = list((await connection.execute(old)).scalars())
            for some in in_batches(ids):
                # Revisions, placements and passages go with it.
                gone = delete(document).where(document.c.id.in_(some), DELETED)
                await connection.execute(gone)
        return len(ids)


async def _drop_unplaced(
    connection: AsyncConnection, tenant: TenantId | None, ids: Sequence[PointId]
) -> None:
    """Delete those passages that no kept revision places and the index no longer holds."""
    placed = exists().where(placement.c.point_id == passage.c.point_id)
    lingers = exists().where(lingering.c.point_id == passage.c.point_id)
    unplaced = delete(passage).where(passage.c.point_id.in_(ids), ~placed, ~lingers)
    if tenant is not None:
        unplaced = unplaced.where(aside(passage.c.tenant) == tenant)
    await connection.execute(unplaced)


def _labels(
    tenant: TenantId, source: SourceId, after: str
) -> Select[tuple[str, frozenset[str], frozenset[str], str]]:
    return (
        select(document.c.id, document.c.access, document.c.tags, document.c.language)
        .where(document.c.tenant == tenant, document.c.source == source, document.c.id > after)
        .order_by(document.c.id)
        .limit(DOCUMENTS_AT_ONCE)
    )


def _placed_by(documents: Sequence[str]) -> Select[tuple[str, PointId]]:
    return (
        select(revision.c.document, placement.c.point_id)
        .distinct()
        .join(placement, placement.c.revision == revision.c.id)
        .where(revision.c.document.in_(documents), LIVE)
    )
