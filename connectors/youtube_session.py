"""The HTTP session that youtube-transcript-api works with: bounded, and held to one place."""

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError

from connectors.model import Json
from connectors.youtube_errors import Blocked, Garbled

_CONNECT = 10.0
_SILENCE = 20.0
"""Seconds without a byte after which a connection is given up."""
_MOST_BYTES = 32_000_000
_PIECE = 65_536
_PLAYER = "/youtubei/v1/player"
_CAPTIONS = "/api/timedtext"


class Exchange(HTTPAdapter):
    """Carry the requests of one look at one video, within one deadline for all of them.

    The library sets no timeout, and one of requests counts from byte to byte: a body that
    drips would hold a thread for ever.
    """

    def __init__(self, root: str, until: float) -> None:
        """`root` is asked wherever the library asks youtube.com; `until` is of time.monotonic."""
        super().__init__()
        self.asking = "page"
        self.player: Mapping[str, Json] | None = None
        """What the player answered."""
        self._connection: Any = None
        self._root = urlsplit(root)
        self._until = until

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        """Send where `root` says, and read the answer whole; raises as requests does."""
        sent = request.copy()
        sent.url = self._redirected(request.url or "")
        left = self._left()
        waits = (min(_CONNECT, left), min(_SILENCE, left))
        late = threading.Timer(left, self._break_off)
        late.start()
        try:
            answer = super().send(sent, **{**options, "stream": True, "timeout": waits})
            answer._content = self._whole(answer)
        finally:
            late.cancel()
        if self.asking == "player" and answer.ok:
            told = answer.json()
            self.player = told if isinstance(told, dict) else None
        return answer

    def get_connection_with_tls_context(self, *args: Any, **named: Any) -> HTTPConnectionPool:
        """Give connections that can be broken off: headers that drip end by no timeout."""
        pool: Any = super().get_connection_with_tls_context(*args, **named)
        make = pool.ConnectionCls

        def made(*its: Any, **options: Any) -> Any:
            self._connection = make(*its, **options)
            return self._connection

        pool.ConnectionCls = made
        return cast("HTTPConnectionPool", pool)

    def _break_off(self) -> None:
        if (line := getattr(self._connection, "sock", None)) is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _redirected(self, url: str) -> str:
        parts = urlsplit(url)
        host = parts.hostname or ""
        ours = host == "youtube.com" or host.endswith(".youtube.com")
        if not ours and parts.netloc != self._root.netloc:
            if host.endswith("google.com"):
                raise Blocked("it sends us to a page where people prove that they are no programs")
            raise Garbled("it leads to an address that is not YouTube's")
        self.asking = {_PLAYER: "player", _CAPTIONS: "captions"}.get(parts.path, "page")
        return parts._replace(scheme=self._root.scheme, netloc=self._root.netloc).geturl()

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise requests.Timeout("no whole answer in time")
        return left

    def _whole(self, answer: requests.Response) -> bytes:
        """Read as it comes: a read of a certain size would wait until that much is there."""
        content = bytearray()
        try:
            while piece := answer.raw.read1(_PIECE, decode_content=True):
                content += piece
                self._left()
                if len(content) > _MOST_BYTES:
                    raise Garbled("an endless answer")
        except (HTTPError, OSError) as error:
            if isinstance(error, requests.RequestException):
                raise
            raise requests.ConnectionError(f"the answer broke off: {error}") from error
        finally:
            answer.raw.release_conn()
            answer.close()
        return bytes(content)


def opened(exchange: Exchange, root: str, proxy: str) -> requests.Session:
    """Open a session whose requests all go by the exchange, and by a proxy where one is given."""
    session = requests.Session()
    # Of the environment the proxies alone, and those for where we really go.
    session.trust_env = False
    environment = get_environ_proxies(root)
    session.proxies = {"http": proxy, "https": proxy} if proxy else dict(environment)
    session.max_redirects = 5
    session.mount("https://", exchange)
    session.mount("http://", exchange)
    if proxy:
        # Else a proxy that gives each connection another address would keep this one.
        session.headers["Connection"] = "close"
    return session
