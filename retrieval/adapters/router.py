"""Speak to any OpenAI-compatible endpoint."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2

from connectors.model import Json
from retrieval.completion import finishes
from retrieval.errors import RouterError, RouterMissing, RouterRefused, RouterSilent

_VERSION = re.compile(r"/v\d")
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")
"""A CR at the end of a part may be half of a CRLF: it waits for the next."""
_BUSY = frozenset({429, 503})
_FIRST_PAUSE_S = 0.25
_LONGEST_MESSAGE = 500
_LONGEST_LINE = 4_000_000
"""Bytes: beyond any chunk of an answer."""
_DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class RouterSettings:
    """Where the router is and how long to wait for it."""

    url: str
    """With or without `/v1` at its end."""
    key: str = field(default="", repr=False)
    connect_s: float = 5.0
    read_s: float = 120.0
    """Longest silence, before the first byte and between two."""
    attempts: int = 3
    patience_s: float = 5.0
    """All pauses between attempts together."""


class OpenAIRouter:
    """Sends chat bodies on; tries again only before the first byte of an answer came.

    The client is the caller's to close.
    """

    def __init__(self, client: httpx2.AsyncClient, settings: RouterSettings) -> None:
        self._client = client
        self._settings = settings
        self._url = chat_url(settings.url)
        self._shown = _without_secrets(self._url)
        self._timeout = httpx2.Timeout(settings.read_s, connect=settings.connect_s)

    async def complete(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        async with self._answering({**body, "stream": False}) as response:
            content = await _whole(response)
        completion = _decode(content)
        self._raise_error_in(completion, response.status_code)
        return completion

    async def stream(self, body: Mapping[str, Json]) -> AsyncIterator[Mapping[str, Json]]:
        begun = False
        try:
            # Closed with this one: a caller who leaves half-way ends the connection.
            async with aclosing(self._chunks(body)) as chunks:
                async for chunk in chunks:
                    begun = True
                    yield chunk
        except RouterRefused:
            raise
        except RouterError as error:
            if begun:
                raise
            raise RouterSilent(str(error)) from error

    async def _chunks(self, body: Mapping[str, Json]) -> AsyncGenerator[Mapping[str, Json], None]:
        begun = finished = done = False
        async with self._answering({**body, "stream": True}) as response:
            if "json" in response.headers.get("content-type", ""):
                self._raise_error_in(_decode(await _whole(response)), response.status_code)
            events = _events(response)
            while not done and (event := await self._next(events)) is not None:
                done = event == _DONE
                if event.strip() and not done:
                    chunk = _decode(event)
                    self._raise_error_in(chunk, response.status_code)
                    begun, finished = True, finished or finishes(chunk)
                    yield chunk
        if not (finished or (begun and done)):
            raise RouterError("The router cut the answer short: its stream ended without an end.")

    async def _next(self, events: AsyncIterator[str]) -> str | None:
        """Wait for the next event: comments that keep a connection alive are silence too."""
        try:
            async with asyncio.timeout(self._settings.read_s):
                return await anext(events, None)
        except TimeoutError as error:
            raise RouterError(self._silence()) from error

    def _silence(self) -> str:
        return f"The router was silent for longer than {self._settings.read_s:g} s: {self._shown}"

    @asynccontextmanager
    async def _answering(self, body: Mapping[str, Json]) -> AsyncIterator[httpx2.Response]:
        """Open an answer whose status says that it is one; errors are ours from here on."""
        with self._told(RouterSilent):
            response = await self._send(body)
        with self._told(RouterError):
            try:
                yield response
            finally:
                await response.aclose()

    @contextmanager
    def _told(self, kind: type[RouterError]) -> Iterator[None]:
        try:
            yield
        except httpx2.TimeoutException as error:
            raise kind(self._silence()) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise kind(f"The router at {self._shown} cannot be reached: {error}") from error

    async def _send(self, body: Mapping[str, Json]) -> httpx2.Response:
        left = self._settings.patience_s
        for attempt in range(1, self._settings.attempts + 1):
            wait = _FIRST_PAUSE_S * 2 ** (attempt - 1)
            try:
                response = await self._client.send(self._request(body), stream=True)
            except httpx2.ConnectError:
                if attempt == self._settings.attempts or wait > left:
                    raise
            else:
                wait = max(wait, _asked_pause(response))
                last = attempt == self._settings.attempts or wait > left
                if response.status_code not in _BUSY or last:
                    return await self._accepted(response)
                await response.aclose()
            left -= wait
            await asyncio.sleep(wait)
        raise RouterError("The router was asked zero times: set attempts to 1 or more.")

    def _request(self, body: Mapping[str, Json]) -> httpx2.Request:
        key = self._settings.key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return self._client.build_request(
            "POST", self._url, json=dict(body), headers=headers, timeout=self._timeout
        )

    async def _accepted(self, response: httpx2.Response) -> httpx2.Response:
        if response.is_success:
            return response
        try:
            words = _message_of((await response.aread()).decode(errors="replace"))
        finally:
            await response.aclose()
        raise self._refused(response.status_code, words or response.reason_phrase)

    def _raise_error_in(self, answer: Mapping[str, Json], status: int) -> None:
        """Some routers say what failed inside an answer of status 200."""
        if answer.get("error") and not answer.get("choices"):
            error = answer["error"]
            code = error.get("code") if isinstance(error, dict) else None
            told = code if isinstance(code, int) else status
            raise self._refused(told, _message_of(json.dumps(answer)))

    def _refused(self, status: int, words: str) -> RouterRefused:
        key = self._settings.key
        return RouterRefused(status, words.replace(key, "[key]") if key else words)


def chat_url(url: str) -> str:
    """Give the address that chat bodies go to; raises RouterMissing for what is no URL."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RouterMissing(f"PUNNET_ROUTER_URL must begin with http:// or https://, not {url!r}")
    path = parts.path.rstrip("/").removesuffix("/chat/completions")
    version = "" if _VERSION.search(path) else "/v1"
    return parts._replace(path=f"{path}{version}/chat/completions", fragment="").geturl()


def _without_secrets(url: str) -> str:
    """Leave out what an address may hold of passwords and keys: callers read it in problems."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=place, query="").geturl()


async def _whole(response: httpx2.Response) -> str:
    return (await response.aread()).decode(errors="replace")


async def _events(response: httpx2.Response) -> AsyncIterator[str]:
    """Give the data of each server-sent event as soon as its last line is there."""
    lines: list[str] = []
    async for line in _lines(response):
        if line.startswith("data:"):
            lines.append(line[5:].removeprefix(" "))
        elif not line and lines:
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)


async def _lines(response: httpx2.Response) -> AsyncIterator[str]:
    """Give the lines of an event stream, which end with CR, LF or both and nothing else.

    The client's own lines also end at U+2028 and its like, which JSON may hold as they are.
    """
    rest = b""
    async for part in response.aiter_bytes():
        *lines, rest = _LINE_END.split(rest + part)
        for line in lines:
            yield line.decode(errors="replace")
        if len(rest) > _LONGEST_LINE:
            raise RouterError("The router sent a line without an end.")
    yield rest.removesuffix(b"\r").decode(errors="replace")


def _decode(text: str) -> Mapping[str, Json]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise RouterError(f"The router answered no JSON: {text[:80]!r}") from error
    if not isinstance(value, dict):
        raise RouterError(f"The router answered no JSON object: {text[:80]!r}")
    return value


def _message_of(text: str) -> str:
    """Find the words of an error in the shapes that routers give it."""
    try:
        value = json.loads(text)
    except ValueError:
        return text.strip()[:_LONGEST_MESSAGE]
    for key in ("error", "message", "detail"):
        value = value.get(key, value) if isinstance(value, dict) else value
    return (value if isinstance(value, str) else json.dumps(value))[:_LONGEST_MESSAGE]


def _asked_pause(response: httpx2.Response) -> float:
    """Give the seconds that a busy router asks to wait; a date there counts as none."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.replace(".", "", 1).isdecimal() else 0.0
