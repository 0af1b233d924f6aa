"""Keep connections to Google open for as long as anybody uses them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from connectors.google_api import GoogleApi, GoogleWorld, asking
from connectors.google_credentials import Access


@dataclass(slots=True)
class _Open:
    access: Access
    api: GoogleApi
    closing: AsyncExitStack
    users: int = 0


@dataclass(slots=True)
class GoogleLine:
    """Share connections between a scan and the fetches beside it."""

    world: GoogleWorld
    _open: _Open | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def asking(self, access: Access) -> AsyncIterator[GoogleApi]:
        """Ask with this access; the last one who leaves closes the connections."""
        used = await self._used(access)
        used.users += 1
        try:
            yield used.api
        finally:
            used.users -= 1
            if used.users == 0:
                self._open = None if self._open is used else self._open
                await used.closing.aclose()

    async def _used(self, access: Access) -> _Open:
        async with self._lock:
            if self._open is None or self._open.access is not access:
                closing = AsyncExitStack()
                api = await closing.enter_async_context(asking(access, self.world))
                self._open = _Open(access, api, closing)
            return self._open
