"""A small website that can be told what to serve, on the loopback address."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, nullcontext

from connectors.http import HttpLimits, WebClient
from connectors.model import Json, Source
from connectors.politeness import Turns
from connectors.port import Connector, Frontier, Renderer
from connectors.registry import open_connector
from connectors.surroundings import EVERYTHING, Surroundings
from connectors.web_settings import WebSettings
from tests.builders import ACME, SHOP
from tests.fakes import MemoryUploads
from tests.frontier import MemoryFrontier
from tests.hostile_server import Answer, HostileServer, Route, fresh, page, serving
from tests.life import Now

NO_HEADERS: Mapping[str, str] = {}


class Site:
    """Pages by path."""

    def __init__(self, server: HostileServer) -> None:
        self._server = server
        self.now = Now()
        self.time = _Stopwatch()
        self.frontier: Frontier = MemoryFrontier()
        self.renderer: Renderer | None = None
        self.silence_s = 30.0

    @property
    def missing(self) -> Route:
        """What is answered where nothing is."""
        return self._server.otherwise

    @missing.setter
    def missing(self, route: Route) -> None:
        self._server.otherwise = route

    def put(self, path: str, route: Route | str, headers: Mapping[str, str] = NO_HEADERS) -> None:
        """Serve something; a text is HTML, or what its headers say, with validators."""
        if isinstance(route, str):
            etag = f'"{hashlib.sha256(route.encode()).hexdigest()[:12]}"'
            route = fresh(route, etag, {"content-type": "text/html; charset=utf-8", **headers})
        self._server.routes[path] = route

    def remove(self, path: str) -> None:
        """Serve it no longer."""
        del self._server.routes[path]

    def url(self, path: str) -> str:
        """Give the address of a page."""
        return self._server.url(path)

    @property
    def paths(self) -> list[str]:
        """The paths of the pages."""
        return [path for path in self._server.routes if path not in {"/", "/robots.txt"}]

    def asked(self) -> list[str]:
        """Give the paths that were asked for since this was asked last."""
        asked = self._server.paths
        self._server.requests.clear()
        return asked

    def asked_headers(self, path: str) -> list[Mapping[str, str]]:
        """Give the headers of the requests for a path."""
        return [one.headers for one in self._server.requests if one.path == path]

    def connector(self, **settings: Json) -> Connector:
        """Read the site as a `web` source that starts at its root."""
        told: dict[str, Json] = {"start": self.url("/"), "allow_private": True, "rate": 1000}
        source = Source(SHOP, ACME, "web", "Shop", told | settings)
        around = Surroundings(
            uploads=MemoryUploads(),
            frontier=self.frontier,
            allowed=EVERYTHING,
            open_fetcher=self._client,
            open_renderer=lambda _, __: nullcontext(self.renderer),
            now=self.now,
            turns=Turns(self.time, self.time.sleep),
        )
        return open_connector(source, around)

    def _client(self, settings: WebSettings) -> WebClient:
        limits = HttpLimits(max_bytes=settings.max_bytes, read_s=self.silence_s)
        private = settings.may_be_private
        return WebClient(settings.user_agent, may_be_private=private, limits=limits)


@asynccontextmanager
async def website(pages: Mapping[str, Route | str]) -> AsyncIterator[Site]:
    """Serve pages; without one at `/`, that lists the others and is no document itself."""
    async with serving({}) as server:
        site = Site(server)
        site.put("/", lambda asked: listing(site.paths))
        for path, route in pages.items():
            site.put(path, route)
        yield site


def listing(paths: Iterable[str]) -> Answer:
    """A page that only leads to others."""
    return page(html("All pages", "", *paths, head='<meta name="robots" content="noindex">'))


def html(title: str, words: str, *links: str, head: str = "") -> str:
    """Write a page."""
    anchors = "".join(f'<p><a href="{link}">{link}</a></p>' for link in links)
    return (
        f"<html><head><title>{title}</title>{head}</head>"
        f"<body><h1>{title}</h1><p>{words}</p>{anchors}</body></html>"
    )


class _Stopwatch:
    """Tells a time that passes only where somebody waits, and then at once."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def __call__(self) -> float:
        return sum(self.waited)

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
