"""Let the making of things run ahead of their use, by a bounded number."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

Made = TypeVar("Made")


async def ahead(source: AsyncIterator[Made], most: int) -> AsyncIterator[Made]:
    """Give what the source gives, in order, while it works up to `most` items ahead.

    What the source raises is raised here, after the items before it; leaving early stops it.
    """
    queue: asyncio.Queue[Made] = asyncio.Queue(most)

    async def pump() -> None:
        async for made in source:
            await queue.put(made)

    pumping = asyncio.create_task(pump())
    try:
        while True:
            getting = asyncio.create_task(queue.get())
            await asyncio.wait({getting, pumping}, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                yield getting.result()
                continue
            getting.cancel()
            while not queue.empty():
                yield queue.get_nowait()
            pumping.result()
            return
    finally:
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)
