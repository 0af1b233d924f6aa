"""Put questions into topics, in one transaction: places, centres, counts."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.model import TenantId
from ingest.adapters.ledger.engine import in_batches
from ingest.adapters.ledger.tables import query
from ingest.adapters.ledger.topic_tables import asked, topic, topic_week
from ingest.topics import Placed, Sorting, Standing, TopicCentre, TopicState, week_of

_COUNTS = ("asked", "weak", "refused", "bad")
Week = tuple[str, date]


async def write_sorting(connection: AsyncConnection, tenant: TenantId, sorting: Sorting) -> None:
    """Make it true; a question that has its topic already, or is gone, changes nothing."""
    placed = await _news(connection, tenant, sorting.placed)
    await _centre(connection, tenant, sorting.centres, placed)
    await _unite(connection, sorting.merged or {})
    await _place(connection, tenant, placed)
    await _count(connection, tenant, placed)


async def _news(
    connection: AsyncConnection, tenant: TenantId, placed: Sequence[Placed]
) -> list[Placed]:
    """Give what is not known yet: questions without a topic, and new complaints."""
    known: dict[str, bool | None] = {}
    for some in in_batches([one.question.id for one in placed]):
        its = (query.c.tenant == tenant) & query.c.id.in_(some)
        rows = select(query.c.id, asked.c.bad).select_from(query.outerjoin(asked)).where(its)
        known |= {row.id: row.bad for row in await connection.execute(rows)}
    return [
        one
        for one in placed
        if one.question.id in known
        and known[one.question.id] is (False if one.question.topic else None)
    ]


async def _centre(
    connection: AsyncConnection,
    tenant: TenantId,
    centres: Sequence[TopicCentre],
    placed: Sequence[Placed],
) -> None:
    there = await _there(connection, [one.id for one in centres])
    times: defaultdict[str, list[datetime]] = defaultdict(list)
    for one in placed:
        times[one.topic].append(one.question.at)
    for centre in centres:
        where = {"vector": centre.vector, "length": centre.length, "weight": centre.weight}
        if centre.id in there:
            await connection.execute(update(topic).where(topic.c.id == centre.id).values(where))
        elif its := times[centre.id]:
            row = _new(centre.id, tenant, min(its), max(its)) | where
            await connection.execute(insert(topic).values(row))


def _new(id_: str, tenant: TenantId, first_at: datetime, last_at: datetime) -> dict[str, Any]:
    return {
        "id": id_,
        "tenant": tenant,
        "state": TopicState.OPEN.value,
        "first_at": first_at,
        "last_at": last_at,
        "troubles": 0,
        "troubles_at_end": 0,
        "by": "",
        "checked": 0,
        "nearness": 0.0,
        "named_after": "",
        "name": "",
        "words": (),
        "note": "",
    }


async def _unite(connection: AsyncConnection, merged: Mapping[str, str]) -> None:
    there = await _there(connection, [*merged, *merged.values()])
    for gone, kept in merged.items():
        if not {gone, kept} <= there:
            continue
        await connection.execute(update(asked).where(asked.c.topic == gone).values(topic=kept))
        await _add(connection, await _weeks(connection, gone, kept))
        both = select(
            func.min(topic.c.first_at),
            func.max(topic.c.last_at),
            func.max(topic.c.trouble_at),
            func.sum(topic.c.troubles),
        ).where(topic.c.id.in_((gone, kept)))
        first_at, last_at, trouble_at, troubles = (await connection.execute(both)).one()
        sums = {"first_at": first_at, "last_at": last_at, "troubles": troubles}
        sums["trouble_at"] = trouble_at
        await connection.execute(update(topic).where(topic.c.id == kept).values(sums))
        await connection.execute(delete(topic).where(topic.c.id == gone))


async def _weeks(connection: AsyncConnection, of: str, to: str) -> dict[Week, dict[str, Any]]:
    rows = await connection.execute(select(topic_week).where(topic_week.c.topic == of))
    return {(to, row.start): {**row._mapping, "topic": to} for row in rows}


async def _place(connection: AsyncConnection, tenant: TenantId, placed: Sequence[Placed]) -> None:
    rows = [
        {
            "query": one.question.id,
            "tenant": tenant,
            "topic": one.topic,
            "at": one.question.at,
            "standing": one.standing.value,
            "bad": one.bad,
        }
        for one in placed
        if not one.question.topic
    ]
    if rows:
        await connection.execute(insert(asked), rows)
    heard = [one.question.id for one in placed if one.question.topic and one.bad]
    for some in in_batches(heard):
        await connection.execute(update(asked).where(asked.c.query.in_(some)).values(bad=True))


async def _count(connection: AsyncConnection, tenant: TenantId, placed: Sequence[Placed]) -> None:
    weeks: dict[Week, dict[str, Any]] = {}
    for one in placed:
        if one.topic:
            start = week_of(one.question.at)
            empty = {"topic": one.topic, "start": start, "tenant": tenant}
            row = weeks.setdefault((one.topic, start), empty | dict.fromkeys(_COUNTS, 0))
            for name, number in _counted(one).items():
                row[name] += number
    await _add(connection, weeks)
    await _date(connection, [one for one in placed if one.topic])


def _counted(one: Placed) -> Mapping[str, int]:
    if one.question.topic:
        return {"bad": int(one.bad)}
    return {
        "asked": 1,
        "weak": int(one.standing is Standing.WEAK),
        "refused": int(one.standing is Standing.REFUSED),
        "bad": int(one.bad),
    }


async def _add(connection: AsyncConnection, weeks: Mapping[Week, Mapping[str, Any]]) -> None:
    """Add to what was counted of topics in weeks, or begin it."""
    there: dict[Week, Mapping[str, Any]] = {}
    for some in in_batches(sorted({id_ for id_, _ in weeks})):
        rows = await connection.execute(select(topic_week).where(topic_week.c.topic.in_(some)))
        there |= {(row.topic, row.start): dict(row._mapping) for row in rows}
    fresh = [dict(row) for week, row in weeks.items() if week not in there]
    if fresh:
        await connection.execute(insert(topic_week), fresh)
    for (id_, start), row in weeks.items():
        if (id_, start) in there:
            its = (topic_week.c.topic == id_) & (topic_week.c.start == start)
            sums = {name: there[id_, start][name] + row[name] for name in _COUNTS}
            await connection.execute(update(topic_week).where(its).values(sums))


async def _date(connection: AsyncConnection, placed: Sequence[Placed]) -> None:
    """Note when topics were asked about last, and when that last went wrong."""
    last: dict[str, datetime] = {}
    trouble: dict[str, datetime] = {}
    troubles: Counter[str] = Counter()
    for one in placed:
        wrong = sum(_counted(one).values()) - _counted(one).get("asked", 0)
        troubles[one.topic] += wrong
        last[one.topic] = max(one.question.at, last.get(one.topic, one.question.at))
        if wrong:
            trouble[one.topic] = max(one.question.at, trouble.get(one.topic, one.question.at))
    for row in await _dated(connection, last):
        dates = {
            "last_at": max(row.last_at, last[row.id]),
            "troubles": row.troubles + troubles[row.id],
            "trouble_at": _later(row.trouble_at, trouble.get(row.id)),
        }
        await connection.execute(update(topic).where(topic.c.id == row.id).values(dates))


async def _dated(connection: AsyncConnection, ids: Iterable[str]) -> list[Any]:
    columns = (topic.c.id, topic.c.last_at, topic.c.trouble_at, topic.c.troubles)
    found: list[Any] = []
    for some in in_batches(sorted(ids)):
        found += await connection.execute(select(*columns).where(topic.c.id.in_(some)))
    return found


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


async def _there(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in in_batches(sorted(set(ids))):
        rows = await connection.execute(select(topic.c.id).where(topic.c.id.in_(some)))
        found |= {id_ for (id_,) in rows}
    return found
