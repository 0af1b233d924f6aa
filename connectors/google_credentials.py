"""What opens Google's APIs: a service account, a person's consent, or a key."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2.credentials import Credentials as ConsentedCredentials
from google.oauth2.service_account import Credentials as ServiceAccountCredentials

from connectors.errors import CredentialsInvalid
from connectors.google_errors import Answered
from connectors.model import Json

SERVICE_ACCOUNT, OAUTH_CLIENT, REFRESH_TOKEN = "service_account", "oauth_client", "refresh_token"
_NEITHER = (
    f"The source has neither of the credentials '{SERVICE_ACCOUNT}' (the JSON key file of a "
    f"service account) and '{OAUTH_CLIENT}' (the JSON of an OAuth client): set one."
)

Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[Answered]]
"""Sends a body to the token endpoint; raises unless a token came back."""


class Access(Protocol):
    """Let requests in."""

    @property
    def renewal(self) -> str:
        """What a person does when Google does not let us in, without a full stop."""
        ...

    async def headers(self, post: Post) -> Mapping[str, str]:
        """Give the headers that open, with `post` to get a token; raises CredentialsInvalid."""
        ...

    def forget(self, shown: Mapping[str, str]) -> bool:
        """Forget the token of headers that were refused; False where there is never another."""
        ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a project, for what everybody may read."""

    key: str = field(repr=False)
    renewal: str = "make a new API key in the Google Cloud console and set it as the credential"

    async def headers(self, _: Post) -> Mapping[str, str]:
        return {"x-goog-api-key": self.key}

    def forget(self, _: Mapping[str, str]) -> bool:
        return False


class Tokens:
    """Access tokens, renewed by one at a time."""

    def __init__(self, credentials: Credentials, renewal: str) -> None:
        """`renewal` as of Access."""
        self._credentials = credentials
        self._lock = asyncio.Lock()
        self.renewal = renewal

    async def headers(self, post: Post) -> Mapping[str, str]:
        async with self._lock:
            if not self._credentials.valid:
                await self._refresh(post)
        return self._shown()

    def forget(self, shown: Mapping[str, str]) -> bool:
        # Others may have been refused as well, and have got a new one meanwhile.
        if self._credentials.token and shown == self._shown():
            self._credentials.token = None
        return True

    def _shown(self) -> Mapping[str, str]:
        headers: dict[str, str] = {}
        self._credentials.apply(headers)  # type: ignore[no-untyped-call]
        return headers

    async def _refresh(self, post: Post) -> None:
        """Have google-auth write the request in a thread, and send it from here."""
        bridge = _Bridge(post, asyncio.get_running_loop())
        try:
            await asyncio.to_thread(self._credentials.refresh, bridge)
        except RefreshError as error:
            raise CredentialsInvalid(f"Google gives no token: {self.renewal}.") from error
        finally:
            bridge.close()


def check_secrets(secrets: Mapping[str, str]) -> None:
    """Raise CredentialsInvalid for secrets that cannot be what they are called.

    The consent to an OAuth client may come later.
    """
    if SERVICE_ACCOUNT in secrets and not {OAUTH_CLIENT, REFRESH_TOKEN}.isdisjoint(secrets):
        raise CredentialsInvalid(
            f"'{SERVICE_ACCOUNT}' stands alone: set it, or '{OAUTH_CLIENT}', but not both."
        )
    if SERVICE_ACCOUNT in secrets:
        _service_account(secrets[SERVICE_ACCOUNT], "", "", "")
    elif OAUTH_CLIENT in secrets:
        oauth_client(secrets[OAUTH_CLIENT])
    else:
        raise CredentialsInvalid(_NEITHER)


def access_of(secrets: Mapping[str, str], scope: str, token_url: str, subject: str = "") -> Access:
    """Build the access that a source's secrets give; raises CredentialsInvalid.

    `subject` is who a service account acts for, where the domain lets it. Tokens are only
    ever asked for at `token_url`, whatever the secrets name.
    """
    if SERVICE_ACCOUNT in secrets:
        return _service_account(secrets[SERVICE_ACCOUNT], scope, token_url, subject)
    if OAUTH_CLIENT in secrets:
        return _consented(secrets, scope, token_url)
    raise CredentialsInvalid(_NEITHER)


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """An application that people may let in."""

    id: str
    secret: str = field(repr=False)


def oauth_client(written: str) -> OAuthClient:
    """Read the JSON of an OAuth client as the console gives it; raises CredentialsInvalid."""
    told = _object(written, OAUTH_CLIENT)
    inner = told.get("web") or told.get("installed") or told
    found = inner if isinstance(inner, dict) else {}
    client, secret = found.get("client_id"), found.get("client_secret")
    if not (isinstance(client, str) and client and isinstance(secret, str) and secret):
        raise CredentialsInvalid(
            f"'{OAUTH_CLIENT}' holds no client_id with its client_secret: download the JSON of "
            "the OAuth client from the Google Cloud console, and set the whole file."
        )
    return OAuthClient(client, secret)


def _service_account(written: str, scope: str, token_url: str, subject: str) -> Tokens:
    info = _object(written, SERVICE_ACCOUNT)
    ours = info.get("type") == SERVICE_ACCOUNT and isinstance(info.get("client_email"), str)
    try:
        # Without its members it is refused like one that lacks some.
        credentials = ServiceAccountCredentials.from_service_account_info(  # type: ignore[no-untyped-call]
            info | {"token_uri": token_url} if ours else {},
            scopes=[scope],
            subject=subject or None,
        )
    except (ValueError, TypeError, AttributeError, GoogleAuthError) as error:
        raise CredentialsInvalid(
            f"'{SERVICE_ACCOUNT}' is no key file of a service account: make a JSON key for it in "
            "the Google Cloud console, and set the whole file."
        ) from error
    delegated = f", let its client id act for {subject} with the scope {scope}" if subject else ""
    renewal = (
        f"see that the service account {info['client_email']} is there and this machine's clock is "
        f"right{delegated}, or make a new JSON key and set it as the credential '{SERVICE_ACCOUNT}'"
    )
    return Tokens(credentials, renewal)


def _consented(secrets: Mapping[str, str], scope: str, token_url: str) -> Tokens:
    client = oauth_client(secrets[OAUTH_CLIENT])
    renewal = "have the account's owner consent anew (POST /v1/sources/{id}/oauth gives the link)"
    if not secrets.get(REFRESH_TOKEN):
        raise CredentialsInvalid(f"Nobody has let this source in yet: {renewal}.")
    credentials = ConsentedCredentials(  # type: ignore[no-untyped-call]
        token=None,
        refresh_token=secrets[REFRESH_TOKEN],
        token_uri=token_url,
        client_id=client.id,
        client_secret=client.secret,
        scopes=[scope],
    )
    return Tokens(credentials, renewal)


def _object(written: str, name: str) -> dict[str, Json]:
    try:
        told = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise CredentialsInvalid(f"'{name}' is not JSON: set the whole file.") from error
    if not isinstance(told, dict):
        raise CredentialsInvalid(f"'{name}' is not a JSON object: set the whole file.")
    return told


class _Bridge:
    """Sends for a thread of google-auth what it wrote, on the loop."""

    def __init__(self, post: Post, loop: asyncio.AbstractEventLoop) -> None:
        self._post = post
        self._loop = loop
        self._sending: list[Future[Answered]] = []
        self._closed = False

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str], **_: object) -> "_Reply":
        future = asyncio.run_coroutine_threadsafe(self._sent(url, body, headers), self._loop)
        self._sending.append(future)
        if self._closed:
            future.cancel()
        return _Reply(future.result())

    def close(self) -> None:
        """Have the thread end, whatever it waits for, also when its task was cancelled."""
        self._closed = True
        for future in self._sending:
            future.cancel()

    async def _sent(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        return await self._post(url, body, headers)


class _Reply:
    """An answer as google-auth reads it."""

    def __init__(self, answered: Answered) -> None:
        self.status = answered.status
        self.headers = answered.headers
        self.data = answered.content
