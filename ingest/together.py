"""Do several things side by side, all of them or none."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Done = TypeVar("Done")


async def together(works: Iterable[Coroutine[Any, Any, Done]]) -> list[Done]:
    """Give what each gives, in order; the first error stops the others and is raised itself.

    A TaskGroup would raise a group, which no caller can catch by the kind of the error, and
    `gather` alone would let the others work on.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
