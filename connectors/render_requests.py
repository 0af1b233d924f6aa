"""What a page asks for while it is built: fetched by our client, or not at all."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import httpx2
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page, Request, Route

from connectors.errors import FetchError
from connectors.http import follow
from connectors.model import Reply
from connectors.port import Fetcher
from connectors.render import RenderLimits

_FETCHED = frozenset({"document", "script", "xhr", "fetch"})
_SENT = frozenset({"accept", "accept-language", "authorization", "origin", "referer"})
# What is true of the connection and not of the page, or would outlive it.
_DROPPED = frozenset(
    {
        "alt-svc",
        "connection",
        "content-disposition",
        "content-encoding",
        "content-length",
        "keep-alive",
        "set-cookie",
        "transfer-encoding",
    }
)


class PageRequests:
    """Answer the requests of one page, as far as it may make them.

    Scripts and what they fetch by GET are answered, up to a number and a sum of bytes. Style
    sheets are empty: scripts wait for them, but no text depends on them. All else is broken
    off: images, frames (which are no part of the page's HTML), and other sites in its place.
    """

    def __init__(self, fetcher: Fetcher, first: Reply, limits: RenderLimits) -> None:
        """`first` is the page itself, which was fetched already."""
        self._fetcher = fetcher
        self._first: Reply | None = first
        self._site = str(httpx2.URL(first.url).join("/"))
        self._requests = limits.max_requests
        self._bytes = limits.max_bytes
        self._answering: set[asyncio.Task[None]] = set()

    async def answer(self, route: Route, page: Page) -> None:
        """Answer one request, or break it off."""
        task = asyncio.create_task(self._answer(route, page))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        # One who waited here for a cancelled task would be cancelled with it.
        await asyncio.wait([task])

    def of_this_site(self, url: str) -> bool:
        """Say whether an address, as the browser writes it, is of the page's own site."""
        return url.startswith(self._site)

    def end(self) -> None:
        """Stop what is still being fetched for a page that is gone."""
        for task in self._answering:
            task.cancel()

    async def _answer(self, route: Route, page: Page) -> None:
        with suppress(BrowserError):  # the page is gone, and with it who asked
            request = route.request
            if request.resource_type == "stylesheet":
                await route.fulfill(status=200, content_type="text/css", body="")
            elif reply := await self._reply(request, page):
                await route.fulfill(
                    status=reply.status, headers=_told(reply.headers), body=reply.content
                )
            else:
                await route.abort("blockedbyclient")

    async def _reply(self, request: Request, page: Page) -> Reply | None:
        if request.method != "GET" or request.resource_type not in _FETCHED or not self._requests:
            return None
        if request.is_navigation_request():
            if request.frame != page.main_frame or not self.of_this_site(request.url):
                return None
            if self._first is not None:
                first, self._first = self._first, None
                return first
        self._requests -= 1
        try:
            reply = (await follow(self._fetcher, request.url, _sent(request.headers))).reply
        except FetchError:
            return None
        self._bytes -= len(reply.content)
        return reply if self._bytes >= 0 else None


def _sent(headers: Mapping[str, str]) -> dict[str, str]:
    """Give what a script may say to a server; who we are is not its to say."""
    return {n: v for n, v in headers.items() if n.startswith("x-") or n in _SENT}


def _told(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in _DROPPED}
