"""Hints that a source changed, signed by the vendor: they bring a run forward, no more."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.errors import CredentialsInvalid
from connectors.model import SourceId, TenantId
from ingest.credentials import WEBHOOK_TOKEN, Credentials
from ingest.envelopes import Invitation
from ingest.ledger import SourceLedger
from ingest.ports import Clock
from ingest.records import SourceRecord

_OPEN_FOR = timedelta(minutes=15)
_SETTLES = timedelta(seconds=10)
"""What a vendor tells of is found by its lists a little later, and edits come in rows."""
_APART = timedelta(minutes=1)
"""Between the end of a run and the next one that hints bring about."""
_TOKEN_BYTES = 512
_PREFIX = "sha256="
_NO_TOKEN = "no token"  # noqa: S105 - compared with nothing


@dataclass(frozen=True, slots=True)
class Opened:
    """A handshake that is awaited, or came just now."""

    until: datetime
    token: str | None = field(repr=False)
    """What the vendor sent, which a person must show it again; None: nothing came yet."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Takes a vendor's calls for sources, whose ids alone are no secret."""

    credentials: Credentials
    sources: SourceLedger
    clock: Clock

    async def open(self, tenant: TenantId, source: SourceId) -> Opened:
        """Await the vendor's handshake for a quarter of an hour; only then is one taken.

        Raises CredentialsInvalid where those that the token is to be kept with do not open.
        """
        until = self.clock() + _OPEN_FOR
        ledger = self.credentials.ledger
        if await ledger.credentials(tenant, source) is not None:
            await self.credentials.read(tenant, source)
        await ledger.take_invitation(_came(source), self.clock())
        await ledger.invite(Invitation(_awaited(source), tenant, source, until))
        return Opened(until, None)

    async def opened(self, tenant: TenantId, source: SourceId) -> Opened | None:
        """Say what became of a handshake lately; None when none was awaited."""
        ledger, now = self.credentials.ledger, self.clock()
        found = await ledger.invitation(_came(source), now)
        found = found or await ledger.invitation(_awaited(source), now)
        if found is None or found.tenant != tenant:
            return None
        if not found.envelope:
            return Opened(found.expires_at, None)
        token = self.credentials.vault.open(found.envelope, found.key, tenant, source)
        return Opened(found.expires_at, token.decode())

    async def take(self, source: SourceId, content: bytes, signature: str) -> bool:
        """Take a call: an awaited handshake, or a hint that is signed; False for all others."""
        token = _handshake(content)
        if token is not None and not signature:
            return await self._shake_hands(source, token)
        if not await self._is_signed(source, content, signature):
            return False
        await self._hint(source)
        return True

    async def _shake_hands(self, source: SourceId, token: str) -> bool:
        ledger, now = self.credentials.ledger, self.clock()
        taken = await ledger.take_invitation(_awaited(source), now)
        if taken is None:
            return False
        await self.credentials.add(taken.tenant, source, WEBHOOK_TOKEN, token)
        key = _came(source)
        envelope = self.credentials.vault.seal(token.encode(), key, taken.tenant, source)
        await ledger.invite(Invitation(key, taken.tenant, source, now + _OPEN_FOR, envelope))
        return True

    async def _is_signed(self, source: SourceId, content: bytes, signature: str) -> bool:
        token = await self._token(source)
        expected = hmac.new((token or _NO_TOKEN).encode(), content, hashlib.sha256).hexdigest()
        given = signature.removeprefix(_PREFIX).encode()
        return hmac.compare_digest(expected.encode(), given) and token is not None

    async def _token(self, source: SourceId) -> str | None:
        tenant = await self.credentials.ledger.tenant_of(source)
        if tenant is None:
            return None
        try:
            return (await self.credentials.read(tenant, source)).get(WEBHOOK_TOKEN)
        except CredentialsInvalid:
            return None

    async def _hint(self, source: SourceId) -> None:
        tenant = await self.credentials.ledger.tenant_of(source)
        record = await self.sources.source(tenant, source) if tenant else None
        due = brought_forward(record, self.clock()) if record else None
        if due is not None:
            await self.sources.set_due(source, due)


def brought_forward(record: SourceRecord, now: datetime) -> datetime | None:
    """Say when a hint makes a source due; None where that is soon enough without it.

    However many come, no more than one run a minute comes of them. A source without a
    schedule is left alone: hints may be lost, so they are never the only way.
    """
    if record.next_due_at is None or record.removing:
        return None
    due = now + _SETTLES
    if record.last_synced_at is not None:
        due = max(due, record.last_synced_at + _APART)
    return due if due < record.next_due_at else None


def _handshake(content: bytes) -> str | None:
    """Give the token that a vendor introduces itself with; None where it does not."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return None
    token = said.get("verification_token") if isinstance(said, dict) else None
    # Half a character, which JSON can hold, could not be signed with.
    known = isinstance(token, str) and token.isascii() and 0 < len(token) <= _TOKEN_BYTES
    return token if known else None


def _awaited(source: SourceId) -> str:
    return f"webhook-awaited:{source}"


def _came(source: SourceId) -> str:
    return f"webhook-came:{source}"
