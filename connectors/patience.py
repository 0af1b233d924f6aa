"""Ask a vendor's API until it answers, within bounds, whatever its client does by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from connectors.errors import SourceUnavailable
from connectors.politeness import Pace

_ATTEMPTS = 5
_FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
"""Seconds that are waited for in place; for longer the run rests, and others have its room."""
_REST = 60.0
"""Where a vendor that is in trouble does not say for how long."""
_LONGEST_REST = 86_400.0
"""No limit lasts longer: a vendor that says more names a date in seconds, or is mistaken."""

Got = TypeVar("Got")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refusal that passes."""

    said: str
    """What the vendor says, for people; without secrets."""
    wait: float | None = None
    """Seconds that it asks us to wait."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How one vendor is asked."""

    vendor: str
    host: str
    pace: Pace
    judge: Callable[[Exception], Trouble | None]
    """Says of an error that the client raised whether it passes; None: it is raised as it is."""
    sleep: Callable[[float], Awaitable[object]]
    within: float = 60.0
    """Seconds that one answer may take, however slowly it drips."""

    async def ask(self, send: Callable[[], Awaitable[Got]]) -> Got:
        """Send until an answer comes; raises SourceUnavailable, or what `judge` lets through."""
        wait = _FIRST_WAIT
        for attempt in range(1, _ATTEMPTS + 1):
            await self.pace.turn(self.host)
            try:
                async with asyncio.timeout(self.within):
                    return await send()
            except TimeoutError:
                trouble = Trouble(f"no whole answer within {self.within:.0f} s")
            except Exception as error:
                judged = self.judge(error)
                if judged is None:
                    raise
                trouble = judged
            if attempt == _ATTEMPTS or (trouble.wait or 0.0) > LONGEST_WAIT:
                break
            await self._pause(trouble, wait)
            wait *= 2
        rest = timedelta(seconds=min(max(trouble.wait or 0.0, _REST), _LONGEST_REST))
        raise SourceUnavailable(f"{self.vendor} cannot be read now: {trouble.said}", after=rest)

    async def _pause(self, trouble: Trouble, wait: float) -> None:
        """Wait as it says, and have all who ask this host do so where it says it."""
        if trouble.wait is None:
            await self.sleep(wait)
        else:
            self.pace.rest(self.host, trouble.wait)
