"""Sources and when they are due."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.sql import ColumnElement

from connectors.model import Source, SourceId, TenantId
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.engine import Database
from ingest.records import SourceRecord, Timing


@dataclass(frozen=True, slots=True)
class SqlSources:
    """Keep sources in the database."""

    database: Database

    async def add_source(self, record: SourceRecord) -> None:
        times = {
            "cursor": record.cursor,
            "next_due_at": record.next_due_at,
            "created_at": record.created_at,
            "last_synced_at": record.last_synced_at,
            "full_at": record.full_at,
            "pushes": 0,
        }
        row = {"id": record.source.id, "tenant": record.source.tenant, **_settable(record), **times}
        async with self.database.writing() as connection:
            await connection.execute(insert(tables.source).values(row))

    async def source(self, tenant: TenantId, source: SourceId) -> SourceRecord | None:
        found = await self._select(_one(tenant, source))
        return found[0] if found else None

    async def list_sources(self, tenant: TenantId) -> Sequence[SourceRecord]:
        return await self._select(tables.source.c.tenant == tenant)

    async def save_source(self, record: SourceRecord) -> None:
        its_row = _one(record.source.tenant, record.source.id)
        values = _settable(record)
        if not record.removing:
            del values["removing"]  # which nobody takes back
        await self._set(its_row, values)

    async def due_sources(self, at: datetime) -> Sequence[SourceRecord]:
        at_work = tables.source.c.paused.is_(False) & tables.source.c.removing.is_(False)
        return await self._select((tables.source.c.next_due_at <= at) & at_work)

    async def set_due(self, source: SourceId, next_due_at: datetime | None) -> None:
        await self._set(tables.source.c.id == source, {"next_due_at": next_due_at})

    async def reset_cursor(self, source: SourceId) -> None:
        await self._set(tables.source.c.id == source, {"cursor": None, "anchor": None})

    async def remove_source(self, tenant: TenantId, source: SourceId) -> None:
        # What is to be done for a source names it as its subject.
        its_work = (tables.work.c.tenant == tenant) & (tables.work.c.subject == source)
        async with self.database.writing() as connection:
            gone = await connection.execute(delete(tables.source).where(_one(tenant, source)))
            if gone.rowcount:
                await connection.execute(delete(tables.work).where(its_work))
                await connection.execute(
                    delete(tables.lease).where(tables.lease.c.name == f"source:{source}")
                )

    async def _select(self, condition: ColumnElement[bool]) -> Sequence[SourceRecord]:
        oldest_first = (
            select(tables.source)
            .where(condition)
            .order_by(tables.source.c.created_at, tables.source.c.id)
        )
        async with self.database.reading() as connection:
            rows = await connection.execute(oldest_first)
        return [_record(row) for row in rows]

    async def _set(self, condition: ColumnElement[bool], values: Mapping[str, Any]) -> None:
        async with self.database.writing() as connection:
            await connection.execute(update(tables.source).where(condition).values(values))


def _one(tenant: TenantId, source: SourceId) -> ColumnElement[bool]:
    return (tables.source.c.tenant == tenant) & (tables.source.c.id == source)


def _settable(record: SourceRecord) -> dict[str, Any]:
    its, timing = record.source, record.timing or Timing()
    return {
        "kind": its.kind,
        "name": its.name,
        "settings": dict(its.settings),
        "access": its.access,
        "tags": its.tags,
        **asdict(timing),
        "priority": record.priority,
        "full_every_seconds": record.full_every_seconds,
        "paused": record.paused,
        "removing": record.removing,
    }


def _record(row: Row[Any]) -> SourceRecord:
    return SourceRecord(
        source=Source(
            id=row.id,
            tenant=row.tenant,
            kind=row.kind,
            name=row.name,
            settings=row.settings,
            access=row.access,
            tags=row.tags,
        ),
        timing=_timing(row),
        next_due_at=row.next_due_at,
        paused=row.paused,
        cursor=row.cursor,
        created_at=row.created_at,
        last_synced_at=row.last_synced_at,
        removing=row.removing,
        priority=row.priority,
        full_every_seconds=row.full_every_seconds,
        full_at=row.full_at,
    )


def _timing(row: Row[Any]) -> Timing | None:
    if row.every_seconds is None and not row.cron:
        return None
    return Timing(row.every_seconds, row.cron, row.time_zone, row.jitter_seconds)
