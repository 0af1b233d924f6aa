"""The socket that the API answers on: bound before anything starts, kept while it restarts."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BACKLOG = 1024
"""Callers that wait, unrefused, while the API starts again."""
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 (read, not bound)


class AddressTaken(Exception):
    """Nobody can listen there; the message says why and what to do."""


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Hold a socket that listens; port 0 takes a free one. Raises AddressTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
            bound.listen(BACKLOG)
        except OSError as error:
            raise AddressTaken(_mend(host, port, error)) from error
        yield bound


def address_of(bound: socket.socket) -> str:
    """Give the URL at which this machine reaches the socket."""
    host, port = bound.getsockname()[:2]
    reached = ANY_ADDRESS.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


async def is_ready(bound: socket.socket, patience_seconds: float = 30.0) -> bool:
    """Say whether whoever answers on the socket calls itself ready.

    While nobody accepts yet, the question waits in the backlog instead of failing.
    """
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(patience_seconds):
            return (await asked(bound, "/health/ready")).startswith(b"HTTP/1.1 200 ")
    return False


async def asked(bound: socket.socket, path: str, key: str = "") -> bytes:
    """Give the whole answer to a GET, head and body; raises OSError where there is none."""
    host, port = bound.getsockname()[:2]
    reader, writer = await asyncio.open_connection(ANY_ADDRESS.get(host, host), port)
    head = (f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close")
    bearer = (f"Authorization: Bearer {key}",) if key else ()
    try:
        writer.write("\r\n".join((*head, *bearer, "", "")).encode())
        await writer.drain()
        return await reader.read()
    finally:
        writer.close()


def _mend(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken by another program. "
            "Give another with --port or PUNNET_PORT; 0 takes a free one."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than you have: give one above 1023 with --port."
    return (
        f"Nobody can listen on {host}: {error.strerror}. Give this machine's address with --host."
    )
