"""Have many things under way, and take each in its turn."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

Done = TypeVar("Done")


class InOrder(Generic[Done]):
    """Works that run side by side and are taken in the order in which they were begun.

    Up to `most` are under way or wait to be taken. Of errors, be it of a work or of what gives
    the works, the first in that order is raised in its turn; after any, no more are begun.
    Used as a context, its end stops everything.
    """

    def __init__(self, works: AsyncGenerator[Coroutine[Any, Any, Done], None], most: int) -> None:
        self._works = works
        self._room = asyncio.Semaphore(most)
        self._begun: deque[asyncio.Future[Done]] = deque()
        self._news = asyncio.Event()
        self._all_begun = False

    async def __aenter__(self) -> Self:
        self._beginning = asyncio.create_task(self._begin())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._beginning.cancel()
        await asyncio.gather(self._beginning, return_exceptions=True)
        for work in self._begun:
            work.cancel()
        await asyncio.gather(*self._begun, return_exceptions=True)

    async def take(
        self, is_full: Callable[[Sequence[Done]], bool], patience: float
    ) -> Sequence[Done]:
        """Wait for the next ones and give all that are done, up to a full number; none at the end.

        What is not full waits so many seconds for more. What came before an error is given
        before it is raised.
        """
        if await self._next() is None:
            return ()
        taken = [self._take()]
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not is_full(taken) and _went_well(await self._next()):
                    taken.append(self._take())
        return taken

    async def _next(self) -> asyncio.Future[Done] | None:
        """Wait until the next one is done, well or not; None when there is none."""
        while not self._begun:
            if self._all_begun:
                return None
            self._news.clear()
            await self._news.wait()
        if not self._begun[0].done():
            await asyncio.wait((self._begun[0],))
        return self._begun[0]

    def _take(self) -> Done:
        self._room.release()
        return self._begun.popleft().result()

    async def _begin(self) -> None:
        try:
            async with aclosing(self._works):
                while await self._room.acquire():
                    self._add(asyncio.ensure_future(await anext(self._works)))
        except StopAsyncIteration:
            pass
        except Exception as error:  # whoever takes its turn is told
            failed: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            self._add(failed)
        finally:
            self._all_begun = True
            self._news.set()

    def _add(self, work: asyncio.Future[Done]) -> None:
        work.add_done_callback(self._stop_beginning)
        self._begun.append(work)
        self._news.set()

    def _stop_beginning(self, work: asyncio.Future[Done]) -> None:
        if not _went_well(work):
            self._beginning.cancel()


def _went_well(work: asyncio.Future[Done] | None) -> bool:
    return work is not None and not work.cancelled() and work.exception() is None
