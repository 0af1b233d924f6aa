"""Know which documents are on their way into the ledger."""

import asyncio
from collections.abc import Collection


class Underway:
    """Refs of documents that were read and are not durable yet; one asks after another."""

    def __init__(self) -> None:
        self._refs: set[str] = set()
        self._left = asyncio.Event()

    async def enter(self, refs: Collection[str]) -> None:
        """Wait until none of these is on its way, and have all of them be."""
        while not self._refs.isdisjoint(refs):
            self._left.clear()
            await self._left.wait()
        self._refs.update(refs)

    def leave(self, refs: Collection[str]) -> None:
        """Note that these are durable."""
        self._refs.difference_update(refs)
        self._left.set()
