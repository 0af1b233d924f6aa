"""How pages stand, counted by the database; what is a set of groups is decided here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, func, null, or_, select, union_all
from sqlalchemy.sql import ColumnElement

from connectors.model import TenantId
from ingest.adapters.ledger.engine import Database
from ingest.adapters.ledger.freshness_tables import edit, flag
from ingest.adapters.ledger.rows import LIVE_REVISION, RECORD, aside, record_of
from ingest.adapters.ledger.tables import document, query, revision
from ingest.adapters.ledger.visible import lets_through
from ingest.freshness.model import WAITING, FlagKind
from ingest.freshness.standing import DOUBTS, Answered, DayCount, PageFilter, Standing
from ingest.model import DocumentId
from ingest.reading import DocumentFilter, DocumentRecord
from ingest.records import DocumentState

SCAN = 200
"""Pages looked at in one go while a list of them is filled."""
_LATEST = 2_000
_PAGES = select(*RECORD).select_from(document.outerjoin(revision, LIVE_REVISION))
_OTHER = document.alias("other_document")
_OPEN: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SqlStanding:
    """Count and list pages in the database."""

    database: Database

    async def standing(self, tenant: TenantId, groups: frozenset[str] | None) -> Standing:
        verified = document.c.verified_at.is_not(None)
        alike = (document.c.state, document.c.access, document.c.stale, verified)
        counted = select(*alike, func.count()).where(document.c.tenant == tenant).group_by(*alike)
        states: dict[DocumentState, int] = {}
        stale = checked = 0
        for state, access, is_stale, is_verified, count in await self.database.rows(counted):
            if not _seen(groups, access):
                continue
            states[DocumentState(state)] = states.get(DocumentState(state), 0) + count
            if state == DocumentState.LIVE:
                stale += count * is_stale
                checked += count * is_verified
        return Standing(states, stale, checked, await self._doubtful(tenant, groups))

    async def days(
        self, tenant: TenantId, since: datetime, groups: frozenset[str] | None
    ) -> Sequence[DayCount]:
        days: dict[date, DayCount] = {}
        for name, counted in (
            ("changed", _edits(tenant, since)),
            ("raised", _flags(tenant, flag.c.raised_at, since)),
            ("ended", _flags(tenant, flag.c.ended_at, since)),
        ):
            for told, access, other, count in await self.database.rows(counted):
                if not (_seen(groups, access) and _seen(groups, other or _OPEN)):
                    continue
                day = date.fromisoformat(str(told))
                before = days.get(day, DayCount(day))
                days[day] = replace(before, **{name: getattr(before, name) + count})
        return sorted(days.values(), key=lambda one: one.day)

    async def stalest(
        self, tenant: TenantId, where: PageFilter, after: str | None, limit: int
    ) -> Sequence[DocumentRecord]:
        listed: list[DocumentRecord] = []
        in_order = _PAGES.where(document.c.tenant == tenant, *_narrowed(where)).order_by(
            document.c.staleness.desc(), document.c.id
        )
        place = await self._place(tenant, after) if after is not None else None
        if after is not None and place is None:
            return []
        size = limit
        while len(listed) < limit:
            beyond = in_order if place is None else in_order.where(_beyond(*place))
            found = [record_of(row) for row in await self.database.rows(beyond.limit(size))]
            listed += [one for one in found if _seen(where.groups, one.facts.access)]
            if len(found) < size:
                break
            place, size = (found[-1].staleness, found[-1].facts.id), max(limit, SCAN)
        return listed[:limit]

    async def owners(self, tenant: TenantId) -> Sequence[str]:
        its = (document.c.tenant == tenant) & (document.c.owner != "")
        rows = await self.database.rows(select(document.c.owner).where(its).distinct())
        return sorted(owner for (owner,) in rows)

    async def answered(
        self, tenant: TenantId, document: DocumentId, since: datetime, limit: int
    ) -> Sequence[Answered]:
        latest = (
            select(query.c.id, query.c.at, query.c.text, query.c.answered_by)
            .where(aside(query.c.tenant) == tenant, query.c.at >= since)
            .order_by(query.c.at.desc())
            .limit(_LATEST)
        )
        rows = await self.database.rows(latest)
        found = [Answered(row.id, row.at, row.text) for row in rows if document in row.answered_by]
        return found[:limit]

    async def _doubtful(self, tenant: TenantId, groups: frozenset[str] | None) -> int:
        """Count the pages that somebody should look at, each once however many flags it has."""
        rows = await self.database.rows(_doubts(tenant))
        return len({its for its, *both in rows if all(_seen(groups, one or _OPEN) for one in both)})

    async def _place(self, tenant: TenantId, after: str) -> tuple[float, str] | None:
        its = (document.c.tenant == tenant) & (document.c.id == after)
        rows = await self.database.rows(select(document.c.staleness, document.c.id).where(its))
        return (rows[0][0], rows[0][1]) if rows else None


def _narrowed(where: PageFilter) -> list[ColumnElement[bool]]:
    told = [document.c.state != DocumentState.DELETED]
    if where.state is not None:
        told = [document.c.state == where.state]
    if where.source is not None:
        told.append(document.c.source == where.source)
    if where.stale is not None:
        told.append(document.c.stale.is_(where.stale))
    if where.owner is not None:
        told.append(document.c.owner == where.owner)
    return told


def _beyond(staleness: float, last: str) -> ColumnElement[bool]:
    same = and_(document.c.staleness == staleness, document.c.id > last)
    return or_(document.c.staleness < staleness, same)


def _edits(tenant: TenantId, since: datetime) -> Select[Any]:
    day = func.date(edit.c.at)
    its = (edit.c.tenant == tenant) & (edit.c.at >= since)
    joined = edit.join(document, document.c.id == edit.c.document)
    counted = select(day, document.c.access, null(), func.count()).select_from(joined)
    return counted.where(its).group_by(day, document.c.access)


def _flags(tenant: TenantId, at: ColumnElement[datetime], since: datetime) -> Select[Any]:
    day = func.date(at)
    joined = flag.join(document, document.c.id == flag.c.document).outerjoin(
        _OTHER, _OTHER.c.id == flag.c.other
    )
    alike = (day, document.c.access, _OTHER.c.access)
    counted = select(*alike, func.count()).select_from(joined)
    return counted.where(flag.c.tenant == tenant, at >= since).group_by(*alike)


def _doubts(tenant: TenantId) -> CompoundSelect[Any]:
    """Ask for fresh pages on which a flag waits, with who may see them and the other page."""
    waits = flag.c.tenant == tenant, flag.c.state.in_(WAITING)
    joined = flag.join(document, document.c.id == flag.c.document).outerjoin(
        _OTHER, _OTHER.c.id == flag.c.other
    )
    both = (document.c.access, _OTHER.c.access)
    sides = (document, DOUBTS), (_OTHER, {FlagKind.CONTRADICTION})
    return union_all(
        *(
            select(page.c.id, *both)
            .select_from(joined)
            .where(*waits, flag.c.kind.in_(kinds))
            .where(page.c.state == DocumentState.LIVE, page.c.stale.is_(False))
            for page, kinds in sides
        )
    )


def _seen(groups: frozenset[str] | None, access: frozenset[str]) -> bool:
    return lets_through(DocumentFilter(groups=groups), access, frozenset())
