"""Ask a person to let us into his Google account, and trade his yes for a lasting token."""

import asyncio
import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from connectors.endpoints import Endpoints
from connectors.errors import CredentialsInvalid, SourceUnavailable
from connectors.model import Json

if TYPE_CHECKING:
    # What few sources need is loaded where it is used.
    import httpx2

    from connectors.google_credentials import OAuthClient

SCOPES: Mapping[str, tuple[str, ...]] = {
    "gdrive": ("https://www.googleapis.com/auth/drive.readonly",),
}
"""What each kind of source that a person can consent to must be allowed to do."""
_MOST_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class Request:
    """One asking for consent: what the answer must be traded with."""

    redirect: str
    """Where Google sends the person back to; registered there, letter for letter."""
    verifier: str = field(repr=False)
    """Kept by us until the trade; Google first sees only its digest."""


def consent_address(
    endpoints: Endpoints,
    client: "OAuthClient",
    request: Request,
    state: str,
    scopes: tuple[str, ...],
) -> str:
    """Give the address where the person says yes or no."""
    digest = hashlib.sha256(request.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": request.redirect,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        # Without these two Google gives no lasting token, or only the first time.
        "access_type": "offline",
        "prompt": "consent",
    }
    return f"{endpoints.google_consent}?{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class TokenService:
    """Where codes are traded for tokens."""

    http: "httpx2.AsyncClient"
    address: str
    within: float = 20.0
    """Seconds that an answer may take, however slowly it drips."""

    async def trade(
        self, client: "OAuthClient", request: Request, code: str, scopes: tuple[str, ...]
    ) -> str:
        """Trade the code of a consent for a lasting token.

        Raises CredentialsInvalid where Google refuses or gives too little, SourceUnavailable
        where it does not answer; neither repeats what was sent.
        """
        told = await self._post(
            {
                "grant_type": "authorization_code",
                "code": code,
                "client_id": client.id,
                "client_secret": client.secret,
                "redirect_uri": request.redirect,
                "code_verifier": request.verifier,
            }
        )
        granted = str(told.get("scope", "")).split()
        if missing := sorted(set(scopes) - set(granted)):
            raise CredentialsInvalid(
                f"Google gave no right to {', '.join(missing)}. Connect again and tick it."
            )
        token = told.get("refresh_token")
        if not isinstance(token, str) or not token:
            raise CredentialsInvalid("Google gave no lasting token. Connect again.")
        return token

    async def _post(self, form: Mapping[str, str]) -> Mapping[str, Json]:
        import httpx2

        content = bytearray()
        sent = self.http.build_request("POST", self.address, data=dict(form), timeout=self.within)
        try:
            async with asyncio.timeout(self.within):
                answer = await self.http.send(sent, stream=True, follow_redirects=False)
                async with aclosing(answer), aclosing(answer.aiter_bytes()) as pieces:
                    async for piece in pieces:
                        content += piece
                        if len(content) > _MOST_BYTES:
                            break
        except (httpx2.HTTPError, TimeoutError) as error:
            # Not chained: what was asked stands in the error.
            raise SourceUnavailable(
                f"Google's token service does not answer ({type(error).__name__}). "
                "Connect again later."
            ) from None
        return _granted(answer.status_code, _object(bytes(content)))


def _granted(status: int, told: Mapping[str, Json]) -> Mapping[str, Json]:
    if status == HTTPStatus.OK and told:
        return told
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not told:
        raise SourceUnavailable(
            f"Google's token service answers with status {status}. Connect again later."
        )
    raise CredentialsInvalid(
        f"Google refused ({_code(told)}). See that 'oauth_client' is a client that still exists "
        "and lists our address among its redirects, and connect again."
    )


def _object(content: bytes) -> Mapping[str, Json]:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _code(told: Mapping[str, Json]) -> str:
    """Give the error's name, as the standard has it; a vendor's own words may repeat secrets."""
    code = str(told.get("error", ""))
    return code if code.isascii() and code.replace("_", "").isalpha() else "it does not say why"
