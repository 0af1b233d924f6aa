"""Builds what tells programs elsewhere: a part of `api/bootstrap.py`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from connectors.http import HttpLimits, WebClient
from ingest.notices.model import Posted
from ingest.notices.ports import HookLedger
from ingest.notices.send import Flags, Notices
from ingest.ports import Clock
from ingest.vault import Vault

AGENT = "Punnet"
_LIMITS = HttpLimits(max_bytes=64_000, total_s=15.0, read_s=15.0)


@dataclass(frozen=True, slots=True)
class WebPoster:
    """Posts by one of two clients: only the operator's leads into private networks."""

    public: WebClient
    anywhere: WebClient

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, private: bool
    ) -> Posted:
        """Give what the address answered; raises FetchRefused, FetchFailed."""
        client = self.anywhere if private else self.public
        reply = await client.post(url, headers, body)
        return Posted(reply.status, reply.headers.get("retry-after", ""))


@asynccontextmanager
async def opened_notices(
    hooks: HookLedger, flags: Flags, vault: Vault, clock: Clock
) -> AsyncIterator[Notices]:
    """Open what tells hooks what happened."""
    async with (
        WebClient(AGENT, limits=_LIMITS) as public,
        WebClient(AGENT, limits=_LIMITS, may_be_private=lambda _, __: True) as anywhere,
    ):
        yield Notices(hooks, flags, WebPoster(public, anywhere), vault, clock)
