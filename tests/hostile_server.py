"""A small web server on the loopback address that does as it is told, good or bad.

    async with serving({"/": page(b"<p>Hi"), "/old": redirect("/")}) as server:
        await client.get(server.url("/old"), {})
    assert [asked.path for asked in server.requests] == ["/old"]

A route is an answer, or a function from what was asked to an answer; `server.routes` may be
changed at any time. An answer is a row of steps: bytes are sent, a float is a pause in
seconds, RESET breaks the connection off, HOLD waits until the client goes.
"""

import asyncio
import gzip
import socket
import ssl
import struct
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from itertools import chain, repeat


class Act(Enum):
    RESET = "reset"
    HOLD = "hold"


RESET, HOLD = Act.RESET, Act.HOLD
Step = bytes | float | Act


@dataclass(frozen=True, slots=True)
class Asked:
    path: str
    """As it stands in the request line, with its query."""
    headers: Mapping[str, str]
    """Names in lower case."""
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    steps: Iterable[Step]
    """May be endless; one that is to be sent twice is no generator."""
    close: bool = False
    """Whether the connection ends with it."""


Route = Answer | Callable[[Asked], Answer]
Headers = Mapping[str, str]


def page(body: bytes | str = b"", status: int = 200, headers: Headers | None = None) -> Answer:
    """A whole, well-formed answer; HTML unless a header says otherwise."""
    content = body.encode() if isinstance(body, str) else body
    told = {"content-type": "text/html; charset=utf-8", "content-length": str(len(content))}
    return Answer((head(status, told | dict(headers or {})), content))


def redirect(to: str, status: int = 302) -> Answer:
    return page(b"elsewhere", status, {"location": to})


def fresh(body: bytes | str, etag: str, headers: Headers | None = None) -> Route:
    """A page that answers 304 to whoever shows its ETag."""
    told = {"etag": etag} | dict(headers or {})

    def answer(asked: Asked) -> Answer:
        same = asked.headers.get("if-none-match") == etag
        return Answer((head(304, told),)) if same else page(body, 200, told)

    return answer


def zipped(body: bytes | str, headers: Headers | None = None) -> Answer:
    content = gzip.compress(body.encode() if isinstance(body, str) else body)
    return page(content, 200, {"content-encoding": "gzip"} | dict(headers or {}))


def chunked(*pieces: bytes, ended: bool = True, headers: Headers | None = None) -> Answer:
    """A body in chunks; without its end, the connection is closed where it should come."""
    rows = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    told = {"transfer-encoding": "chunked"} | dict(headers or {})
    return Answer((head(200, told), *rows, *([b"0\r\n\r\n"] if ended else [])), close=not ended)


def short(body: bytes, claimed: int) -> Answer:
    """A body that is shorter than its length says, for the server hangs up."""
    return Answer((head(200, {"content-length": str(claimed)}), body), close=True)


def dripping(piece: bytes, pause_s: float) -> Answer:
    """A body that never ends, piece by piece."""
    return Answer(chain((head(200, {}),), *repeat((piece, pause_s), 100_000)))


def endless(piece: bytes, headers: Headers | None = None) -> Answer:
    """As many bytes as the client takes."""
    return Answer(chain((head(200, headers or {}),), repeat(piece)))


def bomb() -> Answer:
    """Gzip data without end, each kilobyte of which is a megabyte."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    first = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    again = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    told = head(200, {"content-encoding": "gzip"})
    return Answer(chain((told, first), repeat(again)))


def head(status: int, headers: Headers) -> bytes:
    """Write a status line and headers."""
    known = status in HTTPStatus._value2member_map_
    phrase = HTTPStatus(status).phrase if known else "Odd"
    rows = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {text}" for name, text in headers.items())]
    return "\r\n".join([*rows, "", ""]).encode("latin-1")


class HostileServer:
    def __init__(self, routes: Mapping[str, Route]) -> None:
        self.routes = dict(routes)
        self.otherwise: Route = page(b"nothing here", 404)
        """What is answered where there is no route."""
        self.requests: list[Asked] = []
        self.connections = 0
        self.open = 0
        self.sent = 0
        """Bytes that were written, a socket's buffer of which the client may not have read."""
        self.port = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self._scheme = "http"

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.requests]

    async def start(self, tls: ssl.SSLContext | None, port: int = 0) -> asyncio.Server:
        self._scheme = "https" if tls else "http"
        server = await asyncio.start_server(self._connected, "127.0.0.1", port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.connections += 1
        self.open += 1
        # Cancelled is how the server stops; the rest is how clients go.
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while (asked := await _read(reader)) and await self._answer(asked, reader, writer):
                pass
        self.open -= 1
        self.tasks.discard(task)
        writer.close()

    async def _answer(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        self.requests.append(asked)
        route = self._route(asked.path)
        answer = route if isinstance(route, Answer) else route(asked)
        for step in answer.steps:
            if step is RESET:
                _reset(writer)
                return False
            if step is HOLD:
                await reader.read()
            elif isinstance(step, float):
                await asyncio.sleep(step)
            elif isinstance(step, bytes):
                writer.write(step)
                self.sent += len(step)
                await writer.drain()
        return not answer.close

    def _route(self, path: str) -> Route:
        """Find what is to be answered, if need be without regard to the query."""
        bare = path.partition("?")[0]
        return self.routes.get(path) or self.routes.get(bare) or self.otherwise


@asynccontextmanager
async def serving(
    routes: Mapping[str, Route], tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[HostileServer]:
    """Serve until the block ends, whatever is still being answered then; port 0: a free one."""
    hostile = HostileServer(routes)
    server = await hostile.start(tls, port)
    try:
        yield hostile
    finally:
        server.close()
        waiting = list(hostile.tasks)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await server.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *rows = raw.decode("latin-1").strip().split("\r\n")
    named = (row.partition(":") for row in rows)
    headers = {name.lower(): text.strip() for name, _, text in named}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    method, path, _ = first.split(" ")
    return Asked(path, headers, method, body)


def _reset(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
