"""How pages age, and what keeps them from answering."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from connectors.model import TenantId
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.agings import AgingReader, rules_of
from ingest.adapters.ledger.engine import Database, in_batches, in_portions
from ingest.adapters.ledger.freshness_tables import inspection, review_rule
from ingest.adapters.ledger.packing import unpacked, unpacked_links
from ingest.adapters.ledger.rows import (
    LIVE,
    LIVE_PASSAGE,
    LIVE_REVISION,
    OF_DOCUMENT,
    RECORD,
    WHOLE_REVISION,
    aside,
    headline_of,
    record_of,
)
from ingest.adapters.ledger.tables import document, passage, placement, revision
from ingest.adapters.ledger.visible import NOT_QUARANTINED
from ingest.freshness.model import Aging, Inspected, ReviewRule, Staleness
from ingest.freshness.pages import Linking, Page
from ingest.model import DocumentId, PointId, Vector
from ingest.reading import LivePassage
from ingest.records import DocumentState

PLACED = (
    placement.join(revision, (revision.c.id == placement.c.revision) & LIVE)
    .join(document, OF_DOCUMENT)
    .join(
        passage,
        (passage.c.point_id == placement.c.point_id) & (passage.c.document == document.c.id),
    )
)
READABLE = (DocumentState.LIVE, DocumentState.FAILED)
"""What answers, where it has a text: what failed says what it said before."""


@dataclass(frozen=True, slots=True)
class SqlFreshness:
    """Know from the database how pages age."""

    database: Database

    async def inspected(self, tenant: TenantId) -> Inspected:
        its = select(inspection.c.sequence, inspection.c.whole_at)
        rows = await self.database.rows(its.where(inspection.c.tenant == tenant))
        return Inspected(*rows[0]) if rows else Inspected()

    async def set_inspected(self, tenant: TenantId, inspected: Inspected) -> None:
        row = {"sequence": inspected.sequence, "whole_at": inspected.whole_at}
        its_row = inspection.c.tenant == tenant
        async with self.database.writing() as connection:
            done = await connection.execute(update(inspection).where(its_row).values(row))
            if not done.rowcount:
                await connection.execute(insert(inspection).values(tenant=tenant, **row))

    async def to_inspect(self, tenant: TenantId, since: int, at: datetime) -> Sequence[DocumentId]:
        due = or_(revision.c.born_seq > since, document.c.look_again_at <= at)
        rows = await self.database.rows(
            select(document.c.id)
            .join(revision, LIVE_REVISION)
            .where(document.c.tenant == tenant, NOT_QUARANTINED, due)
            .order_by(document.c.id)
        )
        return [DocumentId(its) for (its,) in rows]

    async def pages(self, tenant: TenantId, documents: Sequence[DocumentId]) -> Sequence[Page]:
        found: list[Page] = []
        for some in in_batches(list(dict.fromkeys(documents))):
            passages = await self._passages(tenant, some)
            rows = await self.database.rows(
                select(*RECORD, *WHOLE_REVISION, document.c.links)
                .join(revision, LIVE_REVISION)
                .where(_of(tenant, some), NOT_QUARANTINED)
                .order_by(document.c.id)
            )
            # Unpacking their blocks takes so long that nobody else may be kept waiting.
            found += await asyncio.to_thread(_pages, rows, passages)
        return found

    async def linking(self, tenant: TenantId) -> Sequence[Linking]:
        columns = (document.c.id, document.c.source, document.c.ref, document.c.url)
        rows = await self.database.rows(
            select(*columns, document.c.links)
            .join(revision, LIVE_REVISION)
            .where(document.c.tenant == tenant, NOT_QUARANTINED, document.c.links.is_not(None))
            .order_by(document.c.id)
        )
        return await asyncio.to_thread(_linking, rows)

    async def deleted_addresses(self, tenant: TenantId) -> Sequence[str]:
        gone = (document.c.state == DocumentState.DELETED) & (document.c.url != "")
        rows = await self.database.rows(
            select(document.c.url).where(document.c.tenant == tenant, gone)
        )
        return [url for (url,) in rows]

    async def vectors_of(
        self, tenant: TenantId, documents: Sequence[DocumentId]
    ) -> Mapping[PointId, Vector]:
        vectors: dict[PointId, Vector] = {}
        for some in in_batches(list(dict.fromkeys(documents))):
            rows = await self.database.rows(
                select(passage.c.point_id, passage.c.vector)
                .select_from(PLACED)
                .where(_of(tenant, some), NOT_QUARANTINED, passage.c.vector.is_not(None))
            )
            vectors |= dict(map(tuple, rows))
        return vectors

    async def agings(self, tenant: TenantId, at: datetime) -> Sequence[Aging]:
        return await AgingReader(self.database, tenant).read(at)

    async def aging(self, tenant: TenantId, document: DocumentId, at: datetime) -> Aging | None:
        found = await AgingReader(self.database, tenant).read(at, document)
        return found[0] if found else None

    async def looked(
        self,
        tenant: TenantId,
        again: Mapping[DocumentId, datetime | None],
        volatility: Mapping[DocumentId, float],
    ) -> None:
        times = [{"b_id": its, "look_again_at": at} for its, at in again.items()]
        edits = [{"b_id": its, "volatility": each} for its, each in volatility.items()]
        async with self.database.writing() as connection:
            for rows in (times, edits):
                await _update_each(connection, tenant, rows)

    async def age(self, tenant: TenantId, staleness: Mapping[DocumentId, Staleness]) -> None:
        rows = [
            {
                "b_id": its,
                "staleness": each.score,
                "stale": each.stale,
                "stale_reasons": each.reasons,
            }
            for its, each in staleness.items()
        ]
        async with self.database.writing() as connection:
            await _update_each(connection, tenant, rows)

    async def quarantine(
        self, tenant: TenantId, document: DocumentId, reason: str, at: datetime
    ) -> bool:
        table = tables.document
        has_text = exists(select(revision.c.id).where(LIVE_REVISION).correlate(table))
        answers = table.c.state.in_(READABLE) & has_text
        held = {"state": DocumentState.QUARANTINED, "reason": reason, "look_again_at": at}
        return await self._turn(tenant, (table.c.id == document) & answers, held)

    async def release(self, tenant: TenantId, document: DocumentId, at: datetime) -> bool:
        table = tables.document
        held = (table.c.id == document) & (table.c.state == DocumentState.QUARANTINED)
        failed = table.c.attempts > 0
        freed = {
            "state": case((failed, DocumentState.FAILED), else_=DocumentState.LIVE),
            "reason": case((failed, "it could not be read lately"), else_=""),
            # What was held was not compared with others meanwhile.
            "look_again_at": at,
        }
        return await self._turn(tenant, held, freed)

    async def entrust(
        self, tenant: TenantId, document: DocumentId, owner: str, due_at: datetime | None
    ) -> bool:
        table = tables.document
        its_row = (table.c.tenant == tenant) & (table.c.id == document)
        entrusted = update(table).where(its_row, table.c.state != DocumentState.DELETED)
        async with self.database.writing() as connection:
            done = await connection.execute(entrusted.values(owner=owner, due_at=due_at))
        return done.rowcount > 0

    async def rules(self, tenant: TenantId) -> Sequence[ReviewRule]:
        return await rules_of(self.database, tenant)

    async def set_rule(self, tenant: TenantId, rule: ReviewRule) -> None:
        names = {"tenant": tenant, "scope": rule.scope, "subject": rule.subject}
        its_row = [review_rule.c[name] == value for name, value in names.items()]
        says = {"every_days": rule.every_days, "owner": rule.owner}
        async with self.database.writing() as connection:
            await connection.execute(delete(review_rule).where(*its_row))
            if rule.every_days is not None or rule.owner:
                await connection.execute(insert(review_rule).values(**names, **says))

    async def _passages(
        self, tenant: TenantId, documents: Sequence[DocumentId]
    ) -> Mapping[str, Sequence[LivePassage]]:
        placed = select(*LIVE_PASSAGE).select_from(PLACED)
        in_order = placed.where(_of(tenant, documents), NOT_QUARANTINED)
        found: dict[str, list[LivePassage]] = {}
        rows = await self.database.rows(in_order.order_by(document.c.id, placement.c.ordinal))
        for one in await asyncio.to_thread(lambda: [LivePassage(*row) for row in rows]):
            found.setdefault(one.document, []).append(one)
        return found

    async def _turn(
        self, tenant: TenantId, which: ColumnElement[bool], values: Mapping[str, Any]
    ) -> bool:
        """Change whether a document answers, under the tenant's next sequence."""
        changed = update(document).where(document.c.tenant == tenant, which).values(values)
        counter = tables.tenant.c.sequence
        later = update(tables.tenant).where(tables.tenant.c.id == tenant)
        async with self.database.writing() as connection:
            done = (await connection.execute(changed)).rowcount > 0
            if done:
                await connection.execute(later.values(sequence=counter + 1))
        return done


def _of(tenant: TenantId, documents: Sequence[DocumentId]) -> ColumnElement[bool]:
    return (aside(document.c.tenant) == tenant) & document.c.id.in_(documents)


def _linking(rows: Sequence[Row[Any]]) -> list[Linking]:
    return [Linking(its, of, ref, url, unpacked_links(links)) for its, of, ref, url, links in rows]


def _pages(rows: Sequence[Row[Any]], passages: Mapping[str, Sequence[LivePassage]]) -> list[Page]:
    return [_page(row, passages.get(row.id, ())) for row in rows]


def _page(row: Any, passages: Sequence[LivePassage]) -> Page:
    headline = headline_of(row[len(RECORD) :])
    whole = replace(headline, text=row.text, blocks=unpacked(row.blocks))
    return Page(record_of(row), whole, tuple(passages), unpacked_links(row.links))


async def _update_each(
    connection: AsyncConnection, tenant: TenantId, rows: Sequence[Mapping[str, Any]]
) -> None:
    its = (document.c.id == bindparam("b_id")) & (aside(document.c.tenant) == tenant)
    for some in in_portions(rows):
        await connection.execute(update(document).where(its), some)
