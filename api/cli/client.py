"""A small HTTP client for our own API: the standard library's, because it starts fastest."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from api.cli.failures import Refused, Unreachable
from api.cli.wire import rows, text
from connectors.model import Json

TIMEOUT_SECONDS = 120.0
"""Longer than any answer may take; progress streams say that they live every 15 s."""


def address_of(*names: str) -> str:
    """Give the path of a thing of the API, whatever the ids in it hold."""
    return "/v1/" + "/".join(quote(name, safe="") for name in names)


class Client:
    """Calls one API with one key."""

    def __init__(self, address: str, key: str, *, local: bool) -> None:
        self.address = address
        self._key = key
        # Nobody's proxy shall see what stays on this machine.
        self._opener: OpenerDirector = build_opener(*([ProxyHandler({})] if local else []))

    def call(self, method: str, path: str, body: Json = None) -> Json:
        """Give the answer's JSON; raises Refused or Unreachable."""
        with self._send(method, path, body) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def read(self, path: str) -> bytes:
        """Give an answer as it is; raises Refused or Unreachable."""
        with self._send("GET", path, None) as answer:
            return answer.read()

    def all(self, path: str, query: Mapping[str, str] | None = None) -> list[Json]:
        """Give the items of all pages of a list."""
        found: list[Json] = []
        cursor = ""
        while True:
            asked = {**(query or {}), "limit": "200", **({"cursor": cursor} if cursor else {})}
            page = self.call("GET", f"{path}?{urlencode(asked)}")
            found += rows(page, "items")
            cursor = text(page, "next_cursor")
            if not cursor:
                return found

    def events(self, path: str) -> Iterator[Json]:
        """Yield the JSON of each server-sent event as it comes."""
        with self._send("GET", path, None) as answer:
            for line in answer:
                if line.startswith(b"data:"):
                    yield json.loads(line[5:])

    @contextmanager
    def _send(self, method: str, path: str, body: Json) -> Iterator[IO[bytes]]:
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "*/*"}
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        request = Request(self.address + path, content, headers, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                yield answer
        except HTTPError as error:
            raise _refusal(error) from error
        except (URLError, OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise Unreachable(
                f"{self.address} does not answer ({reason}). "
                "If it was just ended, try again; else look at its logs."
            ) from error


def _refusal(error: HTTPError) -> Refused:
    try:
        problem: Json = json.loads(error.read())
    except ValueError:
        problem = None
    slug = text(problem, "type").rpartition(":")[2]
    said = text(problem, "detail") or text(problem, "title") or f"HTTP status {error.code}"
    request = text(problem, "request_id")
    if error.code >= http.HTTPStatus.INTERNAL_SERVER_ERROR and request:
        said = f"{said} (request {request})"
    return Refused(error.code, slug, said)
