"""A web server of pages on disk that validates, counts what it sends, and can be made to fail."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_PARTS = frozenset({"/", "/robots.txt", "/sitemap.xml"})
SILENT_S = 25.0
"""Longer than the crawler waits for the next byte."""


@dataclass
class Website:
    """Pages by path, what is wrong with some of them, and what was sent."""

    pages: Mapping[str, Path]
    address: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    """A status, `silent`, `soft` or `-> /path` by path."""
    robots: str = ""
    truncated: bool = False
    missing_is_soft: bool = False
    answers: Counter[int] = field(default_factory=Counter)
    """To requests for pages, by status."""
    page_bytes: int = 0
    """Of the bodies of pages."""
    other_bytes: int = 0
    """Of index, sitemap and robots.txt."""

    def forget(self) -> None:
        """Count anew."""
        self.answers.clear()
        self.page_bytes = self.other_bytes = 0

    def sitemap(self) -> bytes:
        """List every page; without its end where it is to be truncated."""
        rows = "\n".join(f"<url><loc>{self.address}{path}</loc></url>" for path in self.pages)
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        whole = f'<?xml version="1.0"?>\n<urlset xmlns="{space}">\n{rows}\n</urlset>'
        return whole.encode()[: len(whole) // 2 if self.truncated else None]

    def index(self) -> bytes:
        """Lead to every page, and be none."""
        links = "\n".join(f'<a href="{escape(path)}">{escape(path)}</a>' for path in self.pages)
        return f'<meta name="robots" content="noindex"><title>All</title>{links}'.encode()


@contextmanager
def website(pages: Mapping[str, Path]) -> Iterator[Website]:
    """Serve pages on the loopback address."""
    site = Website(pages)
    server = _Server(site)
    site.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Website) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in _PARTS:
            self._part(path)
        elif fault := self.server.site.faults.get(path):
            self._fault(fault)
        elif path in self.server.site.pages:
            self._page(self.server.site.pages[path])
        elif self.server.site.missing_is_soft:
            self._send(200, b"<title>Shop</title><p>Nothing to be found here, we are sorry.")
        else:
            self._send(404, b"nothing here")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _part(self, path: str) -> None:
        if path == "/robots.txt":
            self._send(
                200, self.server.site.robots.encode(), {"Content-Type": "text/plain"}, part=True
            )
        elif path == "/sitemap.xml":
            xml = {"Content-Type": "application/xml"}
            self._send(200, self.server.site.sitemap(), xml, part=True)
        else:
            self._send(200, self.server.site.index(), part=True)

    def _page(self, file: Path) -> None:
        content = file.read_bytes()
        told = {
            "ETag": f'"{sha256(content).hexdigest()[:16]}"',
            "Last-Modified": formatdate(file.stat().st_mtime, usegmt=True),
        }
        same = self.headers.get("If-None-Match") == told["ETag"]
        self._send(304, b"", told) if same else self._send(200, content, told)

    def _fault(self, fault: str) -> None:
        if fault == "silent":
            time.sleep(SILENT_S)
            self.close_connection = True
        elif fault == "soft":
            self._send(200, b"<title>Shop</title><p>Nothing to be found here, we are sorry.")
        elif fault.startswith("-> "):
            self._send(302, b"", {"Location": fault.removeprefix("-> ")})
        else:
            self._send(int(fault), b"")

    def _send(
        self,
        status: int,
        content: bytes,
        told: Mapping[str, str] | None = None,
        *,
        part: bool = False,
    ) -> None:
        self.send_response(status)
        headers = {"Content-Type": "text/html"} | dict(told or {})
        if status != 304:
            headers["Content-Length"] = str(len(content))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        if part:
            self.server.site.other_bytes += len(content)
        else:
            self.server.site.answers[status] += 1
            self.server.site.page_bytes += len(content)
