"""Let the making of things run ahead of their use, by a bounded number."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

Made = TypeVar("Made")


async def ahead(source: AsyncGenerator[Made, None], most: int) -> AsyncGenerator[Made, None]:
    """Give what the source gives, in order, while it works up to `most` items ahead.

    What the source raises is raised here, after the items before it; closing this closes it.
    """
    room = asyncio.Semaphore(most)
    queue: asyncio.Queue[tuple[Made, ...]] = asyncio.Queue()
    """Items one by one; an empty tuple is the end, good or bad."""

    async def pump() -> None:
        try:
            async with aclosing(source):
                async for made in source:
                    await room.acquire()
                    queue.put_nowait((made,))
        finally:
            queue.put_nowait(())

    pumping = asyncio.create_task(pump())
    try:
        while made := await queue.get():
            room.release()
            yield made[0]
        await pumping
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)
