"""Keep what was asked without making anybody wait for it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog

from ingest.errors import LedgerUnavailable
from ingest.queries import QueryLedger
from ingest.reading import QueryRecord

_MOST_WAITING = 10_000
_EVERY_S = 0.5


class QueryLog:
    """Write questions behind, in batches; under pressure the oldest unwritten ones go first.

    One that does not `keep` forgets each at once.
    """

    def __init__(
        self, ledger: QueryLedger, redact: Callable[[str], str], *, keep: bool = True
    ) -> None:
        self._ledger = ledger
        self._redact = redact
        self._keep = keep
        self._waiting: deque[QueryRecord] = deque(maxlen=_MOST_WAITING)
        self._writing = asyncio.Lock()
        self._log = structlog.get_logger("punnet.queries")

    def note(self, record: QueryRecord) -> None:
        """Take a question; it is in the ledger about a second later."""
        if not self._keep:
            return
        self._waiting.append(replace(record, text=self._redact(record.text)))

    async def flush(self) -> None:
        """Write what waits; on a full disk or a locked ledger it waits on."""
        # Whoever else flushes waits: the same questions written twice would be refused.
        async with self._writing:
            batch = tuple(self._waiting)
            if not batch:
                return
            try:
                await self._ledger.record(batch)
            except LedgerUnavailable as error:
                self._log.warning("queries_not_written", waiting=len(batch), reason=str(error))
                return
            for _ in range(min(len(batch), len(self._waiting))):
                self._waiting.popleft()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["QueryLog"]:
        """Write in the background, and once more at the end."""

        async def write() -> None:
            while True:
                await asyncio.sleep(_EVERY_S)
                await self.flush()

        task = asyncio.create_task(write())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.flush()
