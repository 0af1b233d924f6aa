"""The one client with which Punnet asks the web, wherever an address comes from people or pages."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpcore2
import httpx2

from connectors.addresses import Target, read_target, shown, without_fragment
from connectors.errors import FetchFailed, FetchRefused
from connectors.http_body import ACCEPTED, read_body, too_large
from connectors.http_network import (
    CheckedNetwork,
    MayBePrivate,
    Resolve,
    look_up,
    nowhere_private,
)
from connectors.model import Reply
from connectors.port import Fetcher

Check = Callable[[str], Awaitable[None]]
"""Called with each address that a redirect leads to, before it is asked; raises to stop there."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
# Below the 5 s after which common servers close what is idle: none is used that is just closing.
_KEPT_ALIVE_S = 4.0


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """What one request may cost."""

    max_bytes: int = 20_000_000
    """Of a body, both as it comes over the wire and decompressed."""
    max_headers: int = 200
    max_header_bytes: int = 64_000
    connect_s: float = 10.0
    """To look the name up, and again to connect."""
    read_s: float = 20.0
    """Between two pieces of an answer."""
    total_s: float = 60.0
    connections: int = 16


@dataclass(frozen=True, slots=True)
class Hop:
    """An address that sent us on, and with which status."""

    url: str
    status: int


@dataclass(frozen=True, slots=True)
class Followed:
    """Where redirects ended, and the way there, which is empty when there were none."""

    reply: Reply
    hops: tuple[Hop, ...]


class WebClient:
    """Fetch addresses of the public internet, and of private networks only where allowed.

    It keeps no cookies, follows no redirects, heeds no proxy of the environment, and its
    connections lead only to IP addresses that were checked; see `CheckedNetwork`.
    """

    def __init__(
        self,
        user_agent: str,
        *,
        may_be_private: MayBePrivate = nowhere_private,
        limits: HttpLimits | None = None,
        resolve: Resolve = look_up,
        dial: httpcore2.AsyncNetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Connect to nothing yet. `tls` decides which certificates are trusted."""
        self._user_agent = user_agent
        self._may_be_private = may_be_private
        self._limits = limits or HttpLimits()
        network = CheckedNetwork(resolve, dial or httpcore2.AnyIOBackend(), may_be_private)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls or httpx2.create_ssl_context(),
            max_connections=self._limits.connections,
            keepalive_expiry=_KEPT_ALIVE_S,
            network_backend=network,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Keep the promise of `Fetcher`: every address of the name is checked."""
        return await self._checked("GET", url, headers, b"")

    async def head(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Ask as `get` does for what would come, without its body."""
        return await self._checked("HEAD", url, headers, b"")

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a body with the same checks, and give what came back."""
        return await self._checked("POST", url, headers, body)

    async def _checked(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        target = read_target(url, allow_private=True)
        if not self._may_be_private(target.host, target.port):
            target = read_target(url, allow_private=False)
        try:
            with _told(shown(target.url), self._limits):
                async with asyncio.timeout(self._limits.total_s):
                    return await self._ask(method, target, headers, body)
        except TimeoutError as error:
            limit = f"{self._limits.total_s:g} s"
            raise FetchFailed(f"{shown(target.url)} did not answer whole in {limit}.") from error

    async def _ask(
        self, method: str, target: Target, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        limits = self._limits
        url = httpcore2.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        timeouts = {"connect": limits.connect_s, "read": limits.read_s, "write": limits.read_s}
        async with self._pool.stream(
            method,
            url,
            headers=self._sent(target, {**headers, **_size_of(body)}),
            content=body or None,
            extensions={"timeout": timeouts},
        ) as response:
            received = self._received(target, response)
            if _length(received) > limits.max_bytes:
                raise too_large(shown(target.url), limits.max_bytes)
            coding = received.get("content-encoding", "")
            pieces = response.aiter_stream()
            content = await read_body(shown(target.url), pieces, coding, limits.max_bytes)
        return Reply(target.url, response.status, received, content)

    def _sent(self, target: Target, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        ours = {"user-agent": self._user_agent, "accept": "*/*"}
        theirs = {name.lower(): value for name, value in headers.items()}
        # These two say what is true of the request, whatever the caller thinks.
        host = f"[{target.host}]" if ":" in target.host else target.host
        usual = target.port == (443 if target.scheme == "https" else 80)
        fixed = {
            "host": host if usual else f"{host}:{target.port}",
            "accept-encoding": ACCEPTED,
        }
        return [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in (ours | theirs | fixed).items()
        ]

    def _received(self, target: Target, response: httpcore2.Response) -> dict[str, str]:
        size = sum(len(name) + len(value) for name, value in response.headers)
        if len(response.headers) > self._limits.max_headers or size > self._limits.max_header_bytes:
            raise FetchRefused(f"{shown(target.url)} answered with too many or too large headers.")
        joined: dict[str, str] = {}
        for raw_name, raw_value in response.headers:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        return joined


async def follow(
    fetcher: Fetcher,
    url: str,
    headers: Mapping[str, str],
    *,
    hops: int = 5,
    check: Check | None = None,
) -> Followed:
    """Fetch an address and, one by one, those that it redirects to.

    Raises what the fetcher and `check` raise, and FetchRefused for redirects that go in
    circles or over more than `hops` steps. Headers that prove who we are stay at their host.
    """
    way: list[Hop] = []
    reply = await fetcher.get(url, headers)
    while (onward := redirect_of(reply)) is not None:
        way.append(Hop(reply.url, reply.status))
        if any(hop.url == onward for hop in way):
            raise FetchRefused(f"{shown(url)} redirects in a circle.")
        if len(way) > hops:
            raise FetchRefused(f"{shown(url)} redirects more than {hops} times.")
        if check is not None:
            await check(onward)
        if _origin(onward) != _origin(reply.url):
            headers = {n: v for n, v in headers.items() if n.lower() not in _SECRET_HEADERS}
        reply = await fetcher.get(onward, headers)
    return Followed(reply, tuple(way))


def redirect_of(reply: Reply) -> str | None:
    """Give the absolute address that a reply sends us on to, without its fragment, or None."""
    location = reply.headers.get("location")
    if reply.status not in _REDIRECTS or not location:
        return None
    try:
        return without_fragment(httpx2.URL(reply.url).join(_as_utf8(location)))
    except (httpx2.InvalidURL, ValueError) as error:
        raise FetchRefused(
            f"{shown(reply.url)} redirects to '{shown(location)}', which is no valid web address."
        ) from error


def _as_utf8(header: str) -> str:
    """Read as UTF-8 what came as such, which no header may hold but many do."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def _origin(url: str) -> tuple[str, bytes]:
    parsed = httpx2.URL(url)
    return parsed.scheme, parsed.netloc


def _size_of(body: bytes) -> Mapping[str, str]:
    return {"content-length": str(len(body))} if body else {}


def _length(headers: Mapping[str, str]) -> int:
    """Give the length that an answer claims; 0 when it claims none."""
    claimed = headers.get("content-length", "")
    return int(claimed[:20]) if claimed.isascii() and claimed.isdecimal() else 0


@contextmanager
def _told(url: str, limits: HttpLimits) -> Iterator[None]:
    """Raise FetchFailed, in words, for what goes wrong on the way."""
    try:
        yield
    except httpcore2.ReadTimeout as error:
        raise FetchFailed(f"{url} sent nothing for {limits.read_s:g} s.") from error
    except httpcore2.TimeoutException as error:
        raise FetchFailed(f"{url} took longer to connect than {limits.connect_s:g} s.") from error
    except httpcore2.ConnectError as error:
        raise FetchFailed(f"{url} {_handshake(error)}.") from error
    except httpcore2.LocalProtocolError as error:
        raise FetchRefused(f"{url} cannot be asked with these headers.") from error
    except httpcore2.RemoteProtocolError as error:
        raise FetchFailed(f"{url} broke off, or answered with something else than HTTP.") from error
    except (httpcore2.NetworkError, ssl.SSLError) as error:
        raise FetchFailed(f"{url} broke the connection off.") from error


def _handshake(error: httpcore2.ConnectError) -> str:
    """Say why no encrypted connection came about."""
    # The pool cuts the chain of causes; the error itself still holds what it was made from.
    cause = error.args[0] if error.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"has a certificate that is not trusted ({cause.verify_message.rstrip('.')})"
    return "does not speak TLS as it should"
