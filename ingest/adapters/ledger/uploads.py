"""Documents that were pushed to us, with their bytes, numbered in the order they came in."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from connectors.failpoint import failpoint
from connectors.model import Push, SourceId, TenantId, Upload
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.engine import Database, in_batches
from ingest.errors import LedgerConflict

UPLOAD = (
    tables.upload.c.ref,
    tables.upload.c.version,
    tables.upload.c.media_type,
    tables.upload.c.title,
    tables.upload.c.url,
    tables.upload.c.changed_at,
    tables.upload.c.access,
    tables.upload.c.tags,
)
"""The fields of an Upload in its order: a list never loads the bytes."""
REMOVED = tables.upload.c.content.is_(None)
PUSH = (tables.upload.c.number, REMOVED.label("removed"), *UPLOAD)
NOTHING = {"version": "", "title": "", "url": "", "content": None}
"""What the columns say of an upload that was removed."""


@dataclass(frozen=True, slots=True)
class SqlUploads:
    """Keep uploads in the database."""

    database: Database

    async def put_upload(
        self, tenant: TenantId, source: SourceId, upload: Upload, content: bytes
    ) -> None:
        replace = update(tables.upload).where(_one(tenant, source, upload.ref))
        async with self.database.writing() as connection:
            number = await _next_number(connection, tenant, source)
            if number is None:
                raise LedgerConflict(f"{tenant} has no source {source}: nothing was stored")
            failpoint("uploads.numbered")
            values = {**asdict(upload), "content": content, "number": number}
            if not (await connection.execute(replace.values(values))).rowcount:
                add = insert(tables.upload).values(tenant=tenant, source=source, **values)
                await connection.execute(add)

    async def list_uploads(
        self, tenant: TenantId, source: SourceId, after: int, limit: int
    ) -> Sequence[Push]:
        page = (
            select(*PUSH)
            .where(_of(tenant, source), tables.upload.c.number > after)
            .order_by(tables.upload.c.number)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            rows = await connection.execute(page)
        return [_push(row) for row in rows]

    async def find_uploads(
        self, tenant: TenantId, source: SourceId, refs: Sequence[str]
    ) -> Sequence[Push]:
        there = select(*PUSH).where(_of(tenant, source), ~REMOVED)
        found: list[Push] = []
        async with self.database.reading() as connection:
            for some in in_batches(refs):
                rows = await connection.execute(there.where(tables.upload.c.ref.in_(some)))
                found += [_push(row) for row in rows]
        return found

    async def read_upload(
        self, tenant: TenantId, source: SourceId, ref: str
    ) -> tuple[Upload, bytes] | None:
        whole = select(*UPLOAD, tables.upload.c.content).where(_one(tenant, source, ref), ~REMOVED)
        async with self.database.reading() as connection:
            row = (await connection.execute(whole)).first()
        return None if row is None else (Upload(*row[:-1]), row.content)

    async def remove_upload(self, tenant: TenantId, source: SourceId, ref: str) -> bool:
        async with self.database.writing() as connection:
            number = await _next_number(connection, tenant, source)
            failpoint("uploads.removing")
            there = update(tables.upload).where(_one(tenant, source, ref), ~REMOVED)
            gone = await connection.execute(there.values(NOTHING | {"number": number}))
        return gone.rowcount > 0

    async def forget_removals(self, tenant: TenantId, source: SourceId, up_to: int) -> None:
        carried_out = REMOVED & (tables.upload.c.number <= up_to)
        async with self.database.writing() as connection:
            await connection.execute(delete(tables.upload).where(_of(tenant, source), carried_out))


async def _next_number(
    connection: AsyncConnection, tenant: TenantId, source: SourceId
) -> int | None:
    """Take the source's next number; None when the tenant has no such source.

    On a server the row keeps other pushes to the source waiting until this one is true, so
    that whoever sees a number sees all lower ones.
    """
    its_row = (tables.source.c.tenant == tenant) & (tables.source.c.id == source)
    counter = tables.source.c.pushes
    taken = update(tables.source).where(its_row).values(pushes=counter + 1).returning(counter)
    number: int | None = (await connection.execute(taken)).scalar()
    return number


def _of(tenant: TenantId, source: SourceId) -> ColumnElement[bool]:
    return (tables.upload.c.tenant == tenant) & (tables.upload.c.source == source)


def _one(tenant: TenantId, source: SourceId, ref: str) -> ColumnElement[bool]:
    return _of(tenant, source) & (tables.upload.c.ref == ref)


def _push(row: Row[Any]) -> Push:
    number, removed, *fields = row
    upload = Upload(*fields)
    return Push(number, upload.ref, None if removed else upload)
