"""Documents that are the pages of a website.

A scan is one crawl: it asks for everything we hold, and goes on from the start pages, the
sitemaps and the feeds along the links. What changed, the sha256 of the bytes decides;
pages that did not are asked for with their validators, so that a server need not send
them. What is not there any more is told apart from what could not be had.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from connectors.asking import Asker
from connectors.crawl import LONG_GONE, Crawl
from connectors.discovery import sitemap_pages
from connectors.errors import (
    CursorExpired,
    DocumentUnreadable,
    FetchError,
    SourceUnavailable,
)
from connectors.failpoint import failpoint
from connectors.impostors import Impostors
from connectors.model import (
    Address,
    Completeness,
    Cursor,
    Document,
    Entry,
    KnownDocument,
    Page,
    Presence,
    Source,
    Visit,
)
from connectors.politeness import Pace, Turns
from connectors.port import Fetcher, Frontier, Renderer
from connectors.robots import Robots
from connectors.tally import Tally, read_cursor
from connectors.trail import Trail
from connectors.visiting import Visitor
from connectors.web_entry import document_of
from connectors.web_page import PageReader
from connectors.web_settings import WebSettings

OpenFetcher = Callable[[WebSettings], AbstractAsyncContextManager[Fetcher]]
"""Opens a client that asks as the settings allow it."""
OpenRenderer = Callable[[Fetcher, WebSettings], AbstractAsyncContextManager[Renderer | None]]
"""Opens what runs scripts, None for nothing; raises SettingsInvalid where it must and cannot."""


@dataclass(frozen=True, slots=True)
class Web:
    """What a crawl needs of the world."""

    open_fetcher: OpenFetcher
    frontier: Frontier
    open_renderer: OpenRenderer
    now: Callable[[], datetime]
    turns: Turns
    new_id: Callable[[], str]


class WebConnector:
    """Read a website; refs are the canonical addresses of its pages."""

    def __init__(self, source: Source, settings: WebSettings, web: Web) -> None:
        self._source = source
        self._settings = settings
        self._web = web
        # One for all crawls of this connector: a host is asked no faster by two.
        self._pace = Pace(settings.rate, web.turns)
        self._trail: Trail | None = None

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        tally = read_cursor(cursor) if cursor else Tally(self._web.new_id())
        async with self._crawling(tally.crawl, known) as crawl:
            self._trail = crawl.trail
            if cursor is None:
                tally = await self._begin(crawl, tally)
            elif not await crawl.trail.rewind(tally.step):
                raise CursorExpired("Another crawl of this source began since.")
            async for part in crawl.run(tally):
                yield part

    async def fetch(self, entry: Entry) -> Document:
        """Read a page again."""
        failpoint("web.fetch")
        async with self._asking() as asker:
            try:
                landing = await asker.follow(entry.ref, _plainly, self._within)
            except FetchError as error:
                raise DocumentUnreadable(str(error)) from error
        reply = landing.reply
        if reply is None or reply.status != 200:
            says = f"answers {reply.status}" if reply else f"leads to {landing.url}"
            raise DocumentUnreadable(f"It {says} after it was listed.")
        return document_of(reply, entry.ref, self._web.now())

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        """Ask each page once more; without a scan before, nothing is known to link to one."""
        held = {ref: KnownDocument(ref, "", "") for ref in refs}
        said: dict[str, Presence] = {}
        async with self._crawling(self._trail.crawl if self._trail else "", held) as crawl:
            for ref in refs:
                failpoint("web.confirm")
                said[ref] = await self._presence(crawl, ref)
        return said

    async def _begin(self, crawl: Crawl, tally: Tally) -> Tally:
        """Start a crawl: nothing is deleted and nothing forgotten while its site is silent."""
        asker = crawl.visitor.asker
        for start in self._settings.starts:
            rules = await asker.robots.rules(start)
            if not rules.known:
                raise SourceUnavailable(f"robots.txt cannot be read, so nothing is. {rules.why}")
        await crawl.trail.begin()
        failpoint("web.begun")
        await crawl.trail.add([Address(start, 0) for start in self._settings.starts])
        found = await sitemap_pages(self._settings, asker)
        await crawl.trail.add(found.addresses)
        failpoint("web.sitemaps")
        await crawl.queue_held()
        return tally.doubting(found.doubts)

    async def _presence(self, crawl: Crawl, ref: str) -> Presence:
        if not self._settings.scope.takes(ref):
            return Presence.GONE  # what the settings no longer take, wherever it lies
        finding = await crawl.visitor.visit(Address(ref, 0))
        if any(item.ref == ref and isinstance(item, Entry) for item in finding.items):
            return Presence.PRESENT
        if finding.items or finding.disallowed:
            return Presence.UNKNOWN
        visit = finding.visits[0]
        if visit.missing_since is not None:
            return await self._judged(crawl, visit)
        if not visit.ref:
            return Presence.GONE  # it asks not to be indexed, or holds no document any more
        other = (await crawl.trail.learnt([visit.ref])).get(visit.ref)
        return Presence.GONE if other is not None and other.ref else Presence.UNKNOWN

    async def _judged(self, crawl: Crawl, missing: Visit) -> Presence:
        """Believe a page to be gone when nothing leads there, or when it was so for long."""
        reached = (await crawl.trail.reached([missing.url])).get(missing.url)
        since = missing.missing_since
        lasting = since is not None and since <= self._web.now() - LONG_GONE
        linked = reached is not None and reached.linked
        return Presence.UNKNOWN if linked and not lasting else Presence.GONE

    @asynccontextmanager
    async def _crawling(
        self, crawl: str, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Crawl]:
        web, settings = self._web, self._settings
        trail = Trail(web.frontier, self._source.tenant, self._source.id, crawl)
        async with self._asking() as asker, web.open_renderer(asker.fetcher, settings) as renderer:
            visitor = Visitor(
                settings=settings,
                asker=asker,
                trail=trail,
                known=known,
                reader=PageReader(settings, renderer),
                impostors=Impostors(asker, web.new_id),
                now=web.now,
            )
            yield Crawl(visitor, trail, known)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[Asker]:
        async with self._web.open_fetcher(self._settings) as fetcher:
            yield Asker(fetcher, Robots(fetcher), self._pace, self._web.now)

    async def _within(self, url: str) -> bool:
        return self._settings.scope.same_site(url)


async def _plainly(_: str) -> Mapping[str, str]:
    return {}
