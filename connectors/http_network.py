"""Connections that lead only to addresses that were checked."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore2

from connectors.addresses import refusal
from connectors.errors import FetchFailed, FetchRefused

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Give the IP addresses of a host name, the best first; raises OSError when it has none."""

MayBePrivate = Callable[[str, int], bool]
"""Say of a host and a port whether it may lie in a private network."""

_MAX_TRIED = 4


class CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Look a name up once, check every address it has, and connect to one of those.

    One bad address among good ones refuses all: that is how an attacker answers. As nothing
    looks the name up again, it cannot lead elsewhere between the check and the connection.
    """

    def __init__(
        self, resolve: Resolve, dial: httpcore2.AsyncNetworkBackend, may_be_private: MayBePrivate
    ) -> None:
        """`dial` is only ever given IP addresses that may be asked."""
        self._resolve = resolve
        self._dial = dial
        self._may_be_private = may_be_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the backend's own signature)
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that takes it; raises FetchRefused, FetchFailed."""
        addresses = (await self._checked(host, port, timeout))[:_MAX_TRIED]
        share = timeout and timeout / len(addresses)
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = await self._dial.connect_tcp(
                    address, port, share, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = failure or error
            else:
                return _Stream(stream)
        only6 = "has only IPv6 addresses and " if all(":" in one for one in addresses) else ""
        raise FetchFailed(
            f"{host} {only6}takes no connection at port {port} from this machine."
        ) from failure

    async def _checked(self, host: str, port: int, limit_s: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(limit_s):
                addresses = await self._resolve(host, port)
        except TimeoutError as error:
            raise FetchFailed(f"Looking up {host} took longer than {limit_s:g} s.") from error
        except (OSError, UnicodeError) as error:
            raise FetchFailed(f"The name {host} has no address. Is it spelt right?") from error
        if not addresses:
            raise FetchFailed(f"The name {host} has no address. Is it spelt right?")
        private = self._may_be_private(host, port)
        for address in addresses:
            if reason := refusal(ip_address(address), allow_private=private):
                raise FetchRefused(f"The address of {host} {reason}.")
        return addresses


def nowhere_private(_host: str, _port: int) -> bool:
    """Keep to the public internet."""
    return False


async def look_up(host: str, port: int) -> Sequence[str]:
    """Ask this machine's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection that is closed even if its TLS handshake is cancelled."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except asyncio.CancelledError:
            await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
