"""An API that answers the command line with what it was told to, and remembers what it heard."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from connectors.model import Json

KEY = "pn_0123456789ab_secret"


SHOP: dict[str, Json] = {
    "id": "s_1",
    "name": "Shop",
    "kind": "files",
    "schedule": {"every": "15m"},
    "last_synced_at": "2026-03-01T12:00:00Z",
    "next_due_at": None,
}


@dataclass
class Said:
    """What a command left behind."""

    status: int
    out: str
    err: str

    def data(self) -> Any:
        return json.loads(self.out)


Punnet = Callable[..., Said]


@dataclass
class Told:
    """Answers by method and path; a list of JSON values is sent as events."""

    answers: dict[str, tuple[int, Json]] = field(default_factory=dict)
    events: dict[str, list[Json]] = field(default_factory=dict)
    first: dict[str, list[tuple[int, Json]]] = field(default_factory=dict)
    """Given one after another, before what stands in `answers`."""
    heard: list[tuple[str, Json]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    address: str = ""

    def body_of(self, call: str) -> Json:
        """Give what the call carried when it came last."""
        return [body for heard, body in self.heard if heard == call][-1]


@contextmanager
def answering() -> Iterator[Told]:
    """Serve on a free port for as long as a test takes."""
    told = Told()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def _answer(self) -> None:
            call = f"{self.command} {urlsplit(self.path).path}"
            length = int(self.headers.get("Content-Length") or 0)
            told.heard.append((call, json.loads(self.rfile.read(length)) if length else None))
            told.keys.append(self.headers.get("Authorization", ""))
            if call in told.events:
                lines = [f"event: run\ndata: {json.dumps(one)}\n\n" for one in told.events[call]]
                self._send(200, "".join(lines).encode())
            else:
                first = told.first.get(call)
                given = first.pop(0) if first else told.answers.get(call, (404, NOT_FOUND))
                status, answer = given
                self._send(status, json.dumps(answer).encode())

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        told.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


def problem(slug: str, detail: str, status: int) -> tuple[int, Json]:
    """Give an error as the wire has it."""
    return status, {
        "type": f"urn:punnet:problem:{slug}",
        "title": slug,
        "status": status,
        "detail": detail,
        "request_id": "r-1",
    }


NOT_FOUND = problem("not-found", "There is nothing here with this id.", 404)[1]


def page(*items: Json) -> tuple[int, Json]:
    """Give a list that ends with this page."""
    return 200, {"items": list(items), "next_cursor": None}
