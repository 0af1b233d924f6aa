"""What crawls have to visit, and what they learnt: a row for each address of a source."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from connectors.failpoint import failpoint
from connectors.model import Address, Reached, SourceId, TenantId, Visit
from ingest.adapters.ledger.engine import Database, in_batches
from ingest.adapters.ledger.tables import crawl as crawls
from ingest.adapters.ledger.tables import frontier
from ingest.errors import LedgerConflict

KEPT = 3
"""Crawls after which an address that none of them came to is forgotten."""
HELD = -1
"""The turn of an address that is asked because we hold it: before all depths."""
LEARNT = (
    frontier.c.url,
    frontier.c.ref,
    frontier.c.links,
    frontier.c.missing_since,
    frontier.c.depth,
)
PLACE = (
    frontier.c.url,
    frontier.c.number,
    frontier.c.place,
    frontier.c.depth,
    frontier.c.turn,
    frontier.c.linked,
)
BY_URL = frontier.c.url == bindparam("b_url")
NEVER_VISITED = {"ref": "", "missing_since": None, "links": None}


@dataclass(frozen=True, slots=True)
class SqlFrontier:
    """Keep frontiers in the database."""

    database: Database

    async def begin(self, tenant: TenantId, source: SourceId, crawl: str) -> None:
        its_row = (crawls.c.tenant == tenant) & (crawls.c.source == source)
        next_one = {"id": crawl, "number": crawls.c.number + 1, "added": 0}
        async with self.database.writing() as connection:
            begun = update(crawls).where(its_row).values(next_one).returning(crawls.c.number)
            number = (await connection.execute(begun)).scalar()
            if number is None:
                first = {"tenant": tenant, "source": source, "id": crawl, "number": 1, "added": 0}
                await connection.execute(insert(crawls).values(first))
                return
            failpoint("frontier.begun")
            forgotten = frontier.c.number < number - KEPT
            await connection.execute(delete(frontier).where(_of(tenant, source), forgotten))

    async def rewind(self, tenant: TenantId, source: SourceId, crawl: str, step: int) -> bool:
        async with self.database.writing() as connection:
            number = await _number(connection, tenant, source, crawl)
            if number is None:
                return False
            failpoint("frontier.rewinding")
            later = _of(tenant, source) & (frontier.c.number == number) & (frontier.c.step > step)
            await connection.execute(update(frontier).where(later).values(step=None))
        return True

    async def add(
        self, tenant: TenantId, source: SourceId, crawl: str, addresses: Sequence[Address]
    ) -> int:
        async with self.database.writing() as connection:
            its_row = (crawls.c.tenant == tenant) & (crawls.c.source == source)
            many = crawls.c.added + len(addresses)
            counted = update(crawls).where(its_row, crawls.c.id == crawl).values(added=many)
            row = (
                await connection.execute(counted.returning(crawls.c.number, crawls.c.added))
            ).first()
            if row is None:
                raise _no_such(source, crawl)
            its = await _rows(connection, tenant, source, PLACE, [one.url for one in addresses])
            queue = _Queue(row.number, row.added - len(addresses), {one[0]: one for one in its})
            for one in addresses:
                queue.take(one)
            failpoint("frontier.adding")
            await _write(connection, tenant, source, queue.changed.values(), queue.known)
        return queue.grown

    async def waiting(
        self, tenant: TenantId, source: SourceId, crawl: str, limit: int
    ) -> Sequence[Address]:
        its = frontier.c.number == _number_of(tenant, source, crawl)
        rows = await self.database.rows(
            select(frontier.c.url, frontier.c.depth, frontier.c.turn)
            .where(_of(tenant, source), its, frontier.c.step.is_(None))
            .order_by(frontier.c.turn, frontier.c.place)
            .limit(limit)
        )
        return [Address(url, depth, held=turn == HELD) for url, depth, turn in rows]

    async def visited(
        self,
        tenant: TenantId,
        source: SourceId,
        crawl: str,
        step: int,
        visits: Sequence[Visit],
    ) -> None:
        async with self.database.writing() as connection:
            number = await _number(connection, tenant, source, crawl)
            if number is None:
                raise _no_such(source, crawl)
            its = await _rows(connection, tenant, source, PLACE, [one.url for one in visits])
            known = {row.url: row for row in its}
            rows = [
                {
                    **_place_of(known.get(one.url), one, number),
                    "step": step,
                    "ref": one.ref,
                    "missing_since": one.missing_since,
                    "links": _packed(one.links),
                }
                for one in visits
            ]
            failpoint("frontier.visiting")
            await _write(connection, tenant, source, rows, known)

    async def learnt(
        self, tenant: TenantId, source: SourceId, urls: Sequence[str]
    ) -> Mapping[str, Visit]:
        asked = _asked(tenant, source, LEARNT, urls)
        rows = [row for one in asked for row in await self.database.rows(one)]
        return {
            url: Visit(url, ref, _unpacked(links), missing_since, depth)
            for url, ref, links, missing_since, depth in rows
            if links is not None
        }

    async def reached(
        self, tenant: TenantId, source: SourceId, crawl: str, urls: Sequence[str]
    ) -> Mapping[str, Reached]:
        columns = (frontier.c.url, frontier.c.linked, frontier.c.step)
        its = frontier.c.number == _number_of(tenant, source, crawl)
        asked = [one.where(its) for one in _asked(tenant, source, columns, urls)]
        rows = [row for one in asked for row in await self.database.rows(one)]
        return {url: Reached(linked, visited=step is not None) for url, linked, step in rows}


class _Queue:
    """Decide what adding addresses changes, one after the other."""

    def __init__(self, number: int, added: int, known: Mapping[str, Any]) -> None:
        self._number = number
        self._added = added
        self.known = known
        self.changed: dict[str, dict[str, Any]] = {}
        self.grown = 0
        """How many of them the crawl did not know."""

    def take(self, address: Address) -> None:
        """Put an address at the end, or change the place of one that this crawl knows."""
        self._added += 1
        row = self.changed.get(address.url) or self._here(address.url)
        if row is None:
            self.grown += 1
            turn = HELD if address.held else address.depth
            row = {"number": self._number, "place": self._added, "turn": turn, "step": None}
            row |= {"url": address.url, "depth": address.depth, "linked": not address.held}
            if address.url not in self.known:
                row |= NEVER_VISITED
            self.changed[address.url] = row
            return
        depth = min(row["depth"], address.depth)
        turn = row["turn"] if row["turn"] == HELD else depth
        after = row | {"depth": depth, "turn": turn, "linked": row["linked"] or not address.held}
        if after != row:
            self.changed[address.url] = after

    def _here(self, url: str) -> dict[str, Any] | None:
        row = self.known.get(url)
        return dict(row._mapping) if row is not None and row.number == self._number else None


def _place_of(row: Any, visit: Visit, number: int) -> dict[str, Any]:
    """Keep the place that an address has in this crawl, or give one that was in no queue one."""
    if row is not None and row.number == number:
        return {"url": visit.url}
    nowhere = {"number": number, "place": 0, "turn": visit.depth, "linked": False}
    return {"url": visit.url, "depth": visit.depth, **nowhere}


async def _write(
    connection: AsyncConnection,
    tenant: TenantId,
    source: SourceId,
    rows: Iterable[Mapping[str, Any]],
    known: Mapping[str, Any],
) -> None:
    """Change the rows of known addresses, those alike together, and add the others."""
    alike: dict[frozenset[str], list[dict[str, Any]]] = {}
    added: list[dict[str, Any]] = []
    for row in rows:
        if row["url"] in known:
            values = {name: value for name, value in row.items() if name != "url"}
            alike.setdefault(frozenset(values), []).append({"b_url": row["url"], **values})
        else:
            added.append({"tenant": tenant, "source": source, **row})
    for changed in alike.values():
        await connection.execute(update(frontier).where(_of(tenant, source), BY_URL), changed)
    if added:
        await connection.execute(insert(frontier), added)


async def _rows(
    connection: AsyncConnection,
    tenant: TenantId,
    source: SourceId,
    columns: Sequence[ColumnElement[Any]],
    urls: Sequence[str],
) -> list[Row[Any]]:
    asked = _asked(tenant, source, columns, urls)
    return [row for one in asked for row in (await connection.execute(one)).all()]


def _asked(
    tenant: TenantId, source: SourceId, columns: Sequence[ColumnElement[Any]], urls: Sequence[str]
) -> list[Select[Any]]:
    """Ask for these columns of these addresses, so many in a statement as it takes."""
    its = select(*columns).where(_of(tenant, source))
    return [its.where(frontier.c.url.in_(some)) for some in in_batches(list(dict.fromkeys(urls)))]


async def _number(
    connection: AsyncConnection, tenant: TenantId, source: SourceId, crawl: str
) -> int | None:
    number: int | None = (
        await connection.execute(select(_number_of(tenant, source, crawl)))
    ).scalar()
    return number


def _number_of(tenant: TenantId, source: SourceId, crawl: str) -> Any:
    its_row = (crawls.c.tenant == tenant) & (crawls.c.source == source) & (crawls.c.id == crawl)
    return select(crawls.c.number).where(its_row).scalar_subquery()


def _of(tenant: TenantId, source: SourceId) -> ColumnElement[bool]:
    return (frontier.c.tenant == tenant) & (frontier.c.source == source)


def _no_such(source: SourceId, crawl: str) -> LedgerConflict:
    return LedgerConflict(f"{source} has no crawl {crawl} now: another one began since")


def _packed(links: Sequence[str]) -> bytes:
    """Give addresses, which have no line ends, as bytes; those of a page are much alike."""
    return zlib.compress("\n".join(links).encode())


def _unpacked(links: bytes) -> tuple[str, ...]:
    return tuple(zlib.decompress(links).decode().split("\n")) if links != NO_LINKS else ()


NO_LINKS = _packed(())
