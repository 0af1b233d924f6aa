"""What was asked, and what became of the answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select

from connectors.model import TenantId
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.engine import Database
from ingest.adapters.ledger.usage import Use, count
from ingest.reading import QueryRecord, Reported


@dataclass(frozen=True, slots=True)
class SqlQueries:
    """Keep questions in the database; those of a tenant that was erased are not kept."""

    database: Database

    async def record(self, queries: Sequence[QueryRecord]) -> None:
        asked_by = {record.tenant for record in queries}
        there = select(tables.tenant.c.id).where(tables.tenant.c.id.in_(asked_by))
        async with self.database.writing() as connection:
            tenants = set((await connection.execute(there)).scalars())
            rows = [_row(record) for record in queries if record.tenant in tenants]
            if rows:
                await connection.execute(insert(tables.query), rows)
                await count(connection, [use for one in queries for use in _uses(one)])

    async def query(self, tenant: TenantId, query_id: str) -> QueryRecord | None:
        its_row = (tables.query.c.tenant == tenant) & (tables.query.c.id == query_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(select(tables.query).where(its_row))).first()
        if row is None:
            return None
        found = tuple(UUID(point) for point in row.found)
        asked = (row.id, row.tenant, row.at, row.kind, row.text)
        return QueryRecord(*asked, found, row.detail, row.answered_by)

    async def add_outcome(
        self,
        tenant: TenantId,
        query_id: str,
        at: datetime,
        kind: str,
        detail: Mapping[str, object],
    ) -> bool:
        its_row = (tables.query.c.tenant == tenant) & (tables.query.c.id == query_id)
        row = {"query": query_id, "at": at, "kind": kind, "detail": dict(detail)}
        async with self.database.writing() as connection:
            asked = (await connection.execute(select(tables.query.c.id).where(its_row))).first()
            if asked is None:
                return False
            await connection.execute(insert(tables.outcome).values(row))
        return True

    async def recent_outcomes(self, since: datetime, limit: int) -> Sequence[Reported]:
        query, outcome = tables.query.c, tables.outcome.c
        chats = select(
            query.tenant, query.at, query.id, query.detail, query.detail.label("outcome")
        ).where(query.kind == "chat", query.at >= since)
        reports = (
            select(query.tenant, query.at, query.id, query.detail, outcome.detail)
            .select_from(tables.outcome.join(tables.query))
            .where(outcome.kind == "outcome", query.kind != "chat", query.at >= since)
        )
        async with self.database.reading() as connection:
            rows = [
                row
                for statement in (chats, reports)
                for row in await connection.execute(
                    statement.order_by(query.at.desc(), query.id.desc()).limit(limit)
                )
            ]
        rows.sort(key=lambda row: (row[1], row[2]))
        return [Reported(tenant, at, plan, told) for tenant, at, _, plan, told in rows[-limit:]]

    async def forget_queries(self, before: datetime) -> int:
        async with self.database.writing() as connection:
            gone = await connection.execute(delete(tables.query).where(tables.query.c.at < before))
        return gone.rowcount


def _row(record: QueryRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "tenant": record.tenant,
        "at": record.at,
        "kind": record.kind,
        "text": record.text,
        "found": [str(point) for point in record.found],
        "detail": dict(record.detail),
        "answered_by": record.answered_by,
    }


def _uses(record: QueryRecord) -> Iterator[Use]:
    """Give what is counted; who tries something out does not show what readers need."""
    if record.kind != "trial":
        for its in dict.fromkeys(record.answered_by):
            yield Use(record.tenant, its, record.at, answered=1)
