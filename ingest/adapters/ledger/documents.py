"""Documents as a sync knows and changes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from connectors.model import KnownDocument, SourceId, TenantId
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.commit import Committing
from ingest.adapters.ledger.engine import Database, in_batches
from ingest.adapters.ledger.leases import overtake
from ingest.adapters.ledger.rows import FACTS, LIVE_REVISION, facts_of
from ingest.adapters.ledger.tables import document, passage, placement, revision
from ingest.model import DocumentId, PointId, RunId, Vector
from ingest.ports import Clock
from ingest.records import Commit, DocumentHead, DocumentState

KNOWN = (
    document.c.ref,
    document.c.version,
    document.c.content_hash,
    document.c.validators,
    document.c.failed_version,
    document.c.attempts,
    document.c.retry_at,
)


@dataclass(frozen=True, slots=True)
class SqlDocuments:
    """Keep documents in the database."""

    database: Database
    clock: Clock
    keep_vectors: bool

    async def known(self, tenant: TenantId, source: SourceId) -> Mapping[str, KnownDocument]:
        return await self._known(_of(tenant, source), self.clock())

    async def due(self, tenant: TenantId, source: SourceId) -> Mapping[str, KnownDocument]:
        now = self.clock()
        to_read = (document.c.version == "") & (document.c.failed_version == "")
        again = or_(document.c.retry_at <= now, to_read & document.c.retry_at.is_(None))
        return await self._known(_of(tenant, source) & again, now)

    async def heads(
        self, tenant: TenantId, source: SourceId, refs: Sequence[str]
    ) -> Mapping[str, DocumentHead]:
        heads: dict[str, DocumentHead] = {}
        async with self.database.reading() as connection:
            for some in in_batches(list(dict.fromkeys(refs))):
                named = document.c.ref.in_(some)
                rows = await _head_rows(connection, tenant, source, named)
                within = document.c.parent.in_([row.id for row in rows])
                rows = [*rows, *await _head_rows(connection, tenant, source, within)]
                held = await _held(connection, [row.live for row in rows if row.live is not None])
                # Last the one that counts: where a ref had several, that not deleted.
                heads |= {row.ref: _head(row, held.get(row.live, {})) for row in rows}
        return heads

    async def vectors(
        self, tenant: TenantId, embedded_hashes: Sequence[str]
    ) -> Mapping[str, Vector]:
        kept = (passage.c.tenant == tenant) & passage.c.vector.is_not(None)
        found: dict[str, Vector] = {}
        async with self.database.reading() as connection:
            for some in in_batches(embedded_hashes):
                same_text = passage.c.embedded_hash.in_(some)
                rows = await connection.execute(
                    select(passage.c.embedded_hash, passage.c.vector).where(kept, same_text)
                )
                found |= {row.embedded_hash: row.vector for row in rows}
        return found

    async def commit(self, commit: Commit) -> int:
        async with self.database.writing() as connection:
            return await Committing(connection, commit, self.keep_vectors).carry_out()

    async def reread(self, tenant: TenantId, source: SourceId) -> None:
        forgotten = {"version": "", "last_seen_run": None, "failed_version": "", "retry_at": None}
        its_row = (tables.source.c.tenant == tenant) & (tables.source.c.id == source)
        async with self.database.writing() as connection:
            await connection.execute(update(document).where(_of(tenant, source)).values(forgotten))
            anew = update(tables.source).where(its_row).values(cursor=None, anchor=None)
            await connection.execute(anew)
            await connection.execute(overtake(f"source:{source}"))

    async def retry_now(self, tenant: TenantId, source: SourceId) -> None:
        inner = document.alias("inner")
        # What is enclosed is read with its outer document alone.
        around = select(inner.c.parent).where(
            inner.c.tenant == tenant,
            inner.c.source == source,
            inner.c.state == DocumentState.FAILED,
            inner.c.parent.is_not(None),
        )
        failed = or_(document.c.retry_at.is_not(None), document.c.id.in_(around))
        again = update(document).where(_of(tenant, source), _not_deleted(), failed)
        async with self.database.writing() as connection:
            await connection.execute(again.values(retry_at=self.clock()))

    async def unseen(self, tenant: TenantId, source: SourceId, run: RunId) -> Sequence[str]:
        by_others = or_(document.c.last_seen_run.is_(None), document.c.last_seen_run != run)
        here = _of(tenant, source) & _not_deleted() & _listed()
        missing = select(document.c.ref).where(here, by_others)
        async with self.database.reading() as connection:
            rows = await connection.execute(missing.order_by(document.c.ref))
        return list(rows.scalars())

    async def count_documents(
        self, tenant: TenantId, source: SourceId, added_before: datetime | None = None
    ) -> Mapping[DocumentState, int]:
        by_state = select(document.c.state, func.count()).group_by(document.c.state)
        which = _of(tenant, source)
        if added_before is not None:
            which &= document.c.created_at < added_before
        async with self.database.reading() as connection:
            rows = await connection.execute(by_state.where(which))
        return {DocumentState(state): count for state, count in rows}

    async def count_languages(self, tenant: TenantId, source: SourceId) -> Mapping[str, int]:
        live = _of(tenant, source) & (document.c.state == DocumentState.LIVE)
        by_language = select(document.c.language, func.count()).group_by(document.c.language)
        async with self.database.reading() as connection:
            rows = (await connection.execute(by_language.where(live))).all()
        return dict(map(tuple, rows))

    async def _known(
        self, which: ColumnElement[bool], now: datetime
    ) -> Mapping[str, KnownDocument]:
        async with self.database.reading() as connection:
            rows = await connection.execute(select(*KNOWN).where(which, _not_deleted(), _listed()))
        return {row.ref: _known(row, now) for row in rows}

    async def verify(self, tenant: TenantId, document: DocumentId, at: datetime) -> bool:
        table = tables.document
        its_row = (table.c.tenant == tenant) & (table.c.id == document)
        async with self.database.writing() as connection:
            done = await connection.execute(update(table).where(its_row).values(verified_at=at))
        return done.rowcount > 0


def _of(tenant: TenantId, source: SourceId) -> ColumnElement[bool]:
    return (document.c.tenant == tenant) & (document.c.source == source)


def _not_deleted() -> ColumnElement[bool]:
    return document.c.state != DocumentState.DELETED


def _listed() -> ColumnElement[bool]:
    """Leave out what is enclosed: no scan lists it."""
    return document.c.parent.is_(None)


def _known(row: Row[Any], now: datetime) -> KnownDocument:
    """Give the version that was last read or failed; none where it is to be read again."""
    due = row.retry_at is not None and row.retry_at <= now
    version = "" if due else row.failed_version or row.version
    return KnownDocument(row.ref, version, row.content_hash, row.validators, row.failed_version)


async def _head_rows(
    connection: AsyncConnection, tenant: TenantId, source: SourceId, which: ColumnElement[bool]
) -> Sequence[Row[Any]]:
    live = revision.c.id.label("live")
    rows = await connection.execute(
        select(*FACTS, document.c.state, document.c.attempts, revision.c.text_hash, live)
        .select_from(document.outerjoin(revision, LIVE_REVISION))
        .where(_of(tenant, source), which)
        .order_by(_not_deleted(), document.c.synced_at, document.c.id)
    )
    return rows.all()


async def _held(
    connection: AsyncConnection, revisions: Sequence[int]
) -> Mapping[int, Mapping[PointId, str]]:
    """Give the points of each revision with the hashes of what was embedded."""
    rows = await connection.execute(
        select(placement.c.revision, passage.c.point_id, passage.c.embedded_hash)
        .join(passage, passage.c.point_id == placement.c.point_id)
        .where(placement.c.revision.in_(revisions))
    )
    held: dict[int, dict[PointId, str]] = {}
    for row, point, digest in rows:
        held.setdefault(row, {})[point] = digest
    return held


def _head(row: Row[Any], passages: Mapping[PointId, str]) -> DocumentHead:
    state = DocumentState(row.state)
    return DocumentHead(facts_of(row), state, row.attempts, row.text_hash or "", passages)
