"""What happens around every request, as plain ASGI: id, log line, metrics, body limit."""

import re
import time
from collections.abc import Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from api.errors import INTERNAL, Problem, TooLarge
from api.problems import answer_problem
from api.telemetry import Metrics
from ingest.ports import NewId

_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_METER = "punnet.body"
_POLLED = frozenset({"/health/live", "/metrics", "/v1/runs", "/v1/runs/{run_id}"})
"""Asked again and again by programs that wait: of interest only when they fail."""
_READY = "/health/ready"
"""Asked so too; which part does not answer has a line of its own."""
_HARDENING = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Watch:
    """Give every request an id, a line in the log and a place in the metrics.

    A sane `X-Request-ID` is kept, so that a caller finds its request in our log. What
    nobody caught becomes a 500 problem here, inside the id, and is logged once.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, new_id: NewId, log: FilteringBoundLogger
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._new_id = new_id
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        structlog.contextvars.clear_contextvars()
        request_id = self._request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        reply = _Reply(send, request_id, time.perf_counter)
        try:
            await self._app(scope, receive, reply)
        except Exception as error:
            self._log.exception("unhandled", error=type(error).__name__)
            if reply.status:
                raise
            problem = answer_problem(Request(scope), Problem(INTERNAL))
            await problem(scope, receive, reply)
        finally:
            self._note(scope, reply)

    def _request_id(self, scope: Scope) -> str:
        given = Headers(scope=scope).get("x-request-id", "")
        return given if _SANE_ID.fullmatch(given) else self._new_id()

    def _note(self, scope: Scope, reply: "_Reply") -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if route != "unmatched" else "ANY"
        # Nothing was sent: the caller left first.
        status = reply.status or 499
        self._metrics.request(method, route, status, reply.began or reply.elapsed())
        self._level(route, status)(
            "request", method=method, route=route, status=status, ms=reply.elapsed_ms()
        )

    def _level(self, route: str, status: int) -> Callable[..., object]:
        if route == _READY or (route in _POLLED and status < 400):
            return self._log.debug
        return self._log.error if status >= 500 else self._log.info


class _Reply:
    """A `send` that adds our headers and remembers the status."""

    def __init__(self, send: Send, request_id: str, timer: Callable[[], float]) -> None:
        self._send = send
        self._request_id = request_id
        self._timer = timer
        self._start = timer()
        self.status = 0
        self.began = 0.0
        """Seconds until the answer began; 0 before."""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.began = self.elapsed()
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._request_id
            for name, value in _HARDENING.items():
                headers.setdefault(name, value)
        await self._send(message)

    def elapsed(self) -> float:
        return self._timer() - self._start

    def elapsed_ms(self) -> float:
        return round(self.elapsed() * 1000, 2)


class BodyMeter:
    """A `receive` that counts bytes and stops at the limit, whatever Content-Length claims."""

    def __init__(self, receive: Receive, declared: int, limit: int) -> None:
        self._receive = receive
        self._declared = declared
        self._read = 0
        self.limit = limit

    async def __call__(self) -> Message:
        """Give the next part; raises TooLarge as soon as the limit is passed."""
        if self._declared > self.limit:
            raise TooLarge(self.limit)
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self.limit:
            raise TooLarge(self.limit)
        return message


class LimitBody:
    """Let no body grow beyond the limit, unless its route allows more by `allow_body`."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a metered body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        meter = BodyMeter(receive, int(declared) if declared.isdecimal() else 0, self._limit)
        scope[_METER] = meter
        await self._app(scope, meter, send)


def allow_body(request: Request, limit: int) -> None:
    """Let this request's body have up to so many bytes; before it is read."""
    request.scope[_METER].limit = limit
