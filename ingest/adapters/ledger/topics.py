"""Topics in the database: where they lie, what belongs to them, what was asked of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Row, Select, delete, exists, func, select, update
from sqlalchemy.sql import ColumnElement

from connectors.model import Json, TenantId
from ingest.adapters.ledger.engine import Database, in_batches
from ingest.adapters.ledger.sorting import write_sorting
from ingest.adapters.ledger.tables import outcome, passage, query
from ingest.adapters.ledger.topic_tables import asked, topic_week
from ingest.adapters.ledger.topic_tables import topic as subject
from ingest.model import DocumentId, Vector
from ingest.topics import (
    AskedQuestion,
    Lately,
    Sorting,
    Standing,
    Topic,
    TopicCentre,
    TopicChange,
    TopicSketch,
    TopicState,
    TopicWeek,
)

_TROUBLED = (Standing.WEAK.value, Standing.REFUSED.value)
_WEEK = timedelta(weeks=1)
_SAMPLE = 500
"""Passages whose mean stands for all."""
_FEEDBACK = outcome.c.kind == "feedback"
_KEPT = (
    query.c.id,
    query.c.at,
    query.c.kind,
    query.c.text,
    (query.c.found != "").label("finds"),
    query.c.detail,
)
_FARED = (asked.c.topic, asked.c.standing, asked.c.bad)


@dataclass(frozen=True, slots=True)
class SqlTopics:
    """Keep topics in the database."""

    database: Database

    async def unsorted(
        self, tenant: TenantId, kinds: Collection[str], limit: int
    ) -> Sequence[AskedQuestion]:
        sorted_ = exists().where(asked.c.query == query.c.id)
        waiting = (query.c.tenant == tenant) & query.c.kind.in_(kinds) & ~sorted_
        oldest_first = select(*_KEPT).where(waiting).order_by(query.c.at, query.c.id)
        rows = await self.database.rows(oldest_first.limit(limit))
        return [AskedQuestion(*row) for row in rows]

    async def complaints(
        self, tenant: TenantId, verdicts: Collection[str], limit: int
    ) -> Sequence[AskedQuestion]:
        said = exists().where(
            outcome.c.query == query.c.id,
            _FEEDBACK,
            outcome.c.detail["verdict"].as_string().in_(verdicts),
        )
        uncounted = (asked.c.tenant == tenant) & (asked.c.topic != "") & ~asked.c.bad & said
        oldest_first = _questions().where(uncounted).order_by(query.c.at, query.c.id)
        return [_question(row) for row in await self.database.rows(oldest_first.limit(limit))]

    async def middle(self, tenant: TenantId, dimension: int, fewest: int) -> Vector | None:
        its = (passage.c.tenant == tenant) & (func.length(passage.c.vector) == 2 * dimension)
        # The hashes have an index, and the first by hash are a fair sample.
        in_order = select(passage.c.vector).where(its).order_by(passage.c.embedded_hash)
        vectors = [row.vector for row in await self.database.rows(in_order.limit(_SAMPLE))]
        return np.mean(np.array(vectors), axis=0) if len(vectors) >= fewest else None

    async def centres(self, tenant: TenantId) -> Sequence[TopicCentre]:
        its = select(
            subject.c.id, subject.c.state, subject.c.vector, subject.c.length, subject.c.weight
        )
        by_id = its.where(subject.c.tenant == tenant).order_by(subject.c.id)
        return [
            TopicCentre(id_, TopicState(state), *rest)
            for id_, state, *rest in await self.database.rows(by_id)
        ]

    async def sort(self, tenant: TenantId, sorting: Sorting) -> None:
        if not sorting.placed:
            return
        async with self.database.writing() as connection:
            await write_sorting(connection, tenant, sorting)

    async def sketch(self, tenant: TenantId, sketches: Mapping[str, TopicSketch]) -> None:
        if not sketches:
            return
        async with self.database.writing() as connection:
            for id_, its in sketches.items():
                await connection.execute(
                    update(subject).where(_of(tenant, id_)).values(**asdict(its))
                )

    async def checked(self, tenant: TenantId, topics: Collection[str], sequence: int) -> None:
        if not topics:
            return
        async with self.database.writing() as connection:
            for some in in_batches(sorted(topics)):
                its = (subject.c.tenant == tenant) & subject.c.id.in_(some)
                await connection.execute(update(subject).where(its).values(checked=sequence))

    async def topics(
        self, tenant: TenantId, ids: Collection[str] | None, since: date
    ) -> Sequence[Topic]:
        weeks = await self._weeks(tenant, ids, since)
        its = subject.c.tenant == tenant
        if ids is not None:
            its &= subject.c.id.in_(ids)
        columns = [column for column in subject.c if column.name != "vector"]
        rows = await self.database.rows(select(*columns).where(its).order_by(subject.c.id))
        return [_topic(row, weeks[row.id]) for row in rows]

    async def lately(self, tenant: TenantId, at: datetime) -> Mapping[str, Lately]:
        last = func.count().filter(asked.c.at > at - _WEEK)
        of_both = (asked.c.at > at - 2 * _WEEK) & (asked.c.at <= at)
        counts = select(asked.c.topic, last, func.count()).where(asked.c.tenant == tenant, of_both)
        rows = await self.database.rows(counts.group_by(asked.c.topic))
        return {topic: Lately(last, both - last) for topic, last, both in rows}

    async def questions(
        self, tenant: TenantId, topic: str, limit: int, *, troubled: bool
    ) -> Sequence[AskedQuestion]:
        its = (asked.c.tenant == tenant) & (asked.c.topic == topic)
        if troubled:
            its &= asked.c.bad | asked.c.standing.in_(_TROUBLED)
        newest_first = _questions().where(its).order_by(asked.c.at.desc(), asked.c.query)
        return [_question(row) for row in await self.database.rows(newest_first.limit(limit))]

    async def change_topic(self, tenant: TenantId, topic: str, change: TopicChange) -> bool:
        ends = change.state is not TopicState.OPEN
        row = {
            "state": change.state.value,
            "note": change.note,
            "by": change.by,
            "ended_at": change.at if ends else None,
            "troubles_at_end": subject.c.troubles if ends else 0,
        }
        its = _of(tenant, topic) & (subject.c.state != change.state.value)
        async with self.database.writing() as connection:
            return bool((await connection.execute(update(subject).where(its).values(row))).rowcount)

    async def verdicts(self, tenant: TenantId, query_id: str) -> Sequence[Mapping[str, Json]]:
        its = (query.c.tenant == tenant) & (query.c.id == query_id) & _FEEDBACK
        said = select(outcome.c.detail).select_from(outcome.join(query)).where(its)
        return [row.detail for row in await self.database.rows(said.order_by(outcome.c.id))]

    async def forget_topics(self, before: date) -> int:
        known = exists().where(query.c.id == subject.c.named_after)
        nameless = select(subject.c.id, subject.c.words).where(subject.c.named_after != "", ~known)
        unasked = ~exists().where(topic_week.c.topic == subject.c.id)
        async with self.database.writing() as connection:
            await connection.execute(delete(topic_week).where(topic_week.c.start < before))
            gone = await connection.execute(delete(subject).where(unasked))
            for row in (await connection.execute(nameless)).all():
                named = {"name": ", ".join(row.words), "named_after": ""}
                await connection.execute(
                    update(subject).where(subject.c.id == row.id).values(named)
                )
        return gone.rowcount

    async def _weeks(
        self, tenant: TenantId, ids: Collection[str] | None, since: date
    ) -> Mapping[str, list[TopicWeek]]:
        its = (topic_week.c.tenant == tenant) & (topic_week.c.start >= since)
        if ids is not None:
            its &= topic_week.c.topic.in_(ids)
        counts = (topic_week.c.asked, topic_week.c.weak, topic_week.c.refused, topic_week.c.bad)
        statement = select(topic_week.c.topic, topic_week.c.start, *counts).where(its)
        weeks: defaultdict[str, list[TopicWeek]] = defaultdict(list)
        for id_, *week in await self.database.rows(statement.order_by(topic_week.c.start)):
            weeks[id_].append(TopicWeek(*week))
        return weeks


def _of(tenant: TenantId, id_: str) -> ColumnElement[bool]:
    return (subject.c.tenant == tenant) & (subject.c.id == id_)


def _questions() -> Select[Any]:
    return select(*_KEPT, *_FARED).select_from(asked.join(query))


def _question(row: Row[Any]) -> AskedQuestion:
    return AskedQuestion(
        id=row.id,
        at=row.at,
        kind=row.kind,
        text=row.text,
        finds=row.finds,
        detail=row.detail,
        topic=row.topic,
        standing=Standing(row.standing),
        bad=row.bad,
    )


def _topic(row: Row[Any], weeks: Sequence[TopicWeek]) -> Topic:
    return Topic(
        id=row.id,
        name=row.name,
        words=row.words,
        state=TopicState(row.state),
        first_at=row.first_at,
        last_at=row.last_at,
        trouble_at=row.trouble_at,
        troubles=row.troubles,
        named_after=row.named_after,
        nearest=None if row.nearest is None else DocumentId(row.nearest),
        nearness=row.nearness,
        checked=row.checked,
        note=row.note,
        by=row.by,
        ended_at=row.ended_at,
        troubles_at_end=row.troubles_at_end,
        weeks=tuple(weeks),
    )
