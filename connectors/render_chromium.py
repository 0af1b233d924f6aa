"""What a headless browser shows of a page, though nothing goes around our client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Self

from playwright.async_api import Error as BrowserError
from playwright.async_api import Page
from playwright.async_api import TimeoutError as BrowserTimeout

from connectors.addresses import shown
from connectors.errors import FetchFailed, FetchRefused
from connectors.http import follow
from connectors.model import Reply
from connectors.port import Fetcher
from connectors.render import RenderLimits
from connectors.render_browser import Chromium
from connectors.render_requests import PageRequests

_HTML = ("text/html", "application/xhtml+xml")
_UNTRUE_NOW = frozenset({"content-encoding", "content-length", "etag", "last-modified"})


class ChromiumRenderer:
    """Run the scripts of one page at a time.

    The browser reaches nothing by itself: whatever a page asks for is fetched by our client,
    under all its rules. Every page is a visitor without a past. The browser is started when
    it is first needed, anew after some pages, and ended at once when a page comes to no end.
    """

    def __init__(
        self, fetcher: Fetcher, user_agent: str, limits: RenderLimits, executable: str
    ) -> None:
        """Start nothing yet."""
        self._fetcher = fetcher
        self._user_agent = user_agent
        self._limits = limits
        self._executable = executable
        self._browser: Chromium | None = None
        self._shown = 0
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the browser with all its processes."""
        async with self._turn:
            await self._end()

    async def render(self, url: str) -> Reply:
        """Keep the promise of `Renderer`; of what is no page FetchFailed or FetchRefused is raised.

        What the server said of the page's age and size is left out: it is another page now.
        """
        async with self._turn:
            first = await self._first(url)
            browser = await self._started()
            try:
                async with asyncio.timeout(self._limits.total_s):
                    html = await self._html(browser, first)
            except TimeoutError as error:
                limit = f"{self._limits.total_s:g} s"
                raise FetchFailed(f"The scripts of {shown(url)} did not end in {limit}.") from error
        kept = {name: text for name, text in first.headers.items() if name not in _UNTRUE_NOW}
        headers = {**kept, "content-type": "text/html; charset=utf-8"}
        return Reply(first.url, first.status, headers, html)

    async def _first(self, url: str) -> Reply:
        first = (await follow(self._fetcher, url, {})).reply
        if first.status != 200:
            raise FetchFailed(f"{shown(url)} answered {first.status}, so no scripts were run.")
        if not first.headers.get("content-type", "text/html").lower().startswith(_HTML):
            raise FetchRefused(f"{shown(url)} is no HTML, so it has no scripts to run.")
        return first

    async def _started(self) -> Chromium:
        if self._browser is None:
            self._browser, self._shown = Chromium(self._executable, self._limits.memory_bytes), 0
        try:
            await self._browser.ready()
        except FetchFailed:
            await self._end()
            raise
        return self._browser

    async def _html(self, browser: Chromium, first: Reply) -> bytes:
        """Give what the page has become when it asks for nothing more, or has waited enough."""
        limits = self._limits
        requests = PageRequests(self._fetcher, first, limits)
        async with self._page(browser, first.url, requests) as page:
            await page.goto(first.url, wait_until="domcontentloaded", timeout=limits.total_s * 1000)
            with suppress(BrowserTimeout):
                await page.wait_for_load_state("networkidle", timeout=limits.settle_s * 1000)
            html = (await page.content()).encode("utf-8", "replace")
            ended_at = page.url
        if not requests.of_this_site(ended_at):  # where the browser shows an error page
            raise FetchRefused(f"The scripts of {shown(first.url)} lead to another site.")
        if len(html) > limits.max_bytes:
            raise FetchRefused(f"{shown(first.url)} grew to more than {limits.max_bytes:,} bytes.")
        return html

    @asynccontextmanager
    async def _page(
        self, browser: Chromium, url: str, requests: PageRequests
    ) -> AsyncIterator[Page]:
        """Open a page, and end the browser too if it does not close as it should."""
        closed = False
        try:
            context = await browser.new_context(self._user_agent)
            page = await context.new_page()
            await context.route("**/*", lambda route: requests.answer(route, page))
            yield page
            await context.close()
            closed = True
        except BrowserError as error:
            raise FetchFailed(f"The browser gave {shown(url)} up.") from error
        finally:
            requests.end()
            self._shown += 1
            if not closed or self._shown >= self._limits.pages:
                await asyncio.shield(self._end())

    async def _end(self) -> None:
        browser, self._browser = self._browser, None
        if browser is not None:
            await browser.end()
