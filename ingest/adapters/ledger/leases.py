"""Leases with fences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from connectors.failpoint import failpoint
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.engine import Database
from ingest.errors import LeaseLost, LedgerConflict
from ingest.ports import Clock
from ingest.records import Lease


@dataclass(frozen=True, slots=True)
class SqlLeases:
    """Keep leases in the database; a row stays for good, so that its fence only rises."""

    database: Database
    clock: Clock

    async def take(self, name: str, owner: str, seconds: float) -> Lease | None:
        now = self.clock()
        failpoint("lease.take")
        try:
            async with self.database.writing() as connection:
                return await _take(connection, name, owner, now, now + timedelta(seconds=seconds))
        except LedgerConflict:
            # Only where several may write at once: another made the row in between.
            return None

    async def renew(self, lease: Lease, seconds: float) -> Lease:
        until = self.clock() + timedelta(seconds=seconds)
        failpoint("lease.renew")
        if not await self._set(lease, {"expires_at": until}):
            raise lost(lease)
        return Lease(lease.name, lease.owner, lease.fence, until)

    async def release(self, lease: Lease) -> None:
        failpoint("lease.release")
        await self._set(lease, {"expires_at": self.clock(), "owner": ""})

    async def break_leases(self) -> None:
        async with self.database.writing() as connection:
            await connection.execute(update(tables.lease).values(expires_at=self.clock()))

    async def _set(self, lease: Lease, values: Mapping[str, Any]) -> bool:
        async with self.database.writing() as connection:
            done = await connection.execute(
                update(tables.lease).where(is_current(lease)).values(values)
            )
        return done.rowcount > 0


def is_current(lease: Lease) -> ColumnElement[bool]:
    """Select the row of the lease while nobody else has taken it."""
    same = (tables.lease.c.name == lease.name) & (tables.lease.c.owner == lease.owner)
    return same & (tables.lease.c.fence == lease.fence)


async def require(connection: AsyncConnection, lease: Lease) -> None:
    """Hold on to the lease to the end of the transaction; raises LeaseLost."""
    held = select(tables.lease.c.name).where(is_current(lease)).with_for_update()
    if (await connection.execute(held)).first() is None:
        raise lost(lease)


def overtake(name: str) -> Update:
    """Have whoever holds the lease lose it; it is free then."""
    its_row = tables.lease.c.name == name
    return update(tables.lease).where(its_row).values(owner="", fence=tables.lease.c.fence + 1)


def lost(lease: Lease) -> LeaseLost:
    """Say that the lease is somebody else's now."""
    return LeaseLost(
        f"{lease.owner} lost {lease.name} (fence {lease.fence}): stop, another owner goes on"
    )


async def _take(
    connection: AsyncConnection, name: str, owner: str, now: datetime, until: datetime
) -> Lease | None:
    its_row = tables.lease.c.name == name
    row = (await connection.execute(select(tables.lease).where(its_row).with_for_update())).first()
    if row is not None and row.expires_at > now and row.owner not in ("", owner):
        return None
    taken = Lease(name, owner, 1 if row is None else row.fence + 1, until)
    values = {"owner": owner, "fence": taken.fence, "expires_at": until}
    if row is None:
        await connection.execute(insert(tables.lease).values(name=name, **values))
    else:
        await connection.execute(update(tables.lease).where(its_row).values(values))
    return taken
