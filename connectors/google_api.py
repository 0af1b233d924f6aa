"""Ask Google's APIs: its client writes the requests, and this sends them.

google-api-python-client knows the APIs by their discovery documents. Its own transport is
left aside: it is neither safe for threads nor bounded in time or size, waits by no
Retry-After and knows half of the refusals for quota.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2
from google.auth.credentials import AnonymousCredentials
from googleapiclient.discovery import Resource, build
from googleapiclient.http import HttpRequest

from connectors.endpoints import Endpoints
from connectors.errors import ConnectorError
from connectors.google_credentials import Access
from connectors.google_errors import (
    Answered,
    Malformed,
    Passing,
    parsed_object,
    refusal,
    token_refusal,
)
from connectors.model import Json
from connectors.patience import Patience, Trouble
from connectors.politeness import Pace

_SILENCE = httpx2.Timeout(30.0, connect=10.0)
"""Seconds without a byte after which a connection is given up."""
_TOKEN_WITHIN = 20.0
_CONNECTIONS = 8
_MOST_JSON = 64_000_000
_MOST_TOKEN = 100_000
_MEDIA_WITHIN = 600.0

Got = TypeVar("Got")
Read = Callable[[Mapping[str, Json]], Got]
"""Reads an answer; raises Malformed where it is not what was asked for."""
Writes = Callable[[str], Resource]
"""Gives what writes the requests for things of a kind, such as `files`."""


class AnswerTooLarge(ConnectorError):
    """More bytes came than were wanted; the rest was not read."""


@dataclass(frozen=True, slots=True)
class GoogleWorld:
    """What asking Google needs of the world."""

    endpoints: Endpoints
    pace: Pace
    now: Callable[[], datetime]
    """In UTC."""
    sleep: Callable[[float], Awaitable[object]]
    within: float = 60.0
    """Seconds that one answer may take."""


class GoogleApi:
    """Send requests that the client wrote, with access, patience and limits."""

    def __init__(self, client: httpx2.AsyncClient, access: Access, world: GoogleWorld) -> None:
        self._client = client
        self._access = access
        self._world = world
        host = urlsplit(world.endpoints.google).netloc
        self._patience = Patience("Google", host, world.pace, _passing, world.sleep, world.within)
        self._for_media = replace(self._patience, within=max(_MEDIA_WITHIN, world.within))

    async def call(self, request: HttpRequest, read: Read[Got]) -> Got:
        """Give what the answer says; raises GoogleRefused, CredentialsInvalid, SourceUnavailable.

        What `read` raises as Malformed is taken for a fault that passes.
        """

        async def once() -> Got:
            try:
                answered = await self._exchange(request, _MOST_JSON)
            except AnswerTooLarge as error:
                raise Malformed("an endless answer") from error
            return read(parsed_object(answered.content))

        return await self._patience.ask(once)

    async def download(
        self, request: HttpRequest, most: int, check: Callable[[bytes], None] | None = None
    ) -> bytes:
        """Give a file's bytes; raises as `call`, and AnswerTooLarge for more than `most`.

        `check` raises Malformed for bytes that did not come whole.
        """

        async def once() -> bytes:
            answered = await self._exchange(request, most)
            if check is not None:
                check(answered.content)
            return answered.content

        return await self._for_media.ask(once)

    async def _exchange(self, request: HttpRequest, most: int) -> Answered:
        opening = await self._access.headers(self._post)
        answered = await self._let_in(request, opening, most)
        if answered.status == 401 and self._access.forget(opening):
            opening = await self._access.headers(self._post)
            answered = await self._let_in(request, opening, most)
        if not 200 <= answered.status < 300:
            raise refusal(answered, self._access.renewal, self._world.now())
        return answered

    async def _let_in(
        self, request: HttpRequest, opening: Mapping[str, str], most: int
    ) -> Answered:
        body = request.body.encode() if isinstance(request.body, str) else request.body
        headers = {**request.headers, **opening}
        sent = self._client.build_request(
            request.method, request.uri, headers=headers, content=body
        )
        return await _send(self._client, sent, most)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        sent = self._client.build_request("POST", url, headers=headers, content=body)
        try:
            async with asyncio.timeout(_TOKEN_WITHIN):
                answered = await _send(self._client, sent, _MOST_TOKEN)
        except (TimeoutError, AnswerTooLarge) as error:
            raise Passing(Trouble("its token endpoint gives no whole answer")) from error
        if answered.status != 200:
            raise token_refusal(answered, self._access.renewal, self._world.now())
        if not isinstance(parsed_object(answered.content).get("access_token"), str):
            raise Malformed("its token endpoint gives no token")
        return answered


@asynccontextmanager
async def asking(access: Access, world: GoogleWorld) -> AsyncIterator[GoogleApi]:
    """Open what asks Google; all its connections are closed at the end."""
    limits = httpx2.Limits(max_connections=_CONNECTIONS)
    async with httpx2.AsyncClient(
        timeout=_SILENCE, limits=limits, trust_env=False, verify=_certificates()
    ) as client:
        yield GoogleApi(client, access, world)


def service(name: str, version: str, root: str) -> Writes:
    """Build what writes requests of an API, from the discovery document that is installed."""
    api = build(
        name,
        version,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": root},
        static_discovery=True,
    )
    # The client makes all methods of a kind anew each time, which takes longer than to ask.
    return cache(lambda kind: getattr(api, kind)())


@cache
def _certificates() -> ssl.SSLContext:
    """Read once which certificates are trusted: it takes longer than many an answer."""
    return httpx2.create_ssl_context()


def plain_get(url: str) -> HttpRequest:
    """Write a request for an address that Google gave us."""
    return HttpRequest(None, lambda _, content: content, url)


async def _send(client: httpx2.AsyncClient, request: httpx2.Request, most: int) -> Answered:
    answer = await client.send(request, stream=True)
    try:
        content = bytearray()
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > most:
                raise AnswerTooLarge(f"More than {most} bytes came.")
    finally:
        await answer.aclose()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answered(answer.status_code, headers, bytes(content))


def _passing(error: Exception) -> Trouble | None:
    if isinstance(error, Passing):
        return error.trouble
    if isinstance(error, Malformed):
        return Trouble(f"it gave {error}")
    if isinstance(error, httpx2.RequestError):
        return Trouble(f"the connection failed ({type(error).__name__})")
    return None
