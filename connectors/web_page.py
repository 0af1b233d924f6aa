"""Read what a website answered as far as a crawl needs it."""

import asyncio
import re
from dataclasses import dataclass, field

from connectors.errors import FetchFailed
from connectors.feeds import read_feed
from connectors.model import Reply
from connectors.page import PageFacts, read_headers, read_page
from connectors.port import Renderer
from connectors.soft_404 import NoPage, likeness, says_not_found
from connectors.urls import Scope, path_of
from connectors.web_media import is_document, is_feed, is_html, media_type
from connectors.web_settings import Render, WebSettings

HARDLY_ANY_TEXT = 200
"""Characters of a page that scripts are expected to fill."""
_TWIN = 0.7
"""How much of two pages must be the same for one to stand for the other."""
_SCRIPT = re.compile(rb"<script", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.\w{3,5}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Content:
    """An answer that was read; `problem` says why it is no document, if it is none."""

    reply: Reply
    facts: PageFacts = field(default_factory=PageFacts)
    links: tuple[str, ...] = ()
    """Where the crawl goes on from here."""
    problem: str = ""
    is_page: bool = False
    rendered: bool = False

    @property
    def canonical(self) -> str | None:
        """The address that it gives as its own."""
        return self.facts.canonical

    @property
    def says_not_found(self) -> bool:
        """Whether it is short and entitled as a page that is not there."""
        return says_not_found(self.reply.url, self.facts.title, self.facts.text)

    def is_like(self, nothing: NoPage | None) -> bool:
        """Say whether it looks like what its host shows for pages that are not there."""
        return nothing is not None and nothing.looks_like(self.reply.url, self.facts.text)

    def is_spelled_like(self, url: str) -> bool:
        """Say whether only a slash at the end or an index's name differ."""
        return _bare(self.reply.url) == _bare(url)

    def is_twin_of(self, other: "Content") -> bool:
        """Say whether both are the same page, so that a wrong canonical link hides none."""
        alike = likeness(self.facts.text, other.facts.text) >= _TWIN
        return alike or self.is_spelled_like(other.reply.url)


@dataclass(frozen=True, slots=True)
class PageReader:
    """Read answers as the settings of a crawl want it."""

    settings: WebSettings
    renderer: Renderer | None

    async def read(self, reply: Reply) -> Content:
        """Read an answer of status 200; raises FetchError where its scripts cannot be run."""
        if is_feed(reply):
            # In a thread, as pages are: all other sources wait for this one otherwise.
            feed = await asyncio.to_thread(read_feed, reply.content, reply.url)
            listed = tuple(one.url for one in feed)
            links = _within(self.settings.scope, listed)
            return Content(reply, links=self._followed(links), problem="It is a feed.")
        if not is_document(reply, files=self.settings.scope.files):
            return Content(reply, problem=f"It is no document that is read ({media_type(reply)}).")
        if not is_html(reply):
            told = read_headers(reply.url, reply.headers)
            return Content(reply, told, problem=_refusal(told))
        plain = Content(reply, await read_reply(reply), is_page=True)
        return self._led(await self._rendered(plain))

    async def _rendered(self, content: Content) -> Content:
        if self.renderer is None or not self._wants_scripts(content):
            return content
        # Where that fails the page does: without its scripts it would lose the words it had.
        shown = await self.renderer.render(content.reply.url)
        if shown.url != content.reply.url:
            raise FetchFailed(f"It led to {shown.url} when its scripts were to be run.")
        return Content(shown, await read_reply(shown), is_page=True, rendered=True)

    def _wants_scripts(self, content: Content) -> bool:
        if self.settings.render is not Render.AUTO:
            return self.settings.render is Render.ALWAYS
        empty = len(content.facts.text) < HARDLY_ANY_TEXT
        return empty and _SCRIPT.search(content.reply.content) is not None

    def _led(self, content: Content) -> Content:
        facts, scope = content.facts, self.settings.scope
        links = () if facts.nofollow else _within(scope, facts.links)
        feeds = tuple(feed for feed in facts.feeds if scope.same_site(feed))
        if facts.refresh is not None and not facts.noindex:
            links = _within(scope, (facts.refresh,))
        return Content(
            reply=content.reply,
            facts=facts,
            links=self._followed((*links, *feeds)),
            problem=_refusal(facts),
            is_page=True,
            rendered=content.rendered,
        )

    def _followed(self, links: tuple[str, ...]) -> tuple[str, ...]:
        return links if self.settings.crawl else ()


async def read_reply(reply: Reply) -> PageFacts:
    """Read a page in a thread: one of many megabytes takes a second."""
    return await asyncio.to_thread(read_page, reply.content, reply.url, reply.headers)


def _refusal(facts: PageFacts) -> str:
    if facts.noindex:
        return "It asks not to be indexed."
    return f"It sends its readers on to {facts.refresh}." if facts.refresh else ""


def _within(scope: Scope, links: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(link for link in links if scope.takes(link))


def _bare(url: str) -> str:
    query = url.partition("?")[2]
    return _INDEX.sub("", path_of(url)).rstrip("/").lower() + f"?{query}"
