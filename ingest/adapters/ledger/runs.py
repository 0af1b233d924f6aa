"""Runs of sources."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    delete,
    func,
    insert,
    literal,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.model import Cursor, SourceId, TenantId
from ingest.adapters.ledger import tables
from ingest.adapters.ledger.engine import Database, in_batches
from ingest.adapters.ledger.leases import require
from ingest.model import RunId
from ingest.records import Lease, RunCounts, RunKind, RunState, SyncError, SyncRun

LET_GO = (RunState.QUEUED, RunState.RUNNING)
OPEN = (*LET_GO, RunState.NEEDS_CONFIRMATION)
ERRORS_KEPT = 100


@dataclass(frozen=True, slots=True)
class SqlRuns:
    """Keep runs in the database."""

    database: Database

    async def add_run(self, run: SyncRun) -> None:
        row = asdict(run) | {"errors": _pairs(run.errors), "awaiting": list(run.awaiting)}
        async with self.database.writing() as connection:
            await connection.execute(insert(tables.sync_run).values(row))

    async def run(self, tenant: TenantId, run: RunId) -> SyncRun | None:
        its_row = (tables.sync_run.c.tenant == tenant) & (tables.sync_run.c.id == run)
        async with self.database.reading() as connection:
            row = (await connection.execute(select(tables.sync_run).where(its_row))).first()
        return None if row is None else _run(row)

    async def list_runs(
        self, tenant: TenantId, source: SourceId | None, before: str | None, limit: int
    ) -> Sequence[SyncRun]:
        newest_first = (
            select(tables.sync_run)
            .where(tables.sync_run.c.tenant == tenant)
            .order_by(tables.sync_run.c.queued_at.desc(), tables.sync_run.c.id.desc())
            .limit(limit)
        )
        if source is not None:
            newest_first = newest_first.where(tables.sync_run.c.source == source)
        if before is not None:
            its_time = select(tables.sync_run.c.queued_at).where(
                tables.sync_run.c.tenant == tenant, tables.sync_run.c.id == before
            )
            place = tuple_(tables.sync_run.c.queued_at, tables.sync_run.c.id)
            newest_first = newest_first.where(
                place < tuple_(its_time.scalar_subquery(), literal(before))
            )
        async with self.database.reading() as connection:
            rows = await connection.execute(newest_first)
        return [_run(row) for row in rows]

    async def last_runs(
        self, tenant: TenantId, sources: Collection[SourceId]
    ) -> Mapping[SourceId, SyncRun]:
        begun = _last(tables.sync_run.c.started_at.is_not(None))
        theirs = (tables.source.c.tenant == tenant) & tables.source.c.id.in_(sources)
        ids = select(func.coalesce(begun, _last(true()))).where(theirs)
        asked = select(tables.sync_run).where(tables.sync_run.c.id.in_(ids))
        async with self.database.reading() as connection:
            return {row.source: _run(row) for row in await connection.execute(asked)}

    async def open_runs(self, tenant: TenantId, source: SourceId) -> Sequence[SyncRun]:
        oldest_first = (
            select(tables.sync_run)
            .where(tables.sync_run.c.tenant == tenant, tables.sync_run.c.source == source)
            .where(tables.sync_run.c.state.in_(OPEN))
            .order_by(tables.sync_run.c.queued_at, tables.sync_run.c.id)
        )
        async with self.database.reading() as connection:
            return [_run(row) for row in await connection.execute(oldest_first)]

    async def open_run(self, tenant: TenantId, source: SourceId) -> SyncRun | None:
        return next(iter(await self.open_runs(tenant, source)), None)

    async def begin_run(self, run: RunId, at: datetime) -> None:
        its_row = (tables.sync_run.c.id == run) & tables.sync_run.c.state.in_(LET_GO)
        runs = update(tables.sync_run).where(its_row)
        running: dict[str, Any] = {"state": RunState.RUNNING, "rests_until": None}
        async with self.database.writing() as connection:
            row = (await connection.execute(select(tables.sync_run).where(its_row))).first()
            if row is not None and row.started_at is None:
                kind = await _begin_scan(connection, row)
                running |= {"started_at": at, "kind": kind}
            await connection.execute(runs.values(running))

    async def begin_again(self, run: RunId) -> None:
        its_row = tables.sync_run.c.id == run
        its_source = select(tables.sync_run.c.source).where(its_row).scalar_subquery()
        source = update(tables.source).where(tables.source.c.id == its_source)
        async with self.database.writing() as connection:
            await connection.execute(source.values(cursor=None, anchor=None))
            full = update(tables.sync_run).where(its_row).values(kind=RunKind.FULL)
            await connection.execute(full)
            # What it saw before may have gone since, of which the new listing tells nothing.
            marked = update(tables.document).where(tables.document.c.last_seen_run == run)
            await connection.execute(marked.values(last_seen_run=None))

    async def last_taken_in(
        self, tenant: TenantId, source: SourceId, run: RunId
    ) -> datetime | None:
        document = tables.document
        here = (document.c.tenant == tenant) & (document.c.source == source)
        latest = select(func.max(document.c.synced_at)).where(here, document.c.last_seen_run == run)
        async with self.database.reading() as connection:
            at: datetime | None = (await connection.execute(latest)).scalar()
        return at

    async def rest_run(self, run: RunId, until: datetime) -> None:
        await self._set(run, (RunState.RUNNING,), rests_until=until)

    async def note_errors(self, run: RunId, errors: Sequence[SyncError]) -> None:
        its_row = tables.sync_run.c.id == run
        stored = select(tables.sync_run.c.errors).where(its_row).with_for_update()
        async with self.database.writing() as connection:
            known: list[list[str]] | None = (await connection.execute(stored)).scalar()
            if known is None:
                return
            told = known + [pair for pair in _pairs(errors) if pair not in known]
            # Why it went as it did must find room however many documents failed.
            kept = sorted(told, key=lambda pair: pair[0] != "")[:ERRORS_KEPT]
            await connection.execute(update(tables.sync_run).where(its_row).values(errors=kept))

    async def hold_run(self, run: RunId, awaiting: Sequence[str]) -> None:
        waiting = {"state": RunState.NEEDS_CONFIRMATION, "awaiting": list(awaiting)}
        await self._set(run, (RunState.RUNNING,), **waiting)

    async def confirm_run(self, run: RunId) -> bool:
        waits = (tables.sync_run.c.id == run) & (
            tables.sync_run.c.state == RunState.NEEDS_CONFIRMATION
        )
        go_on = update(tables.sync_run).where(waits).values(state=RunState.QUEUED, confirmed=True)
        async with self.database.writing() as connection:
            return (await connection.execute(go_on)).rowcount > 0

    async def complete_run(
        self, lease: Lease, run: SyncRun, state: RunState, cursor: Cursor | None, at: datetime
    ) -> None:
        async with self.database.writing() as connection:
            await require(connection, lease)
            row = await _close(connection, run.id, state, run.counts, at)
            if row is not None:
                left = _left(RunKind(row.kind), cursor, at)
                its_source = tables.source.c.id == row.source
                await connection.execute(update(tables.source).where(its_source).values(left))

    async def end_run(self, run: RunId, state: RunState, counts: RunCounts, at: datetime) -> None:
        back = {"cursor": tables.source.c.anchor}
        async with self.database.writing() as connection:
            row = await _close(connection, run, state, counts, at)
            if row is not None:
                its_source = tables.source.c.id == row.source
                await connection.execute(update(tables.source).where(its_source).values(back))

    async def forget_runs(self, before: datetime, keep: int, limit: int) -> int:
        old = tables.sync_run.c.queued_at < before
        closed = tables.sync_run.c.state.not_in(OPEN)
        spare = tables.sync_run.c.queued_at < _newest(keep)
        some = select(tables.sync_run.c.id).where(old, closed, spare).limit(limit)
        async with self.database.reading() as connection:
            ids = list((await connection.execute(some)).scalars())
        async with self.database.writing() as connection:
            for batch in in_batches(ids):
                its = tables.sync_run.c.id.in_(batch)
                await connection.execute(delete(tables.sync_run).where(its))
        return len(ids)

    async def _set(self, run: RunId, among: Sequence[RunState], **values: Any) -> None:
        """Change the run while its state is among these: who lost it cannot open it again."""
        its_row = (tables.sync_run.c.id == run) & tables.sync_run.c.state.in_(among)
        async with self.database.writing() as connection:
            await connection.execute(update(tables.sync_run).where(its_row).values(**values))


async def _begin_scan(connection: AsyncConnection, row: Row[Any]) -> RunKind:
    """Set the source's cursor to where the run's scan begins, and say what it looks at."""
    kind = RunKind(row.kind)
    its_source = tables.source.c.id == row.source
    if kind is RunKind.RETRY:
        return kind
    anchor = select(tables.source.c.anchor).where(its_source)
    begins = None if kind is RunKind.FULL else (await connection.execute(anchor)).scalar()
    await connection.execute(update(tables.source).where(its_source).values(cursor=begins))
    return kind if begins is not None else RunKind.FULL


async def _close(
    connection: AsyncConnection, run: RunId, state: RunState, counts: RunCounts, at: datetime
) -> Row[Any] | None:
    """Close a run that is open, and give it as it was."""
    is_open = (tables.sync_run.c.id == run) & tables.sync_run.c.state.in_(OPEN)
    closed = {"state": state, "counts": asdict(counts), "ended_at": at}
    closed |= {"awaiting": [], "rests_until": None}
    row = (await connection.execute(select(tables.sync_run).where(is_open))).first()
    await connection.execute(update(tables.sync_run).where(is_open).values(closed))
    return row


def _left(kind: RunKind, cursor: Cursor | None, at: datetime) -> dict[str, Any]:
    """Say what a run that came to its end leaves with its source."""
    if kind is RunKind.RETRY:
        return {"cursor": tables.source.c.anchor}
    left: dict[str, Any] = {"last_synced_at": at, "cursor": cursor, "anchor": cursor}
    return left | ({"full_at": at} if kind is RunKind.FULL else {})


def _last(such: ColumnElement[bool]) -> ScalarSelect[str]:
    """Give the id of the newest such run of a source."""
    return (
        select(tables.sync_run.c.id)
        .where(tables.sync_run.c.source == tables.source.c.id, such)
        .order_by(tables.sync_run.c.queued_at.desc(), tables.sync_run.c.id.desc())
        .limit(1)
        .correlate(tables.source)
        .scalar_subquery()
    )


def _newest(count: int) -> ScalarSelect[datetime]:
    """Give when the last of the newest runs of a run's source was asked for; null of fewer."""
    newer = tables.sync_run.alias("newer")
    return (
        select(newer.c.queued_at)
        .where(newer.c.source == tables.sync_run.c.source)
        .order_by(newer.c.queued_at.desc(), newer.c.id.desc())
        .offset(count - 1)
        .limit(1)
        .scalar_subquery()
    )


def _pairs(errors: Sequence[SyncError]) -> list[list[str]]:
    return [[error.ref, error.reason] for error in errors]


def _run(row: Row[Any]) -> SyncRun:
    return SyncRun(
        id=row.id,
        tenant=row.tenant,
        source=row.source,
        state=RunState(row.state),
        counts=RunCounts(**row.counts),
        errors=tuple(SyncError(ref, reason) for ref, reason in row.errors),
        awaiting=tuple(row.awaiting),
        confirmed=row.confirmed,
        queued_at=row.queued_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        kind=RunKind(row.kind),
        rests_until=row.rests_until,
    )
