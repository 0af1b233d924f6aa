"""Who did what: rows that are only ever added."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.model import TenantId
from ingest.adapters.ledger.engine import Database, in_portions
from ingest.adapters.ledger.freshness_tables import audit
from ingest.freshness.model import Deed


@dataclass(frozen=True, slots=True)
class SqlAudit:
    """Keep deeds in the database."""

    database: Database

    async def note(self, deeds: Sequence[Deed]) -> None:
        async with self.database.writing() as connection:
            await note_deeds(connection, deeds)

    async def deeds(
        self, tenant: TenantId, subject: str | None, before: int | None, limit: int
    ) -> Sequence[Deed]:
        its = select(audit).where(audit.c.tenant == tenant)
        if subject is not None:
            its = its.where(audit.c.subject == subject)
        if before is not None:
            its = its.where(audit.c.id < before)
        rows = await self.database.rows(its.order_by(audit.c.id.desc()).limit(limit))
        return [deed_of(row) for row in rows]


async def note_deeds(connection: AsyncConnection, deeds: Sequence[Deed]) -> None:
    """Add deeds within a transaction that does them."""
    for some in in_portions(deeds):
        await connection.execute(insert(audit), [_row(deed) for deed in some])


def _row(deed: Deed) -> dict[str, object]:
    return {
        "tenant": deed.tenant,
        "at": deed.at,
        "by": deed.by,
        "action": deed.action,
        "subject": deed.subject,
        "detail": dict(deed.detail),
    }


def deed_of(row: Row[Any]) -> Deed:
    """Read a row of the audit."""
    return Deed(
        TenantId(row.tenant), row.at, row.by, row.action, row.subject, row.detail, id=row.id
    )
