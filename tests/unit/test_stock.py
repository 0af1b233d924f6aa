import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connectors.model import TenantId
from ingest.model import DocumentId
from ingest.reading import DocumentFilter, DocumentRecord, Revision, Snapshot
from retrieval.look import dated
from retrieval.model import ContextRequest, Fresh
from retrieval.stock import Stock, Stocks
from tests.questions import ACME, NOON, page

WHERE = DocumentFilter()


@dataclass
class Reading:
    """Counts how often it was read."""

    reads: list[tuple[TenantId, int, DocumentFilter]] = field(default_factory=list)

    async def snapshot(self, tenant: TenantId) -> Snapshot:
        raise AssertionError

    async def knowledge(
        self, tenant: TenantId, sequence: int, where: DocumentFilter
    ) -> Sequence[DocumentRecord]:
        self.reads.append((tenant, sequence, where))
        return [page("refunds", "Five days.").record]

    async def contents(
        self, tenant: TenantId, sequence: int, documents: Sequence[DocumentId]
    ) -> dict[DocumentId, Revision]:
        raise AssertionError


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


async def test_what_stands_still_is_read_once() -> None:
    reading, clock = Reading(), Clock()
    stocks = Stocks(reading, clock)
    one = await stocks.read(ACME, 7, WHERE)
    assert await stocks.read(ACME, 7, WHERE) is one
    assert len(reading.reads) == 1


async def test_another_moment_tenant_or_group_is_read_apart() -> None:
    reading, clock = Reading(), Clock()
    stocks = Stocks(reading, clock)
    await stocks.read(ACME, 7, WHERE)
    await stocks.read(ACME, 8, WHERE)
    await stocks.read(TenantId("globex"), 7, WHERE)
    await stocks.read(ACME, 7, replace(WHERE, groups=frozenset({"staff"})))
    assert len(reading.reads) == 4


async def test_when_pages_were_looked_at_is_told_anew_before_long() -> None:
    reading, clock = Reading(), Clock()
    stocks = Stocks(reading, clock)
    await stocks.read(ACME, 7, WHERE)
    clock.now = NOON + timedelta(seconds=31)
    await stocks.read(ACME, 7, WHERE)
    assert len(reading.reads) == 2


async def test_much_that_was_asked_once_is_forgotten() -> None:
    reading, clock = Reading(), Clock()
    stocks = Stocks(reading, clock)
    for sequence in range(600):
        await stocks.read(ACME, sequence, WHERE)
    await stocks.read(ACME, 599, WHERE)
    assert len(reading.reads) == 600
    await stocks.read(ACME, 0, WHERE)
    assert len(reading.reads) == 601


async def test_what_is_larger_than_the_memory_is_remembered_alone() -> None:
    class Large(Reading):
        async def knowledge(
            self, tenant: TenantId, sequence: int, where: DocumentFilter
        ) -> Sequence[DocumentRecord]:
            (one,) = await super().knowledge(tenant, sequence, where)
            ids = (DocumentId(str(number)) for number in range(3))
            return [replace(one, facts=replace(one.facts, id=id_)) for id_ in ids]

    reading = Large()
    stocks = Stocks(reading, Clock(), most_records=2)
    one = await stocks.read(ACME, 7, WHERE)
    assert await stocks.read(ACME, 7, WHERE) is one
    await stocks.read(ACME, 8, WHERE)
    await stocks.read(ACME, 7, WHERE)
    assert len(reading.reads) == 3


async def test_questions_at_once_share_one_reading() -> None:
    reading = Reading()
    stocks = Stocks(reading, Clock())
    asked = [asyncio.create_task(stocks.read(ACME, 7, WHERE)) for _ in range(5)]
    await asyncio.sleep(0)
    asked[0].cancel()
    one, *others = await asyncio.gather(*asked[1:])
    assert all(other is one for other in others)
    assert len(reading.reads) == 1


def test_fresh_pages_are_read_once_a_minute_and_never_past_their_date() -> None:
    request = ContextRequest((), WHERE, fresh=Fresh.REQUIRE)
    at = [NOON.replace(second=1), NOON.replace(second=59)]
    first, second = (dated(request, one).fresh_at for one in at)
    assert first == second
    assert first is not None
    assert first > at[1]


def test_a_stock_is_added_up() -> None:
    german = page("versand", "Pakete gehen mittags.", language="de").record
    closed = replace(german, facts=replace(german.facts, access=frozenset({"staff"})))
    fresh = replace(german, facts=replace(german.facts, changed_at=NOON - timedelta(days=1)))
    stock = Stock.of([german, closed, fresh])
    assert list(stock.holdings.records) == ["versand"]
    assert stock.access_sets == 2
    assert stock.changed_per_day(NOON) == 1 / 7
