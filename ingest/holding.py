"""Hold a lease while working, and stop working when it is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from connectors.model import SourceId
from ingest.errors import LeaseLost, LedgerUnavailable, TryLater
from ingest.ledger import LeaseLedger
from ingest.records import Lease

_POLL = 0.1
_SOON = timedelta(seconds=1)


class SourceBusy(TryLater, LeaseLost):
    """Somebody else works on the source; a queue gives it to us again shortly."""


@asynccontextmanager
async def holding(
    leases: LeaseLedger,
    source: SourceId,
    owner: str,
    *,
    patience: float = 0.0,
    seconds: float = 15.0,
) -> AsyncIterator[Lease]:
    """Hold the source's lease, renewed by a heartbeat of its own, not by progress.

    `owner` names this very piece of work: two of one process must not take the lease from
    each other. Raises SourceBusy when another owner has it for longer than `patience`
    seconds. A holder that dies blocks the source for `seconds`. When the lease is lost the
    work inside is cancelled and LeaseLost is raised; what it would commit is refused by the
    fence.
    """

    async def take() -> Lease | None:
        return await leases.take(f"source:{source}", owner, seconds)

    lease = await _patiently(take, patience)
    working = asyncio.current_task()

    def stop(beating: asyncio.Task[LeaseLost]) -> None:
        if working is not None and not beating.cancelled():
            working.cancel()

    beating = asyncio.create_task(_beat(leases, lease, seconds))
    beating.add_done_callback(stop)
    try:
        yield lease
    except asyncio.CancelledError:
        if beating.done():
            raise beating.result() from None
        raise
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await leases.release(lease)


async def _patiently(take: Callable[[], Awaitable[Lease | None]], patience: float) -> Lease:
    for _ in range(int(patience / _POLL)):
        if lease := await take():
            return lease
        await asyncio.sleep(_POLL)
    if lease := await take():
        return lease
    raise SourceBusy("another run works on the source; try again when it has ended", _SOON)


async def _beat(leases: LeaseLedger, lease: Lease, seconds: float) -> LeaseLost:
    """Renew the lease until it is lost, and give the loss."""
    while True:
        await asyncio.sleep(seconds / 3)
        try:
            lease = await leases.renew(lease, seconds)
        except LedgerUnavailable:
            continue  # it is ours until somebody takes it, which then needs the ledger too
        except LeaseLost as error:
            return error
