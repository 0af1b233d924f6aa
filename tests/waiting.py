"""Waiting that takes no time."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class Waits:
    """A clock that only waiting moves, for `Turns` and for whoever waits."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)
