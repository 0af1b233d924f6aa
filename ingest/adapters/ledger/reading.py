"""What readers see, as of a sequence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.sql import ColumnElement

from connectors.model import SourceId, TenantId
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.engine import Database, in_batches
from ingest.adapters.ledger.rows import (
    HEADLINE,
    LIVE_PASSAGE,
    LIVE_REVISION,
    OF_DOCUMENT,
    RECORD,
    WHOLE_REVISION,
    alive_at,
    aside,
    headline_of,
    record_of,
    revision_of,
)
from ingest.adapters.ledger.tables import document, lingering, passage, placement, revision
from ingest.adapters.ledger.visible import NOT_QUARANTINED, conditions, lets_through
from ingest.model import DocumentId, PointId
from ingest.reading import DocumentFilter, DocumentRecord, LivePassage, Revision, Snapshot
from ingest.records import DocumentState

SCAN = 500
"""Documents looked at in one go while a page of them is filled."""

SNAPSHOT = select(
    tables.tenant.c.sequence,
    select(func.count())
    .select_from(lingering)
    .where(lingering.c.tenant == bindparam("tenant"))
    .scalar_subquery(),
).where(tables.tenant.c.id == bindparam("tenant"))

# Built once: composing a statement takes longer than the database does to answer it.
ITS_TENANT = document.c.tenant == bindparam("tenant")
ALIVE = alive_at(bindparam("sequence")) & NOT_QUARANTINED
PASSAGES = (
    select(*LIVE_PASSAGE, document.c.access)
    .select_from(
        placement.join(revision, revision.c.id == placement.c.revision)
        .join(document, OF_DOCUMENT)
        .join(
            passage,
            (passage.c.point_id == placement.c.point_id) & (passage.c.document == document.c.id),
        )
    )
    .where(aside(document.c.tenant) == bindparam("tenant"), ALIVE)
    .order_by(placement.c.ordinal)
)
FOUND = PASSAGES.where(placement.c.point_id.in_(bindparam("ids", expanding=True)))
OF_ONE_DOCUMENT = PASSAGES.where(document.c.id == bindparam("document"))
KNOWLEDGE = (
    select(*RECORD).join(revision, OF_DOCUMENT).where(ITS_TENANT, ALIVE).order_by(document.c.id)
)
CONTENTS = (
    select(*WHOLE_REVISION)
    .join(document, OF_DOCUMENT)
    .where(ITS_TENANT, ALIVE, document.c.id.in_(bindparam("documents", expanding=True)))
)
EXCERPT = (
    select(func.substr(revision.c.text, bindparam("first"), bindparam("length")))
    .join(document, OF_DOCUMENT)
    .where(ITS_TENANT, document.c.id == bindparam("document"))
    .where(revision.c.number == bindparam("number"))
)
DOCUMENTS = select(*RECORD).select_from(document.outerjoin(revision, LIVE_REVISION))


@dataclass(frozen=True, slots=True)
class SqlReading:
    """Read from the database, each answer in one statement."""

    database: Database
    scan: int = SCAN

    async def snapshot(self, tenant: TenantId) -> Snapshot:
        rows = await self.database.rows(SNAPSHOT, {"tenant": tenant})
        return Snapshot(*rows[0]) if rows else Snapshot(0, 0)

    async def alive(
        self, tenant: TenantId, sequence: int, ids: Sequence[PointId], where: DocumentFilter
    ) -> Mapping[PointId, LivePassage]:
        narrow = tuple(conditions(where))
        found = FOUND.where(*narrow) if narrow else FOUND
        alive: dict[PointId, LivePassage] = {}
        for some in in_batches(ids):
            values = {"tenant": tenant, "sequence": sequence, "ids": some}
            for *fields, access in await self.database.rows(found, values):
                its = LivePassage(*fields)
                if its.id not in alive and lets_through(where, access, its.tags):
                    alive[its.id] = its
        return alive

    async def matching(self, tenant: TenantId, where: DocumentFilter) -> Sequence[DocumentId]:
        live = (
            select(document.c.id, document.c.access, document.c.tags)
            .join(revision, LIVE_REVISION)
            .where(document.c.tenant == tenant, NOT_QUARANTINED, *conditions(where))
            .order_by(document.c.id)
        )
        rows = await self.database.rows(live)
        return [DocumentId(id_) for id_, *labels in rows if lets_through(where, *labels)]

    async def knowledge(
        self, tenant: TenantId, sequence: int, where: DocumentFilter
    ) -> Sequence[DocumentRecord]:
        values = {"tenant": tenant, "sequence": sequence}
        rows = await self.database.rows(KNOWLEDGE.where(*conditions(where)), values)
        return _passing(rows, where)

    async def contents(
        self, tenant: TenantId, sequence: int, documents: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Revision]:
        contents: dict[DocumentId, Revision] = {}
        for some in in_batches(documents):
            values = {"tenant": tenant, "sequence": sequence, "documents": some}
            rows = await self.database.rows(CONTENTS, values)
            contents |= {DocumentId(row.document): revision_of(row) for row in rows}
        return contents

    async def placements(
        self, tenant: TenantId, sequence: int, document: DocumentId
    ) -> Sequence[LivePassage]:
        values = {"tenant": tenant, "sequence": sequence, "document": document}
        rows = await self.database.rows(OF_ONE_DOCUMENT, values)
        return [LivePassage(*fields) for *fields, _ in rows]

    async def document(self, tenant: TenantId, document: DocumentId) -> DocumentRecord | None:
        its = tables.document
        return await self._one(DOCUMENTS.where(its.c.tenant == tenant, its.c.id == document))

    async def document_by_ref(
        self, tenant: TenantId, source: SourceId, ref: str
    ) -> DocumentRecord | None:
        its = DOCUMENTS.where(document.c.tenant == tenant, document.c.source == source)
        deleted_last = document.c.state == DocumentState.DELETED
        latest = (deleted_last, document.c.synced_at.desc(), document.c.id.desc())
        return await self._one(its.where(document.c.ref == ref).order_by(*latest).limit(1))

    async def list_documents(
        self,
        tenant: TenantId,
        where: DocumentFilter,
        state: DocumentState | None,
        after: str | None,
        limit: int,
    ) -> Sequence[DocumentRecord]:
        narrow = [document.c.tenant == tenant, *conditions(where)]
        if state is not None:
            narrow.append(document.c.state == state)
        in_order = DOCUMENTS.where(*narrow).order_by(document.c.id)
        listed: list[DocumentRecord] = []
        last: str | None = after or ""
        size = limit
        while len(listed) < limit and last is not None:
            next_ones = in_order.where(document.c.id > last).limit(size)
            found, last = await self._portion(next_ones, size, where)
            listed += found
            # The first look is often enough; where the filter hides much, look further.
            size = max(limit, self.scan)
        return listed[:limit]

    async def list_revisions(self, tenant: TenantId, document: DocumentId) -> Sequence[Revision]:
        newest_first = select(*HEADLINE).join(tables.document, _its(tenant, document))
        rows = await self.database.rows(newest_first.order_by(revision.c.number.desc()))
        return [headline_of(row) for row in rows]

    async def revision(
        self, tenant: TenantId, document: DocumentId, number: int
    ) -> Revision | None:
        whole = select(*WHOLE_REVISION).join(tables.document, _its(tenant, document))
        rows = await self.database.rows(whole.where(revision.c.number == number))
        return revision_of(rows[0]) if rows else None

    async def excerpt(
        self, tenant: TenantId, document: DocumentId, number: int, start: int, end: int
    ) -> str:
        # The database counts from 1.
        at = {"document": document, "number": number, "first": start + 1, "length": end - start}
        rows = await self.database.rows(EXCERPT, {"tenant": tenant, **at})
        return str(rows[0][0]) if rows else ""

    async def _one(self, statement: Select[Any]) -> DocumentRecord | None:
        rows = await self.database.rows(statement)
        return record_of(rows[0]) if rows else None

    async def _portion(
        self, statement: Select[Any], size: int, where: DocumentFilter
    ) -> tuple[list[DocumentRecord], str | None]:
        """Give what passes of the next documents, and the last id, None after the end."""
        rows = await self.database.rows(statement)
        return _passing(rows, where), rows[-1].id if len(rows) == size else None


def _passing(rows: Iterable[Row[Any]], where: DocumentFilter) -> list[DocumentRecord]:
    return [record_of(row) for row in rows if lets_through(where, row.access, row.tags)]


def _its(tenant: TenantId, its: DocumentId) -> ColumnElement[bool]:
    return OF_DOCUMENT & (document.c.tenant == tenant) & (document.c.id == its)
