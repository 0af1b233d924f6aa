"""Hold a lease while working, and stop working when it is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.model import SourceId
from ingest.errors import LeaseLost
from ingest.ledger import LeaseLedger
from ingest.records import Lease

_SECONDS = 15.0
_POLL = 0.2
_PATIENCE = 60.0


class SourceBusy(LeaseLost):
    """Somebody else has worked on the source for longer than we wait."""


@asynccontextmanager
async def holding(leases: LeaseLedger, source: SourceId, owner: str) -> AsyncIterator[Lease]:
    """Hold the source's lease, renewed by a heartbeat of its own, not by progress.

    `owner` names this very piece of work: two of one process must not take the lease from
    each other. Waits up to a minute for another owner. When the lease is lost the work inside is
    cancelled and LeaseLost is raised; what it would commit is refused by the fence.
    """
    lease = await _taken(leases, f"source:{source}", owner)
    working = asyncio.current_task()
    lost: list[LeaseLost] = []

    async def beat() -> None:
        held = lease
        while True:
            await asyncio.sleep(_SECONDS / 3)
            try:
                held = await leases.renew(held, _SECONDS)
            except LeaseLost as error:
                lost.append(error)
                if working is not None:
                    working.cancel()
                return

    beating = asyncio.create_task(beat())
    try:
        yield lease
    except asyncio.CancelledError:
        if lost:
            raise lost[0] from None
        raise
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await leases.release(lease)


async def _taken(leases: LeaseLedger, name: str, owner: str) -> Lease:
    for _ in range(int(_PATIENCE / _POLL)):
        if lease := await leases.take(name, owner, _SECONDS):
            return lease
        await asyncio.sleep(_POLL)
    raise SourceBusy(f"{name} is being worked on by another run; try again when it has ended")
