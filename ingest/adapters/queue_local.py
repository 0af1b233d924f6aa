"""The embedded mode's queue: it claims work that stands in the ledger."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.failpoint import failpoint
from ingest.errors import LedgerUnavailable, TryLater
from ingest.ledger import WorkLedger
from ingest.ports import Clock, Handler
from ingest.records import WorkItem

log = logging.getLogger(__name__)

LONGEST_DELAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is done at a time, and how often the ledger is asked."""

    handlers: int = 2
    poll_seconds: float = 0.2
    claim_seconds: float = 20.0
    """After this long without a heartbeat, another owner may take an item over."""


DEFAULT_PACE = Pace()


def retry_delay(attempts: int) -> timedelta:
    """Double from one second with each attempt, up to an hour: nothing is ever given up."""
    return min(LONGEST_DELAY, timedelta(seconds=2 ** min(attempts, 12)))


class LocalQueue:
    """Carries work from the ledger to handlers of this process.

    `owner` must differ from every other process's, also from that of this process's
    predecessor, whose claims must run out before they are taken over.
    """

    def __init__(
        self, work: WorkLedger, clock: Clock, owner: str, pace: Pace = DEFAULT_PACE
    ) -> None:
        self._work = work
        self._clock = clock
        self._owner = owner
        self._pace = pace
        self._put = asyncio.Event()
        self._carried: set[str] = set()
        self._kinds: tuple[str, ...] = ()

    async def put(self, item: WorkItem) -> bool:
        stored = await self._work.put_work(item)
        self._put.set()
        return stored

    async def crowded(self) -> bool:
        return await self._work.waits(self._kinds, self._clock())

    async def run(self, handlers: Mapping[str, Handler], stop: asyncio.Event) -> None:
        free = asyncio.Semaphore(self._pace.handlers)
        kinds = self._kinds = tuple(handlers)
        async with asyncio.TaskGroup() as running:
            while not stop.is_set():
                await free.acquire()
                item = None if stop.is_set() else await self._claim(kinds)
                if item is None:
                    free.release()
                    await self._idle(stop)
                    continue
                carrying = running.create_task(self._carry(item, handlers[item.kind]))
                carrying.add_done_callback(lambda _: free.release())

    async def _claim(self, kinds: Sequence[str]) -> WorkItem | None:
        self._put.clear()
        try:
            item = await self._work.claim_work(
                kinds, self._owner, self._clock(), self._pace.claim_seconds
            )
        except LedgerUnavailable as unavailable:
            log.warning("no work can be claimed, trying again: %s", unavailable)
            return None
        # After a standstill of this process its own claims had run out: now they hold again.
        return None if item is not None and item.key in self._carried else item

    async def _idle(self, stop: asyncio.Event) -> None:
        if stop.is_set():
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._put.wait(), self._pace.poll_seconds)

    async def _carry(self, item: WorkItem, handler: Handler) -> None:
        """Hold the claim while the handler works, then settle the item; never raises."""
        self._carried.add(item.key)
        work = asyncio.ensure_future(handler(item))
        heartbeat = asyncio.create_task(self._hold(item, work))
        try:
            await asyncio.wait((work,))
        finally:
            heartbeat.cancel()
            work.cancel()  # without effect on one that is done
            self._carried.discard(item.key)
        await self._settle(item, work)

    async def _settle(self, item: WorkItem, work: asyncio.Future[None]) -> None:
        if work.cancelled():
            log.warning("%s was dropped: its claim was lost to another owner", item.key)
            return
        try:
            if failure := work.exception():
                await self._give_back(item, failure)
            else:
                failpoint("queue.finishing")
                await self._work.finish_work(item.key, self._owner)
        except LedgerUnavailable as unavailable:
            # The claim runs out and the item is done again: at least once, never lost.
            log.warning("%s could not be settled and will be done again: %s", item.key, unavailable)

    async def _give_back(self, item: WorkItem, failure: BaseException) -> None:
        if isinstance(failure, TryLater):
            due_at = self._clock() + failure.after
            await self._work.postpone_work(item.key, self._owner, due_at)
            return
        delay = retry_delay(item.attempts)
        log.error(
            "%s failed at attempt %d, next in %d s",
            item.key,
            item.attempts + 1,
            delay.total_seconds(),
            exc_info=failure,
        )
        await self._work.retry_work(item.key, self._owner, self._clock() + delay)

    async def _hold(self, item: WorkItem, work: asyncio.Future[None]) -> None:
        """Renew the claim three times in its life; end the work once it is lost."""
        until = self._clock() + timedelta(seconds=self._pace.claim_seconds)
        while not work.done():
            await asyncio.sleep(self._pace.claim_seconds / 3)
            renewed = self._clock() + timedelta(seconds=self._pace.claim_seconds)
            if await self._renew(item.key, renewed, until):
                until = max(until, renewed)
            else:
                work.cancel()
                return

    async def _renew(self, key: str, renewed: datetime, until: datetime) -> bool:
        try:
            return await self._work.keep_work(key, self._owner, renewed)
        except LedgerUnavailable:
            # What was claimed stays ours to the end of the claim, ledger or not.
            return self._clock() < until
