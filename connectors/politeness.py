"""How fast one host is asked."""

import asyncio
from collections.abc import Awaitable, Callable


class Pace:
    """Give each host its turns, one after another, never closer together than its interval."""

    def __init__(
        self,
        rate: float,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        """`rate` is in turns a second for each host; `sleep` waits seconds of `monotonic`."""
        self._interval = 1 / rate
        self._monotonic = monotonic
        self._sleep = sleep
        self._intervals: dict[str, float] = {}
        self._free_at: dict[str, float] = {}
        self._queues: dict[str, asyncio.Lock] = {}

    def slow_down(self, host: str, seconds: float) -> None:
        """Leave at least so much time between two turns of the host from now on."""
        self._intervals[host] = max(seconds, self._interval)

    def rest(self, host: str, seconds: float) -> None:
        """Give the host no turn before so much time has passed."""
        self._free_at[host] = max(self._free_at.get(host, 0.0), self._monotonic() + seconds)

    async def turn(self, host: str) -> None:
        """Wait until the host may be asked once."""
        async with self._queues.setdefault(host, asyncio.Lock()):
            # What it waits for may be put off meanwhile.
            while (wait := self._free_at.get(host, 0.0) - self._monotonic()) > 0:
                await self._sleep(wait)
            interval = self._intervals.get(host, self._interval)
            self._free_at[host] = self._monotonic() + interval
