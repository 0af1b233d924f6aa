"""Flags, and what was done with them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from connectors.model import TenantId
from ingest.adapters.ledger.audit import note_deeds
from ingest.adapters.ledger.engine import Database, in_batches, in_portions
from ingest.adapters.ledger.flag_changes import carry_out, deeds_of
from ingest.adapters.ledger.flag_rows import FLAGS, OTHER, flag_id, flag_of, narrow, quotes_of
from ingest.adapters.ledger.flag_settling import (
    Raising,
    pages_of,
    raised_by_report,
    raising,
    still_said,
    unfound,
    why_ended,
)
from ingest.adapters.ledger.flag_writes import (
    OPEN,
    Author,
    close_flags,
    flags_by,
    flags_with_ids,
    live_revisions,
    live_texts,
    mark_disputed,
    raise_flags,
    renew_findings,
    told,
)
from ingest.adapters.ledger.freshness_tables import flag
from ingest.adapters.ledger.rows import LIVE, aside
from ingest.adapters.ledger.tables import document, revision
from ingest.adapters.ledger.visible import lets_through
from ingest.errors import LedgerConflict
from ingest.freshness.model import (
    WAITING,
    Conflict,
    Finding,
    Flag,
    FlagAction,
    FlagChange,
    FlagFilter,
    FlagKind,
    FlagState,
    Origin,
    Settlement,
)
from ingest.model import DocumentId
from ingest.reading import DocumentFilter
from ingest.records import DocumentState

SCAN = 200
"""Flags looked at in one go while a page of them is filled."""
NO_LONGER = "It is no longer found."


@dataclass(frozen=True, slots=True)
class SqlFlags:
    """Keep flags in the database."""

    database: Database

    async def settle(
        self,
        tenant: TenantId,
        kinds: Collection[FlagKind],
        looked_at: Collection[DocumentId] | None,
        findings: Sequence[Finding],
        at: datetime,
    ) -> Settlement:
        author = Author(tenant, Origin.DETECTOR, "", at)
        async with self.database.writing() as connection:
            waiting = await _waiting(connection, tenant, kinds, looked_at)
            ended = unfound(waiting, tenant, findings)
            pages = pages_of([*findings, *(one.finding for one in ended.values())])
            live = await live_revisions(connection, tenant, pages)
            there = await flags_with_ids(
                connection, tenant, {flag_id(tenant, one): None for one in findings}
            )
            todo = raising(tenant, findings, there, live)
            await raise_flags(connection, author, todo.new, todo.again)
            await renew_findings(connection, tenant, todo.renewed)
            notes = {
                its: (one, why_ended(one.finding, live) or NO_LONGER) for its, one in ended.items()
            }
            await close_flags(connection, author, notes)
            return await _settled(connection, tenant, todo, ended)

    async def raise_one(
        self, tenant: TenantId, finding: Finding, origin: Origin, by: str, at: datetime
    ) -> Flag:
        its = flag_id(tenant, finding)
        author = Author(tenant, origin, by, at)
        async with self.database.writing() as connection:
            live = await live_revisions(connection, tenant, pages_of([finding]))
            if finding.document not in live:
                raise LedgerConflict(f"there is no document {finding.document} with a text")
            there = await flags_with_ids(connection, tenant, [its])
            if its not in there:
                await raise_flags(connection, author, [finding], [])
            elif not raised_by_report(finding, origin, there[its]):
                deed = author.deed(FlagAction.RAISE, its, told(finding), finding.reason)
                await note_deeds(connection, [deed])
            else:
                await raise_flags(connection, author, [], [finding])
            await mark_disputed(connection, [finding])
            return (await flags_with_ids(connection, tenant, [its]))[its]

    async def close_changed(self, tenant: TenantId, at: datetime) -> Sequence[Flag]:
        said = flag.c.origin != Origin.DETECTOR
        author = Author(tenant, Origin.DETECTOR, "", at)
        async with self.database.writing() as connection:
            waiting = await flags_by(connection, tenant, said, flag.c.state.in_(WAITING))
            pages = pages_of(one.finding for one in waiting.values())
            live = await live_revisions(connection, tenant, pages)
            notes = {
                its: (one, why)
                for its, one in waiting.items()
                if (why := why_ended(one.finding, live))
            }
            its_pages = pages_of(one.finding for one, _ in notes.values())
            texts = await live_texts(connection, tenant, its_pages)
            held = {its: still_said(one.finding, texts) for its, (one, _) in notes.items()}
            await renew_findings(connection, tenant, [one for one in held.values() if one])
            notes = {its: ended for its, ended in notes.items() if held[its] is None}
            await close_flags(connection, author, notes)
            await mark_disputed(connection, [one.finding for one, _ in notes.values()])
            return list((await flags_with_ids(connection, tenant, notes)).values())

    async def flag(self, tenant: TenantId, flag: str) -> Flag | None:
        its = FLAGS.where(_flag.c.tenant == tenant, _flag.c.id == flag)
        rows = await self.database.rows(its)
        return flag_of(rows[0]) if rows else None

    async def list_flags(
        self, tenant: TenantId, where: FlagFilter, after: str | None, limit: int
    ) -> Sequence[Flag]:
        in_order = FLAGS.where(*narrow(tenant, where)).order_by(flag.c.impact.desc(), flag.c.id)
        last = None if after is None else await self.flag(tenant, after)
        if after is not None and last is None:
            return []
        listed: list[Flag] = []
        size = limit
        while len(listed) < limit:
            next_ones = in_order.where(_beyond(last)) if last else in_order
            found = [flag_of(row) for row in await self.database.rows(next_ones.limit(size))]
            listed += [one for one in found if _seen(where, one.access, one.other_access)]
            if len(found) < size:
                break
            last, size = found[-1], max(limit, SCAN)
        return listed[:limit]

    async def count_flags(self, tenant: TenantId, where: FlagFilter) -> Mapping[FlagKind, int]:
        alike = (flag.c.kind, document.c.access, OTHER.c.access)
        counted = FLAGS.with_only_columns(*alike, func.count()).where(*narrow(tenant, where))
        counts: dict[FlagKind, int] = {}
        for kind, access, other, count in await self.database.rows(counted.group_by(*alike)):
            if _seen(where, access, other or frozenset()):
                counts[FlagKind(kind)] = counts.get(FlagKind(kind), 0) + count
        return counts

    async def change(
        self, tenant: TenantId, flags: Collection[str], change: FlagChange
    ) -> Sequence[Flag]:
        ids = list(dict.fromkeys(flags))
        async with self.database.writing() as connection:
            there = await flags_with_ids(connection, tenant, ids)
            await carry_out(connection, tenant, ids, there, change)
            await mark_disputed(connection, [one.finding for one in there.values()])
            return list((await flags_with_ids(connection, tenant, ids)).values())

    async def wake(self, tenant: TenantId, at: datetime) -> int:
        due = (flag.c.state == FlagState.SNOOZED) & (flag.c.snoozed_until <= at)
        change = FlagChange(FlagAction.REOPEN, "", at, "Its time has come.")
        async with self.database.writing() as connection:
            woken = await flags_by(connection, tenant, due)
            for some in in_batches(list(woken)):
                await connection.execute(update(flag).where(flag.c.id.in_(some)).values(OPEN))
            await note_deeds(connection, deeds_of(tenant, woken.values(), change))
        return len(woken)

    async def conflicts(
        self,
        tenant: TenantId,
        documents: Sequence[DocumentId],
        groups: frozenset[str] | None,
    ) -> Sequence[Conflict]:
        either = or_(flag.c.document.in_(documents), flag.c.other.in_(documents))
        waits = (flag.c.kind == FlagKind.CONTRADICTION) & flag.c.state.in_(WAITING)
        answer = and_(*(one.c.state != DocumentState.QUARANTINED for one in (document, OTHER)))
        mine, theirs = revision.alias("mine"), revision.alias("theirs")
        rows = await self.database.rows(
            select(
                *(flag.c.id, flag.c.reason, flag.c.quotes, document.c.id, mine.c.number),
                *(OTHER.c.id, theirs.c.number, document.c.access, OTHER.c.access),
            )
            .join_from(flag, document, document.c.id == flag.c.document)
            .join(OTHER, OTHER.c.id == flag.c.other)
            # What is gone, or was mended, contradicts nobody any more: do not wait for a look.
            .join(mine, (mine.c.document == document.c.id) & mine.c.retired_seq.is_(None))
            .join(theirs, (theirs.c.document == OTHER.c.id) & theirs.c.retired_seq.is_(None))
            .where(aside(flag.c.tenant) == tenant, either, waits, answer)
            .order_by(flag.c.impact.desc(), flag.c.id)
        )
        where = FlagFilter(groups=groups)
        return [
            conflict
            for its, reason, quotes, one, number, other, others, *accesses in rows
            if _seen(where, *accesses)
            and _stands(
                conflict := Conflict(its, reason, quotes_of(quotes)), {one: number, other: others}
            )
        ]

    async def weigh(self, tenant: TenantId, impacts: Mapping[str, float]) -> None:
        its = (flag.c.id == bindparam("b_id")) & (aside(flag.c.tenant) == tenant)
        rows = [{"b_id": one, "impact": impact} for one, impact in impacts.items()]
        if rows:
            async with self.database.writing() as connection:
                for some in in_portions(rows):
                    await connection.execute(update(flag).where(its), some)


_flag = flag


def _beyond(last: Flag) -> ColumnElement[bool]:
    same = and_(flag.c.impact == last.impact, flag.c.id > last.id)
    return or_(flag.c.impact < last.impact, same)


def _seen(where: FlagFilter, *accesses: frozenset[str]) -> bool:
    """Say whether the groups may see all of its pages."""
    theirs = DocumentFilter(groups=where.groups)
    return all(lets_through(theirs, access, frozenset()) for access in accesses)


def _stands(conflict: Conflict, live: Mapping[str, int]) -> bool:
    """Say whether its sentences are still those of both pages."""
    return all(live.get(one.document) == one.revision for one in conflict.quotes)


async def _waiting(
    connection: AsyncConnection,
    tenant: TenantId,
    kinds: Collection[FlagKind],
    looked_at: Collection[DocumentId] | None,
) -> dict[str, Flag]:
    """Read the detectors' flags that may end: those on what was looked at, and on what is gone."""
    waits = flag.c.state.in_(WAITING) & (flag.c.origin == Origin.DETECTOR)
    its = (flag.c.tenant == tenant) & flag.c.kind.in_(kinds) & waits
    if looked_at is None:
        return await flags_by(connection, tenant, its)
    # What is in quarantine is not looked at, and what was found on it not over by that.
    its &= document.c.state != DocumentState.QUARANTINED
    its &= OTHER.c.state.is_distinct_from(DocumentState.QUARANTINED)
    found: dict[str, Flag] = {}
    for some in in_batches(list(looked_at)):
        # Apart, since for either of them the database has an index, and for both none.
        found |= await flags_by(connection, tenant, its, flag.c.document.in_(some))
        found |= await flags_by(connection, tenant, its, flag.c.other.in_(some))
    has_none = _without_text(flag.c.document) | _without_text(flag.c.other)
    return found | await flags_by(connection, tenant, its, has_none)


def _without_text(its: ColumnElement[str]) -> ColumnElement[bool]:
    return its.is_not(None) & ~exists().where(revision.c.document == its, LIVE)


async def _settled(
    connection: AsyncConnection, tenant: TenantId, todo: Raising, ended: Mapping[str, Flag]
) -> Settlement:
    """Say of the pages whether they are disputed now, and read what became of their flags."""
    raised = (*todo.new, *todo.again)
    findings = (*raised, *todo.renewed, *(one.finding for one in ended.values()))
    await mark_disputed(connection, findings)
    ids = [flag_id(tenant, one) for one in raised]
    return Settlement(
        tuple((await flags_with_ids(connection, tenant, ids)).values()),
        tuple((await flags_with_ids(connection, tenant, ended)).values()),
    )
