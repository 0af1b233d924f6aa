"""What can go wrong between us and a vendor's server, to be ordered by a test.

faults.order(status(503), times=2)            # the next two requests
faults.order(RESET, below="/v1/blocks")       # the next one of those
faults.order(retry_after("0.5"), times=None)  # from now on, until `calm()`
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.hostile_server import RESET as BREAK
from tests.hostile_server import (
    Answer,
    Asked,
    HostileServer,
    Route,
    chunked,
    head,
    page,
    serving,
    short,
)

JSON = {"content-type": "application/json"}


def status(code: int, body: str = "", headers: Mapping[str, str] | None = None) -> Answer:
    """Refuse with a status; some vendors send HTML with it."""
    return page(body or f"<html><body>{code}</body></html>", code, headers)


def retry_after(said: str, code: int = 429) -> Answer:
    """Refuse for now: `said` is seconds, a fraction, or a date."""
    return page("{}", code, {**JSON, "retry-after": said})


RESET = Answer((BREAK,))
GARBAGE = page("\x00<not json", 200, JSON)
TRUNCATED = short(b'{"results": [', 4096)
UNENDED = chunked(b'{"results": [', ended=False, headers=JSON)
EMPTY = page("", 200, JSON)
EMPTY_OBJECT = page("{}", 200, JSON)


def slow(seconds: float, body: str = "{}") -> Answer:
    """Drip a body so that no read times out, for so long in all."""
    piece = 0.2
    pieces = tuple(step for _ in range(int(seconds / piece)) for step in (b" ", piece))
    told = {**JSON, "content-length": str(len(pieces) // 2 + len(body))}
    return Answer((head(200, told), *pieces, body.encode()))


@dataclass
class _Order:
    answer: Route
    below: str
    left: int | None
    skip: int


@dataclass
class Faults:
    """Stands before a vendor's fake server."""

    orders: list[_Order] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)

    def order(
        self, answer: Route, *, below: str = "/", times: int | None = 1, after: int = 0
    ) -> None:
        """Answer so the next requests whose path begins like this; None: all from now on.

        So many of them as `after` says are let through first.
        """
        self.orders.append(_Order(answer, below, times, after))

    def calm(self) -> None:
        """Let nothing go wrong any more."""
        self.orders.clear()

    def meet(self, asked: Asked) -> Answer | None:
        """Note a request, and give what goes wrong with it, if anything."""
        self.requests.append(asked)
        for order in self.orders:
            if not asked.path.startswith(order.below) or order.left == 0:
                continue
            if order.skip:
                order.skip -= 1
            else:
                order.left = None if order.left is None else order.left - 1
                return order.answer if isinstance(order.answer, Answer) else order.answer(asked)
        return None


@asynccontextmanager
async def served(answer: Callable[[Asked], Answer], faults: Faults) -> AsyncIterator[HostileServer]:
    """Serve a vendor's fake on the loopback address, with what goes wrong before it."""
    async with serving({}) as server:
        server.otherwise = lambda asked: faults.meet(asked) or answer(asked)
        yield server
