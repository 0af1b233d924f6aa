"""Making things ahead of their use."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from ingest.ahead import ahead


class Source:
    """Counts to ten, and tells how far it came and whether it was closed."""

    def __init__(self, fails_at: int = -1) -> None:
        self.made = 0
        self.closed = False
        self._fails_at = fails_at

    async def numbers(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(10):
                await asyncio.sleep(0)
                if number == self._fails_at:
                    raise OSError("it broke")
                self.made += 1
                yield number
        finally:
            self.closed = True


async def test_everything_comes_in_order() -> None:
    source = Source()
    assert [number async for number in ahead(source.numbers(), 2)] == list(range(10))
    assert source.closed


async def test_what_is_made_ahead_is_bounded() -> None:
    source = Source()
    async with aclosing(ahead(source.numbers(), 2)) as numbers:
        assert await anext(numbers) == 0
        await asyncio.sleep(0.02)
        assert source.made == 4, "the one in use, two that wait, one that waits for room"


async def test_who_leaves_early_closes_the_source() -> None:
    source = Source()
    async with aclosing(ahead(source.numbers(), 2)) as numbers:
        await anext(numbers)
    assert source.closed


async def test_an_error_comes_after_what_was_made_before_it() -> None:
    got: list[int] = []

    async def collect() -> None:
        async for number in ahead(Source(fails_at=5).numbers(), 9):
            got.append(number)  # noqa: PERF401 - what comes before the error must be kept

    with pytest.raises(OSError, match="it broke"):
        await collect()
    assert got == list(range(5))
