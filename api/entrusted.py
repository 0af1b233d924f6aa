"""What sources entrust us with, built for the composition root: a part of `api/bootstrap.py`."""

import os
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.security import keep_secret
from api.settings import Settings
from connectors.endpoints import Endpoints
from connectors.google_consent import TokenService
from ingest.consent import Consent
from ingest.credentials import Credentials
from ingest.envelopes import CredentialLedger
from ingest.ports import Clock
from ingest.vault import Vault, parse_keys


def endpoints_of(settings: Settings) -> Endpoints:
    """Say where vendors are asked."""
    return Endpoints(
        notion=settings.notion_url,
        google=settings.google_url,
        google_token=settings.google_token_url,
        google_consent=settings.google_consent_url,
        youtube=settings.youtube_url,
    )


def build_credentials(settings: Settings, ledger: CredentialLedger, clock: Clock) -> Credentials:
    """Build what seals and opens sources' secrets; raises SettingsInvalid for a wrong key."""
    if settings.credentials_key is not None:
        written = settings.credentials_key.get_secret_value()
    else:
        made = keep_secret(settings.home / "credentials.key", _written_key)
        written = made.decode(errors="replace")
    return Credentials(ledger, Vault(parse_keys(written), os.urandom), clock)


def _written_key(size: int) -> bytes:
    return b64encode(os.urandom(size)) + b"\n"


@asynccontextmanager
async def opened_consent(settings: Settings, credentials: Credentials) -> AsyncIterator[Consent]:
    """Open what connects sources to accounts."""
    import httpx2

    endpoints = endpoints_of(settings)
    async with httpx2.AsyncClient(trust_env=False) as client:
        service = TokenService(client, endpoints.google_token)
        yield Consent(credentials, endpoints, service.trade, credentials.clock, os.urandom)
