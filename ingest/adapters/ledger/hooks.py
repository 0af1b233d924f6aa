"""Who is told of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update

from connectors.model import TenantId
from ingest.adapters.ledger.audit import deed_of
from ingest.adapters.ledger.engine import Database
from ingest.adapters.ledger.freshness_tables import audit
from ingest.adapters.ledger.hook_tables import hook as table
from ingest.freshness.model import Deed
from ingest.notices.model import Hook

_PROGRESS = ("told", "attempts", "due_at", "failing_since", "trouble", "paused")


@dataclass(frozen=True, slots=True)
class SqlHooks:
    """Keep hooks in the database."""

    database: Database

    async def add_hook(self, hook: Hook) -> None:
        row = {name: getattr(hook, name) for name in Hook.__dataclass_fields__}
        async with self.database.writing() as connection:
            await connection.execute(insert(table).values(row))

    async def hook(self, tenant: TenantId, hook: str) -> Hook | None:
        its = (table.c.tenant == tenant) & (table.c.id == hook)
        rows = await self.database.rows(select(table).where(its))
        return Hook(**rows[0]._mapping) if rows else None

    async def hooks(self, tenant: TenantId) -> Sequence[Hook]:
        its = select(table).where(table.c.tenant == tenant)
        rows = await self.database.rows(its.order_by(table.c.created_at, table.c.id))
        return [Hook(**row._mapping) for row in rows]

    async def remove_hook(self, tenant: TenantId, hook: str) -> bool:
        its = (table.c.tenant == tenant) & (table.c.id == hook)
        async with self.database.writing() as connection:
            gone = await connection.execute(delete(table).where(its))
        return gone.rowcount > 0

    async def save_progress(self, hook: Hook) -> None:
        its = (table.c.tenant == hook.tenant) & (table.c.id == hook.id)
        row = {name: getattr(hook, name) for name in _PROGRESS}
        async with self.database.writing() as connection:
            await connection.execute(update(table).where(its).values(row))

    async def due_hooks(self, at: datetime) -> Sequence[Hook]:
        now = or_(table.c.due_at.is_(None), table.c.due_at <= at)
        its = select(table).where(table.c.paused.is_(False), now).order_by(table.c.id)
        return [Hook(**row._mapping) for row in await self.database.rows(its)]

    async def latest_deed(self, tenant: TenantId) -> int:
        its = select(func.max(audit.c.id)).where(audit.c.tenant == tenant)
        rows = await self.database.rows(its)
        return int(rows[0][0] or 0)

    async def deeds_after(self, tenant: TenantId, last: int, limit: int) -> Sequence[Deed]:
        its = select(audit).where(audit.c.tenant == tenant, audit.c.id > last)
        rows = await self.database.rows(its.order_by(audit.c.id).limit(limit))
        return [deed_of(row) for row in rows]
