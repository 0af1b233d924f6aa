"""Let the making of things run ahead of their use, by a bounded number."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TypeVar

Made = TypeVar("Made")


async def ahead(
    source: AsyncGenerator[Made, None],
    most: int,
    weigh: Callable[[Made], int] = lambda _: 1,
) -> AsyncGenerator[Made, None]:
    """Give what the source gives, in order, while it works up to `most` items ahead.

    An item counts for as many as it weighs, at least 1. What the source raises is raised here,
    after the items before it; closing this closes it.
    """
    room = asyncio.Semaphore(most)
    queue: asyncio.Queue[tuple[Made, int] | None] = asyncio.Queue()
    """Items with what they take; None is the end, good or bad."""

    async def pump() -> None:
        try:
            async with aclosing(source):
                async for made in source:
                    taken = min(weigh(made), most)
                    for _ in range(taken):
                        await room.acquire()
                    queue.put_nowait((made, taken))
        finally:
            queue.put_nowait(None)

    pumping = asyncio.create_task(pump())
    try:
        while (next_one := await queue.get()) is not None:
            made, taken = next_one
            for _ in range(taken):
                room.release()
            yield made
        await pumping
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)
