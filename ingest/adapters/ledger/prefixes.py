"""What stands in shared prefixes: a row for each, since nobody asks for one entry alone."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgpack
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.sql import ColumnElement

from connectors.model import TenantId
from ingest.adapters.ledger.engine import Database
from ingest.adapters.ledger.tables import prefix as prefixes
from ingest.errors import LedgerConflict
from ingest.model import DocumentId
from ingest.prefixes import PrefixEntry, StoredPrefix

_FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SqlPrefixes:
    """Keep prefixes in the database."""

    database: Database

    async def prefix(self, tenant: TenantId, key: str) -> StoredPrefix | None:
        rows = await self.database.rows(select(prefixes).where(_of(tenant, key)))
        return _stored(rows[0]) if rows else None

    async def save_prefix(self, prefix: StoredPrefix) -> None:
        row = {
            "tenant": prefix.tenant,
            "key": prefix.key,
            "version": prefix.version,
            "sequence": prefix.sequence,
            "saved_at": prefix.saved_at,
            "entries": _packed(prefix.entries),
        }
        before = _of(prefix.tenant, prefix.key) & (prefixes.c.version == prefix.version - 1)
        old = prefixes.c.saved_at < prefix.saved_at - _FORGOTTEN_AFTER
        async with self.database.writing() as connection:
            if prefix.version == 1:
                await connection.execute(
                    delete(prefixes).where(prefixes.c.tenant == prefix.tenant, old)
                )
                await connection.execute(insert(prefixes).values(row))
            elif not (
                await connection.execute(update(prefixes).where(before).values(row))
            ).rowcount:
                raise LedgerConflict("another process has changed the prefix: read it again")


def _of(tenant: TenantId, key: str) -> ColumnElement[bool]:
    return (prefixes.c.tenant == tenant) & (prefixes.c.key == key)


def _stored(row: Row[Any]) -> StoredPrefix:
    return StoredPrefix(
        TenantId(row.tenant),
        row.key,
        row.version,
        row.sequence,
        row.saved_at,
        _unpacked(row.entries),
    )


def _packed(entries: Sequence[PrefixEntry]) -> bytes:
    rows = [
        (
            one.part,
            one.number,
            one.document,
            one.revision,
            one.head,
            one.changed and one.changed.isoformat(),
            one.tokens,
            one.digest,
            one.replaces,
        )
        for one in entries
    ]
    return zlib.compress(msgpack.packb(rows), level=6)


def _unpacked(data: bytes) -> tuple[PrefixEntry, ...]:
    rows = msgpack.unpackb(zlib.decompress(data))
    return tuple(
        PrefixEntry(
            part,
            number,
            DocumentId(document),
            revision,
            head,
            date.fromisoformat(changed) if changed else None,
            *rest,
        )
        for part, number, document, revision, head, changed, *rest in rows
    )
