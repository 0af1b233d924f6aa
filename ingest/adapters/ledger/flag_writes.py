"""Write what becomes of flags, their history with it, and which pages are disputed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from connectors.model import Json, TenantId
from ingest.adapters.ledger.audit import note_deeds
from ingest.adapters.ledger.engine import in_batches, in_portions
from ingest.adapters.ledger.flag_rows import FLAGS, columns_of, flag_id, flag_of
from ingest.adapters.ledger.freshness_tables import flag
from ingest.adapters.ledger.rows import LIVE, aside
from ingest.adapters.ledger.tables import document, revision
from ingest.freshness.model import (
    WAITING,
    Deed,
    Finding,
    Flag,
    FlagAction,
    FlagKind,
    FlagState,
    Origin,
)
from ingest.model import DocumentId

OPEN: Mapping[str, Any] = {
    "state": FlagState.OPEN,
    "snoozed_until": None,
    "ended_at": None,
    "ended_by": "",
    "note": "",
}
"""What a flag's columns say that waits for somebody."""
BY_ID = update(flag).where(flag.c.id == bindparam("b_id"))


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes flags, as what, and when."""

    tenant: TenantId
    origin: Origin
    by: str
    at: datetime

    def deed(
        self, action: FlagAction, subject: str, detail: Mapping[str, Json], note: str = ""
    ) -> Deed:
        """Give the line that the history of a flag gets."""
        told = {**detail, "note": note} if note else detail
        return Deed(self.tenant, self.at, self.by, f"flag.{action}", subject, told)


async def raise_flags(
    connection: AsyncConnection, author: Author, new: Sequence[Finding], again: Sequence[Finding]
) -> None:
    """Raise flags where there were none, and again where one had ended."""
    raised = {"origin": author.origin, "raised_at": author.at, "raised_by": author.by, **OPEN}
    fresh = {"tenant": author.tenant, "impact": 0.0, "assigned_to": ""}
    rows = [
        {"id": flag_id(author.tenant, one), **fresh, **raised, **columns_of(one)} for one in new
    ]
    for some in in_portions(rows):
        await connection.execute(insert(flag), some)
    await _update(connection, author.tenant, again, raised)
    deeds = [
        author.deed(FlagAction.RAISE, flag_id(author.tenant, one), told(one), one.reason)
        for one in (*new, *again)
    ]
    await note_deeds(connection, deeds)


async def renew_findings(
    connection: AsyncConnection, tenant: TenantId, findings: Sequence[Finding]
) -> None:
    """Let flags say what is found now, such as where their sentences stand."""
    await _update(connection, tenant, findings, {})


async def close_flags(
    connection: AsyncConnection, author: Author, notes: Mapping[str, tuple[Flag, str]]
) -> None:
    """End flags by id, each with a note that says why."""
    ended = {"state": FlagState.CLOSED, "ended_at": author.at, "ended_by": author.by}
    rows = [
        {"b_id": its, **ended, "snoozed_until": None, "note": note}
        for its, (_, note) in notes.items()
    ]
    for some in in_portions(rows):
        await connection.execute(BY_ID, some)
    deeds = [
        author.deed(FlagAction.CLOSE, its, told(one.finding), note)
        for its, (one, note) in notes.items()
    ]
    await note_deeds(connection, deeds)


async def mark_disputed(connection: AsyncConnection, findings: Collection[Finding]) -> None:
    """Say of the pages of contradictions whether one waits that names them."""
    pages = {
        its
        for one in findings
        if one.kind is FlagKind.CONTRADICTION
        for its in (one.document, one.other)
        if its is not None
    }
    waits = (flag.c.kind == FlagKind.CONTRADICTION) & flag.c.state.in_(WAITING)
    here = exists().where(flag.c.document == document.c.id, waits)
    there = exists().where(flag.c.other == document.c.id, waits)
    for some in in_batches(sorted(pages)):
        its = update(document).where(document.c.id.in_(some))
        await connection.execute(its.values(disputed=or_(here, there)))


async def flags_by(
    connection: AsyncConnection, tenant: TenantId, *which: ColumnElement[bool]
) -> dict[str, Flag]:
    """Read flags of the tenant by id."""
    its = FLAGS.where(aside(flag.c.tenant) == tenant, *which)
    return {row.id: flag_of(row) for row in await connection.execute(its)}


async def flags_with_ids(
    connection: AsyncConnection, tenant: TenantId, ids: Collection[str]
) -> dict[str, Flag]:
    """Read these flags of the tenant, in the order of the ids."""
    found: dict[str, Flag] = {}
    for some in in_batches(list(ids)):
        found |= await flags_by(connection, tenant, flag.c.id.in_(some))
    return {its: found[its] for its in ids if its in found}


async def live_revisions(
    connection: AsyncConnection, tenant: TenantId, documents: Collection[DocumentId]
) -> Mapping[DocumentId, int]:
    """Give of those of the documents that have a text which revision is live."""
    found: dict[DocumentId, int] = {}
    for some in in_batches(sorted(documents)):
        rows = await connection.execute(_numbers(tenant).where(document.c.id.in_(some)))
        found |= {DocumentId(its): number for its, number in rows}
    return found


async def live_texts(
    connection: AsyncConnection, tenant: TenantId, documents: Collection[DocumentId]
) -> Mapping[DocumentId, tuple[int, str]]:
    """Give of those of the documents that have a text its number and itself."""
    found: dict[DocumentId, tuple[int, str]] = {}
    for some in in_batches(sorted(documents)):
        texts = _numbers(tenant).add_columns(revision.c.text).where(document.c.id.in_(some))
        rows = await connection.execute(texts)
        found |= {DocumentId(its): (number, text) for its, number, text in rows}
    return found


def told(finding: Finding) -> Mapping[str, Json]:
    """Give what the history of a flag says of its finding."""
    return {"kind": finding.kind.value, "document": finding.document, "other": finding.other}


def _numbers(tenant: TenantId) -> Select[tuple[str, int]]:
    its = (revision.c.document == document.c.id) & LIVE
    numbers = select(document.c.id, revision.c.number).join_from(document, revision, its)
    return numbers.where(aside(document.c.tenant) == tenant)


async def _update(
    connection: AsyncConnection,
    tenant: TenantId,
    findings: Sequence[Finding],
    values: Mapping[str, Any],
) -> None:
    rows = [{"b_id": flag_id(tenant, one), **columns_of(one), **values} for one in findings]
    for some in in_portions(rows):
        await connection.execute(BY_ID, some)
