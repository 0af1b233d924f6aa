"""Tenants and their keys."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Table,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)

from connectors.model import TenantId
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.engine import Database
from ingest.reading import Totals
from ingest.records import ApiKey, DocumentState, RunState, Tenant

TENANT = (
    tables.tenant.c.id,
    tables.tenant.c.name,
    tables.tenant.c.operator,
    tables.tenant.c.created_at,
)


def _count(what: str, table: Table, state: ColumnElement[str] | None = None) -> Select[Any]:
    counted = select(
        literal(what).label("what"),
        (literal("") if state is None else state).label("state"),
        func.count().label("n"),
    ).select_from(table)
    return counted if state is None else counted.group_by(state)


TOTALS = union_all(
    _count("tenant", tables.tenant),
    _count("document", tables.document, tables.document.c.state),
    _count("run", tables.sync_run, tables.sync_run.c.state),
    _count("passage", tables.passage),
    _count("lingering", tables.lingering),
)


@dataclass(frozen=True, slots=True)
class SqlTenants:
    """Keep tenants and keys in the database."""

    database: Database

    async def create_tenant(self, tenant: Tenant) -> None:
        row = {**asdict(tenant), "sequence": 0}
        async with self.database.writing() as connection:
            await connection.execute(insert(tables.tenant).values(row))

    async def tenant(self, tenant: TenantId) -> Tenant | None:
        async with self.database.reading() as connection:
            rows = await connection.execute(select(*TENANT).where(tables.tenant.c.id == tenant))
            row = rows.first()
        return None if row is None else Tenant(*row)

    async def list_tenants(self) -> Sequence[Tenant]:
        oldest_first = select(*TENANT).order_by(tables.tenant.c.created_at, tables.tenant.c.id)
        async with self.database.reading() as connection:
            rows = await connection.execute(oldest_first)
        return [Tenant(*row) for row in rows]

    async def totals(self) -> Totals:
        counted = {(row.what, row.state): row.n for row in await self.database.rows(TOTALS)}
        return Totals(
            tenants=counted["tenant", ""],
            documents={one: counted.get(("document", one.value), 0) for one in DocumentState},
            runs={one: counted.get(("run", one.value), 0) for one in RunState},
            passages=counted["passage", ""],
            lingering=counted["lingering", ""],
        )

    async def erase_tenant(self, tenant: TenantId) -> None:
        of_its_sources = select("source:" + tables.source.c.id).where(
            tables.source.c.tenant == tenant
        )
        async with self.database.writing() as connection:
            await connection.execute(
                delete(tables.lease).where(tables.lease.c.name.in_(of_its_sources))
            )
            await connection.execute(delete(tables.work).where(tables.work.c.tenant == tenant))
            await connection.execute(delete(tables.query).where(tables.query.c.tenant == tenant))
            # Everything else belongs to the tenant's row and goes with it.
            await connection.execute(delete(tables.tenant).where(tables.tenant.c.id == tenant))

    async def add_key(self, key: ApiKey) -> None:
        async with self.database.writing() as connection:
            await connection.execute(insert(tables.api_key).values(asdict(key)))

    async def keys_with_prefix(self, prefix: str) -> Sequence[ApiKey]:
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(tables.api_key).where(tables.api_key.c.prefix == prefix)
            )
        return [_key(row) for row in rows]

    async def list_keys(self, tenant: TenantId) -> Sequence[ApiKey]:
        its_keys = select(tables.api_key).where(tables.api_key.c.tenant == tenant)
        async with self.database.reading() as connection:
            rows = await connection.execute(
                its_keys.order_by(tables.api_key.c.created_at, tables.api_key.c.id)
            )
        return [_key(row) for row in rows]

    async def revoke_key(self, tenant: TenantId, key_id: str, at: datetime) -> bool:
        its_key = (tables.api_key.c.tenant == tenant) & (tables.api_key.c.id == key_id)
        async with self.database.writing() as connection:
            done = await connection.execute(
                update(tables.api_key).where(its_key).values(revoked_at=at)
            )
        return done.rowcount > 0


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(**row._mapping)
