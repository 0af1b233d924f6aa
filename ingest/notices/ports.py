"""What notices need: a ledger that knows hooks, and a way to post to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from connectors.model import TenantId
from ingest.freshness.model import Deed
from ingest.notices.model import Hook, Posted


class HookLedger(Protocol):
    """Know who is told of what."""

    async def add_hook(self, hook: Hook) -> None:
        """Add a hook; it is told of what happens from now on."""
        ...

    async def hook(self, tenant: TenantId, hook: str) -> Hook | None:
        """Give one hook of the tenant."""
        ...

    async def hooks(self, tenant: TenantId) -> Sequence[Hook]:
        """Give the tenant's hooks, oldest first."""
        ...

    async def remove_hook(self, tenant: TenantId, hook: str) -> bool:
        """Forget a hook; False when there is none."""
        ...

    async def save_progress(self, hook: Hook) -> None:
        """Store how far a hook has come and what troubles it."""
        ...

    async def due_hooks(self, at: datetime) -> Sequence[Hook]:
        """Give the hooks of all tenants that are not paused and may be told now."""
        ...

    async def latest_deed(self, tenant: TenantId) -> int:
        """Give the id of the tenant's latest deed; 0 without one."""
        ...

    async def deeds_after(self, tenant: TenantId, last: int, limit: int) -> Sequence[Deed]:
        """Give what was done after the deed `last`, in the order in which it was kept."""
        ...


class Poster(Protocol):
    """Send a body to an address, safely."""

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, private: bool
    ) -> Posted:
        """Give what the address answered; raises FetchRefused, FetchFailed."""
        ...
