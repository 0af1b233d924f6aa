"""Sealed credentials and open invitations."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from connectors.model import SourceId, TenantId
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.engine import Database
from ingest.envelopes import Invitation, Sealed
from ingest.errors import LedgerConflict

_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SqlCredentials:
    """Keep what is sealed in the database."""

    database: Database

    async def credentials(self, tenant: TenantId, source: SourceId) -> Sealed | None:
        its_row = select(tables.credential).where(_of(tenant, source))
        async with self.database.reading() as connection:
            row = (await connection.execute(its_row)).first()
        return None if row is None else _sealed(row)

    async def save_credentials(self, sealed: Sealed) -> None:
        before = tables.credential.c.version == sealed.version - 1
        later = update(tables.credential).where(_of(sealed.tenant, sealed.source), before)
        async with self.database.writing() as connection:
            await _require_source(connection, sealed.tenant, sealed.source)
            if sealed.version == 1:
                await connection.execute(insert(tables.credential).values(asdict(sealed)))
            elif not (await connection.execute(later.values(asdict(sealed)))).rowcount:
                raise LedgerConflict(
                    f"the credentials of {sealed.source} were changed meanwhile: try again"
                )

    async def remove_credentials(self, tenant: TenantId, source: SourceId) -> bool:
        async with self.database.writing() as connection:
            gone = await connection.execute(delete(tables.credential).where(_of(tenant, source)))
        return gone.rowcount > 0

    async def credential_names(self, tenant: TenantId) -> Mapping[SourceId, frozenset[str]]:
        named = select(tables.credential.c.source, tables.credential.c.names)
        async with self.database.reading() as connection:
            rows = await connection.execute(named.where(tables.credential.c.tenant == tenant))
        return {row.source: row.names for row in rows}

    async def all_credentials(self) -> Sequence[Sealed]:
        async with self.database.reading() as connection:
            rows = await connection.execute(select(tables.credential))
        return [_sealed(row) for row in rows]

    async def tenant_of(self, source: SourceId) -> TenantId | None:
        its_tenant = select(tables.source.c.tenant).where(tables.source.c.id == source)
        async with self.database.reading() as connection:
            tenant: TenantId | None = (await connection.execute(its_tenant)).scalar()
        return tenant

    async def invite(self, invitation: Invitation) -> None:
        invited = tables.invitation.c
        old = invited.expires_at < invitation.expires_at - _FORGOTTEN_AFTER
        async with self.database.writing() as connection:
            await _require_source(connection, invitation.tenant, invitation.source)
            await connection.execute(
                delete(tables.invitation).where((invited.key == invitation.key) | old)
            )
            await connection.execute(insert(tables.invitation).values(asdict(invitation)))

    async def invitation(self, key: str, at: datetime) -> Invitation | None:
        open_one = select(tables.invitation).where(_open(key, at))
        async with self.database.reading() as connection:
            row = (await connection.execute(open_one)).first()
        return None if row is None else Invitation(**row._mapping)

    async def take_invitation(self, key: str, at: datetime) -> Invitation | None:
        # Outsiders ask without limit: who has none must not make the ledger's writers wait.
        if await self.invitation(key, at) is None:
            return None
        taking = delete(tables.invitation).where(_open(key, at)).returning(*tables.invitation.c)
        async with self.database.writing() as connection:
            row = (await connection.execute(taking)).first()
        return None if row is None else Invitation(**row._mapping)


async def _require_source(connection: AsyncConnection, tenant: TenantId, source: SourceId) -> None:
    its = tables.source.c
    there = select(its.id).where(its.tenant == tenant, its.id == source, its.removing.is_(False))
    if (await connection.execute(there)).first() is None:
        raise LedgerConflict(f"{tenant} has no source {source}: nothing was stored")


def _of(tenant: TenantId, source: SourceId) -> ColumnElement[bool]:
    return (tables.credential.c.tenant == tenant) & (tables.credential.c.source == source)


def _open(key: str, at: datetime) -> ColumnElement[bool]:
    return (tables.invitation.c.key == key) & (tables.invitation.c.expires_at > at)


def _sealed(row: Row[Any]) -> Sealed:
    return Sealed(**row._mapping)
