"""What the tests of the web client ask with."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpcore2
import pytest

from connectors.errors import FetchError
from connectors.http import HttpLimits, WebClient
from connectors.http_network import Resolve
from tests.hostile_server import HostileServer

AGENT = "Punnet/test"
SMALL = HttpLimits(max_bytes=100_000, connect_s=30, read_s=30, total_s=30)
GOOD = "93.184.215.14"


def web(*, allow_private: bool = False, **changed: Any) -> WebClient:
    """A client that trusts nobody, which is quicker to build."""
    changed["may_be_private"] = lambda *_: allow_private
    return WebClient(AGENT, **{"tls": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)} | changed)


def resolving(*answers: Sequence[str]) -> tuple[Resolve, list[str]]:
    """A resolver that gives one answer after another, and the names it was asked for."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


class Dialled(httpcore2.AsyncNetworkBackend):
    """Notes where it should connect to, and connects to our server instead."""

    def __init__(self, port: int) -> None:
        self.to: list[str] = []
        self._port = port

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the backend's own signature)
        local_address: str | None = None,
        socket_options: object = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.to.append(host)
        if host.endswith(".99"):
            raise httpcore2.ConnectError("nobody there")
        return await httpcore2.AnyIOBackend().connect_tcp("127.0.0.1", self._port, timeout)


async def refused_by(get: Awaitable[object]) -> str:
    with pytest.raises(FetchError) as caught:
        await get
    assert "httpcore" not in str(caught.value)
    return str(caught.value)


async def closed(server: HostileServer) -> None:
    """Wait until no client holds a connection."""
    await until(lambda: not server.open)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 (what it waits for happens in sockets)
            await asyncio.sleep(0.01)
