"""Documents that were upload, with their bytes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.sql import ColumnElement

from connectors.model import SourceId, TenantId, Upload
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.engine import Database

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


@dataclass(frozen=True, slots=True)
class SqlUploads:
    """Keep uploads in the database."""

    database: Database

    async def put_upload(
        self, tenant: TenantId, source: SourceId, upload: Upload, content: bytes
    ) -> None:
        values = {**asdict(upload), "content": content}
        replace = update(tables.upload).where(_one(tenant, source, upload.ref)).values(values)
        add = insert(tables.upload).values(tenant=tenant, source=source, **values)
        async with self.database.writing() as connection:
            if not (await connection.execute(replace)).rowcount:
                await connection.execute(add)

    async def list_uploads(
        self, tenant: TenantId, source: SourceId, after: str, limit: int
    ) -> Sequence[Upload]:
        page = (
            select(*UPLOAD)
            .where(
                tables.upload.c.tenant == tenant,
                tables.upload.c.source == source,
                tables.upload.c.ref > after,
            )
            .order_by(tables.upload.c.ref)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            rows = await connection.execute(page)
        return [Upload(*row) for row in rows]

    async def read_upload(
        self, tenant: TenantId, source: SourceId, ref: str
    ) -> tuple[Upload, bytes] | None:
        whole = select(*UPLOAD, tables.upload.c.content).where(_one(tenant, source, ref))
        async with self.database.reading() as connection:
            row = (await connection.execute(whole)).first()
        return None if row is None else (Upload(*row[:-1]), row.content)

    async def remove_upload(self, tenant: TenantId, source: SourceId, ref: str) -> bool:
        async with self.database.writing() as connection:
            gone = await connection.execute(delete(tables.upload).where(_one(tenant, source, ref)))
        return gone.rowcount > 0


def _one(tenant: TenantId, source: SourceId, ref: str) -> ColumnElement[bool]:
    same_source = (tables.upload.c.tenant == tenant) & (tables.upload.c.source == source)
    return same_source & (tables.upload.c.ref == ref)
