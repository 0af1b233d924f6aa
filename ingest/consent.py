"""Connect a source to somebody's account: ask, and keep what his consent gives."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connectors.endpoints import Endpoints
from connectors.errors import CredentialsInvalid, SettingsInvalid
from connectors.google_consent import SCOPES, Request, consent_address
from connectors.model import Source, SourceId, TenantId
from ingest.credentials import Credentials
from ingest.envelopes import Invitation
from ingest.ports import Clock

if TYPE_CHECKING:
    from connectors.google_credentials import OAuthClient

Trade = Callable[["OAuthClient", Request, str, tuple[str, ...]], Awaitable[str]]
"""Gives a lasting token for a code; raises CredentialsInvalid, SourceUnavailable."""

_STANDS_FOR = timedelta(minutes=10)
_STATE_BYTES, _VERIFIER_BYTES = 32, 48
CLIENT, TOKEN = "oauth_client", "refresh_token"


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a person says yes or no, and until when."""

    address: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """Asks for consent and carries it out, each asking once."""

    credentials: Credentials
    endpoints: Endpoints
    trade: Trade
    clock: Clock
    random: Callable[[int], bytes]

    async def ask(self, source: Source, redirect: str) -> Asked:
        """Give the address where a person lets us in; raises SettingsInvalid, CredentialsInvalid.

        What comes back to `redirect` within ten minutes is carried out by `finish`.
        """
        if source.kind not in SCOPES:
            raise SettingsInvalid(f"'{source.kind}' sources are not connected to an account.")
        client = await self._client(source.tenant, source.id)
        state, verifier = self._text(_STATE_BYTES), self._text(_VERIFIER_BYTES)
        request = Request(redirect, verifier)
        key, expires_at = _key(state), self.clock() + _STANDS_FOR
        content = json.dumps({"kind": source.kind, **asdict(request)}).encode()
        envelope = self.credentials.vault.seal(content, key, source.tenant, source.id)
        invitation = Invitation(key, source.tenant, source.id, expires_at, envelope)
        await self.credentials.ledger.invite(invitation)
        address = consent_address(self.endpoints, client, request, state, SCOPES[source.kind])
        return Asked(address, expires_at)

    async def take(self, state: str) -> Invitation | None:
        """Give the asking that this state proves, once; None when there is none any more."""
        return await self.credentials.ledger.take_invitation(_key(state), self.clock())

    async def finish(self, taken: Invitation, code: str) -> None:
        """Trade the code for a token and keep it with the source.

        Raises CredentialsInvalid, SourceUnavailable or LedgerConflict, with nothing changed.
        """
        tenant, source = taken.tenant, taken.source
        opened = self.credentials.vault.open(taken.envelope, taken.key, tenant, source)
        held = json.loads(opened)
        client = await self._client(tenant, source)
        request = Request(held["redirect"], held["verifier"])
        token = await self.trade(client, request, code, SCOPES[held["kind"]])
        await self.credentials.add(tenant, source, TOKEN, token)

    async def _client(self, tenant: TenantId, source: SourceId) -> "OAuthClient":
        secrets = await self.credentials.read(tenant, source)
        if CLIENT not in secrets:
            raise CredentialsInvalid(
                f"The source has no '{CLIENT}' yet: give it the JSON file of an OAuth client first."
            )
        # Here, since Google's library behind it takes long to load.
        from connectors.google_credentials import oauth_client

        return oauth_client(secrets[CLIENT])

    def _text(self, size: int) -> str:
        return urlsafe_b64encode(self.random(size)).decode().rstrip("=")


def _key(state: str) -> str:
    """Name an asking by its state's digest: what the ledger holds opens nothing."""
    return "oauth:" + hashlib.sha256(state.encode()).hexdigest()
