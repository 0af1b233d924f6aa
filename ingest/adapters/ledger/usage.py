"""How often pages answer: counts by day, which say nothing of the questions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.model import TenantId
from ingest.adapters.ledger.engine import Database, in_batches
from ingest.adapters.ledger.freshness_tables import usage
from ingest.adapters.ledger.tables import document
from ingest.freshness.model import Usage
from ingest.model import DocumentId


@dataclass(frozen=True, slots=True)
class Use:
    """One thing to count of a page."""

    tenant: TenantId
    document: DocumentId
    at: datetime
    answered: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class SqlUsage:
    """Count in the database."""

    database: Database

    async def used(
        self, tenant: TenantId, documents: Collection[DocumentId], at: datetime, bad: int = 0
    ) -> None:
        answered = 0 if bad else 1
        uses = [Use(tenant, its, at, answered, bad) for its in set(documents)]
        async with self.database.writing() as connection:
            await count(connection, uses)

    async def usage(self, tenant: TenantId, since: datetime) -> Mapping[DocumentId, Usage]:
        rows = await self.database.rows(counted(tenant, day_of(since)))
        return {DocumentId(its): Usage(*counts) for its, *counts in rows}

    async def forget_usage(self, before: datetime) -> int:
        async with self.database.writing() as connection:
            old = delete(usage).where(usage.c.day < day_of(before))
            gone = await connection.execute(old)
        return gone.rowcount


async def count(connection: AsyncConnection, uses: Sequence[Use]) -> None:
    """Add to the counts of those pages that are still there."""
    there = await _there(connection, uses)
    rows: dict[tuple[str, date], dict[str, Any]] = {}
    # In one order, so that two writers never wait for each other.
    for use in sorted(uses, key=lambda one: (one.document, one.at)):
        if (use.tenant, use.document) not in there:
            continue
        new = _row(use)
        row = rows.setdefault((use.document, new["day"]), new)
        if row is not new:
            row["answered"] += use.answered
            row["bad"] += use.bad
            row["last_at"] = new["last_at"] or row["last_at"]
    if rows:
        await connection.execute(_adding(connection), list(rows.values()))


def counted(tenant: TenantId, since: date, until: date | None = None) -> Select[Any]:
    """Select what was counted of each page from a day on, in the order of a Usage."""
    sums = select(
        usage.c.document,
        func.sum(usage.c.answered),
        func.sum(usage.c.bad),
        func.max(usage.c.last_at),
    )
    its = sums.where(usage.c.tenant == tenant, usage.c.day >= since)
    if until is not None:
        its = its.where(usage.c.day <= until)
    return its.group_by(usage.c.document)


def month_before(tenant: TenantId, at: datetime) -> Select[Any]:
    """Select what was counted in the 30 days before."""
    return counted(tenant, day_of(at - timedelta(days=30)), day_of(at))


def day_of(at: datetime) -> date:
    """Give the day by which it is counted, in UTC."""
    return at.astimezone(UTC).date()


def _row(use: Use) -> dict[str, Any]:
    return {
        "document": use.document,
        "day": day_of(use.at),
        "tenant": use.tenant,
        "answered": use.answered,
        "bad": use.bad,
        "last_at": use.at if use.answered else None,
    }


async def _there(
    connection: AsyncConnection, uses: Sequence[Use]
) -> frozenset[tuple[TenantId, DocumentId]]:
    found: set[tuple[TenantId, DocumentId]] = set()
    for some in in_batches(list({use.document for use in uses})):
        its = select(document.c.tenant, document.c.id).where(document.c.id.in_(some))
        found |= {
            (TenantId(tenant), DocumentId(id_)) for tenant, id_ in await connection.execute(its)
        }
    return frozenset(found)


def _adding(connection: AsyncConnection) -> postgresql.Insert | sqlite.Insert:
    """Make the statement that adds to a row or begins it, which each database calls its own."""
    server = connection.dialect.name == "postgresql"
    adding = postgresql.insert(usage) if server else sqlite.insert(usage)
    new = adding.excluded
    return adding.on_conflict_do_update(
        index_elements=["document", "day"],
        set_={
            "answered": usage.c.answered + new.answered,
            "bad": usage.c.bad + new.bad,
            "last_at": func.coalesce(new.last_at, usage.c.last_at),
        },
    )
