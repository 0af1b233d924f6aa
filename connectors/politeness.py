"""How fast hosts are asked, by all sources of a process together."""

import asyncio
from collections.abc import Awaitable, Callable

_EVERYWHERE = ""
"""What all hosts together count as."""
_SHARED_SECONDS = 10.0
"""A source that wants to be slower than this holds up itself alone, and not its neighbours."""


class Turns:
    """Give each host its turns, one after another, and all of them theirs."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
        most: float | None = None,
    ) -> None:
        """`sleep` waits seconds of `monotonic`; `most` turns a second in all, None: any number."""
        self._monotonic = monotonic
        self._sleep = sleep
        self._interval = 1 / most if most else 0.0
        self._free_at: dict[str, float] = {}
        self._queues: dict[str, asyncio.Lock] = {}

    def of_one(self) -> "Turns":
        """Give turns by the same clock that nobody else shares."""
        return Turns(self._monotonic, self._sleep)

    def rest(self, host: str, seconds: float) -> None:
        """Give the host no turn before so much time has passed."""
        self._free_at[host] = max(self._free_at.get(host, 0.0), self._monotonic() + seconds)

    async def turn(self, host: str, interval: float) -> None:
        """Wait until the host may be asked once, and leave so many seconds before its next turn."""
        await self._wait(host, interval)
        if self._interval:
            await self._wait(_EVERYWHERE, self._interval)

    async def _wait(self, host: str, interval: float) -> None:
        async with self._queues.setdefault(host, asyncio.Lock()):
            # What it waits for may be put off meanwhile.
            while (wait := self._free_at.get(host, 0.0) - self._monotonic()) > 0:
                await self._sleep(wait)
            self._free_at[host] = self._monotonic() + interval


class Pace:
    """Ask hosts no faster than one source may, and no faster than all may together."""

    def __init__(self, rate: float, turns: Turns) -> None:
        """`rate` is in turns a second for each host."""
        self._interval = 1 / rate
        self._turns = turns
        self._own = turns.of_one()
        self._wanted: dict[str, float] = {}

    def slow_down(self, host: str, seconds: float) -> None:
        """Leave at least so much time between two turns of the host from now on: it wants it."""
        self._wanted[host] = seconds

    def rest(self, host: str, seconds: float) -> None:
        """Give the host no turn before so much time has passed."""
        self._turns.rest(host, seconds)

    async def turn(self, host: str) -> None:
        """Wait until the host may be asked once."""
        wanted = self._wanted.get(host, 0.0)
        await self._own.turn(host, max(wanted, self._interval))
        await self._turns.turn(host, max(wanted, min(self._interval, _SHARED_SECONDS)))
