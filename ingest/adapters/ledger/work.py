"""Work that waits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, case, delete, insert, or_, select, update
from sqlalchemy.sql import ColumnElement

from ingest.adapters.ledger.engine import Database
from ingest.adapters.ledger.tables import work
from ingest.errors import LedgerConflict
from ingest.ledger import PATIENCE
from ingest.records import WorkItem

ITEM = (
    work.c.key,
    work.c.kind,
    work.c.tenant,
    work.c.subject,
    work.c.due_at,
    work.c.priority,
    work.c.attempts,
)


@dataclass(frozen=True, slots=True)
class SqlWork:
    """Keep work in the database."""

    database: Database

    async def put_work(self, item: WorkItem) -> bool:
        try:
            async with self.database.writing() as connection:
                await connection.execute(insert(work).values(asdict(item)))
        except LedgerConflict:
            return False
        return True

    async def claim_work(
        self, kinds: Sequence[str], owner: str, at: datetime, seconds: float
    ) -> WorkItem | None:
        most_urgent = _most_urgent(kinds, at)
        # Most looks find nothing; they shall not wait for the lock of a writer.
        if not await self.waits(kinds, at):
            return None
        claim = {"owner": owner, "claimed_until": at + timedelta(seconds=seconds)}
        async with self.database.writing() as connection:
            free = most_urgent.with_for_update(skip_locked=True)
            row = (await connection.execute(free)).first()
            if row is not None:
                its_row = work.c.key == row.key
                await connection.execute(update(work).where(its_row).values(claim))
        return None if row is None else _item(row)

    async def waits(self, kinds: Sequence[str], at: datetime) -> bool:
        async with self.database.reading() as connection:
            return (await connection.execute(_most_urgent(kinds, at))).first() is not None

    async def free_work(self, latest: datetime) -> None:
        late = update(work).where(work.c.due_at > latest).values(due_at=latest)
        async with self.database.writing() as connection:
            await connection.execute(update(work).values(owner=None, claimed_until=None))
            await connection.execute(late)

    async def keep_work(self, key: str, owner: str, until: datetime) -> bool:
        return await self._set(key, owner, {"claimed_until": until})

    async def finish_work(self, key: str, owner: str) -> None:
        async with self.database.writing() as connection:
            await connection.execute(delete(work).where(_claimed(key, owner)))

    async def retry_work(self, key: str, owner: str, due_at: datetime) -> None:
        await self._set(key, owner, _free_from(due_at) | {"attempts": work.c.attempts + 1})

    async def postpone_work(self, key: str, owner: str, due_at: datetime) -> None:
        await self._set(key, owner, _free_from(due_at))

    async def _set(self, key: str, owner: str, values: Mapping[str, Any]) -> bool:
        async with self.database.writing() as connection:
            done = await connection.execute(update(work).where(_claimed(key, owner)).values(values))
        return done.rowcount > 0


def _most_urgent(kinds: Sequence[str], at: datetime) -> Select[Any]:
    has_waited = case((work.c.due_at <= at - PATIENCE, 1), else_=0)
    unclaimed = or_(work.c.claimed_until.is_(None), work.c.claimed_until <= at)
    return (
        select(*ITEM)
        .where(work.c.kind.in_(kinds), work.c.due_at <= at, unclaimed)
        .order_by(has_waited.desc(), work.c.priority.desc(), work.c.due_at, work.c.key)
        .limit(1)
    )


def _free_from(due_at: datetime) -> dict[str, Any]:
    return {"due_at": due_at, "owner": None, "claimed_until": None}


def _claimed(key: str, owner: str) -> ColumnElement[bool]:
    return (work.c.key == key) & (work.c.owner == owner)


def _item(row: Row[Any]) -> WorkItem:
    return WorkItem(*row)
