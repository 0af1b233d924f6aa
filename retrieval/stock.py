"""What a caller may see, read once for the questions that come close together."""

import asyncio
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.model import TenantId
from ingest.ports import Clock
from ingest.reading import DocumentFilter, DocumentRecord
from retrieval.pack.holdings import Holdings
from retrieval.ports import Knowledge

_LATELY = timedelta(days=7)
_KEPT_FOR = timedelta(seconds=30)
"""When each document was looked at last is told up to so long behind."""
_MOST_RECORDS = 100_000
_MOST_STOCKS = 500
_Key = tuple[TenantId, int, DocumentFilter]


@dataclass(frozen=True, slots=True)
class Stock:
    """What a caller may see as of a sequence, added up."""

    holdings: Holdings
    access_sets: int
    """Distinct sets of groups among the documents."""
    changed: Sequence[datetime]
    """When each document changed that says so, in order."""

    @classmethod
    def of(cls, records: Sequence[DocumentRecord]) -> "Stock":
        """Add the records up."""
        return cls(
            Holdings.of(records),
            len({record.facts.access for record in records}),
            sorted(record.facts.changed_at for record in records if record.facts.changed_at),
        )

    def changed_per_day(self, at: datetime) -> float:
        """Give how many documents a day changed over the week before."""
        lately = bisect_right(self.changed, at) - bisect_left(self.changed, at - _LATELY)
        return lately / _LATELY.days


class Stocks:
    """Remembers the stock of each tenant and filter while its sequence stands."""

    def __init__(self, reading: Knowledge, clock: Clock, most_records: int = _MOST_RECORDS) -> None:
        self._reading = reading
        self._clock = clock
        self._most_records = most_records
        self._kept: OrderedDict[_Key, tuple[datetime, Stock]] = OrderedDict()
        self._under_way: dict[_Key, asyncio.Task[Stock]] = {}

    async def read(self, tenant: TenantId, sequence: int, where: DocumentFilter) -> Stock:
        """Give what the filter lets through as of the sequence.

        Questions that come while it is read wait for the same reading.
        """
        key, now = (tenant, sequence, where), self._clock()
        read_at, stock = self._kept.get(key, (None, None))
        if stock is not None and read_at is not None and now - read_at <= _KEPT_FOR:
            return stock
        if key not in self._under_way:
            self._under_way[key] = asyncio.create_task(self._read(key, now))
            self._under_way[key].add_done_callback(lambda _: self._under_way.pop(key))
        return await asyncio.shield(self._under_way[key])

    async def _read(self, key: _Key, now: datetime) -> Stock:
        records = await self._reading.knowledge(*key)
        # Adding up fifty thousand documents takes most of a second.
        stock = await asyncio.to_thread(Stock.of, records)
        self._keep(key, now, stock)
        return stock

    def _keep(self, key: _Key, now: datetime, stock: Stock) -> None:
        self._kept[key] = now, stock
        self._kept.move_to_end(key)
        held = sum(len(kept.holdings.records) for _, kept in self._kept.values())
        while len(self._kept) > 1 and (held > self._most_records or len(self._kept) > _MOST_STOCKS):
            _, (_, oldest) = self._kept.popitem(last=False)
            held -= len(oldest.holdings.records)
