"""List the pages that a site's sitemaps name, and know whether that was all of them.

The parse is ours. ultimate-sitemap-parser gives the pages before the cut of a broken-off file
as if there were no more, so that pages after it would look deleted; it does not tell where a
page lies outside of the site; and it waits in a thread for a client of its own kind. What a
sitemap is takes no more lines than to work around that.
"""

import asyncio
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.charset import decode
from connectors.errors import FetchError
from connectors.feeds import Listed, distinct, feed_items, moment
from connectors.model import Reply
from connectors.urls import Scope, host_of, normalised
from connectors.xml_items import Item, read_items

_GZIP = b"\x1f\x8b"
_NAMED = frozenset({"url", "sitemap", "item", "entry"})
_NO_SITEMAP = "it is no sitemap"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read; all beyond is told."""

    bytes: int = 50 * 1024 * 1024
    """Of one file, unpacked; as `items`, by sitemaps.org."""
    items: int = 50_000
    parts: int = 100
    """Streams that one packed file may consist of."""
    files: int = 1_000
    levels: int = 5
    pages: int = 200_000
    problems: int = 20


USUAL = Limits()

Read = Callable[[str], Awaitable[Reply]]
"""Gives the answer at the end of an address's redirects; raises FetchError."""


@dataclass(frozen=True, slots=True)
class SitemapListing:
    """The pages of the crawl that sitemaps name."""

    entries: tuple[Listed, ...]
    outside: int
    """How many others they name, that are no pages of this crawl."""
    problems: tuple[str, ...]
    """What could not be read, for an operator; cut short."""

    @property
    def complete(self) -> bool:
        """Whether every sitemap was read whole."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class SitemapFile:
    """What one file holds."""

    pages: tuple[Listed, ...] = ()
    children: tuple[str, ...] = ()
    """The sitemaps that it is an index of."""
    problem: str = ""
    """Why that is not all, or ""."""
    is_none: bool = False
    """Whether it is something else altogether."""


async def list_sitemaps(
    roots: Sequence[str],
    read: Read,
    scope: Scope,
    *,
    guessed: bool = False,
    limits: Limits = USUAL,
) -> SitemapListing:
    """Read sitemaps and all that they lead to, one after another; addresses are normalised.

    Where the roots were only `guessed`, nothing there is as good as an empty sitemap.
    """
    walk = _Walk(scope, limits, seen=set(roots))
    waiting = deque((root, 0) for root in dict.fromkeys(roots))
    while waiting and len(walk.pages) < limits.pages:
        url, level = waiting.popleft()
        found = await _ask(url, read, limits)
        if guessed and level == 0 and found.is_none:
            continue
        walk.keep(url, found)
        waiting.extend((child, level + 1) for child in walk.below(url, level, found))
    return walk.listing()


async def _ask(url: str, read: Read, limits: Limits) -> SitemapFile:
    try:
        reply = await read(url)
    except FetchError as error:
        return SitemapFile(problem=str(error).rstrip("."))
    if reply.status != 200:
        absent = 400 <= reply.status < 500 and reply.status != 429
        return SitemapFile(problem=f"it answered with status {reply.status}", is_none=absent)
    return await asyncio.to_thread(read_sitemap, reply.content, reply.url, reply.headers, limits)


def read_sitemap(
    content: bytes, url: str, headers: Mapping[str, str], limits: Limits = USUAL
) -> SitemapFile:
    """Read one file: an index, a list, a feed or plain text, packed or not."""
    unpacked, cut = _unpacked(content, limits)
    cut = _short(content, headers) or cut
    text = decode(unpacked).lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return _plain(text, cut, limits)
    listed = read_items(text, _NAMED, limits.items)
    problem = cut or listed.problem
    if listed.root in {"rss", "rdf", "feed"}:
        pages = distinct(feed_items(listed.items, url))
        return SitemapFile(pages, problem=problem or "it is a feed, which names the newest only")
    if listed.root not in {"urlset", "sitemapindex"}:
        begun = not listed.root and text.startswith("<?xml")
        return SitemapFile(problem=problem or _NO_SITEMAP, is_none=not cut and not begun)
    children = (_address(item, url) for item in listed.items if item.name == "sitemap")
    pages = distinct(_pages((item for item in listed.items if item.name == "url"), url))
    return SitemapFile(pages, tuple(child for child in children if child), problem)


def _unpacked(content: bytes, limits: Limits) -> tuple[bytes, str]:
    """Give the bytes and, where there are more or should be, what is wrong."""
    parts: list[bytes] = []
    packed, room = content, limits.bytes + 1
    while packed.startswith(_GZIP) and room > 0 and len(parts) < limits.parts:
        stream = zlib.decompressobj(wbits=31)
        try:
            parts.append(stream.decompress(packed, room))
        except zlib.error as error:
            return b"".join(parts), f"it cannot be unpacked ({error})"
        room -= len(parts[-1])
        if not stream.eof and room > 0:
            return b"".join(parts), "it ends before its packed content does"
        packed = stream.unused_data
    whole = b"".join(parts) if parts else content
    if len(whole) > limits.bytes or packed.startswith(_GZIP):
        return whole[: limits.bytes], (
            f"it has more than {limits.bytes:,} bytes or {limits.parts} packed parts"
        )
    return whole, ""


def _short(content: bytes, headers: Mapping[str, str]) -> str:
    length = headers.get("content-length", "")
    # Of what the client has unpacked the length says nothing.
    if "content-encoding" in headers or not length.isdecimal() or len(length) > 15:
        return ""
    return "it ends before its announced length" if len(content) < int(length) else ""


def _plain(text: str, cut: str, limits: Limits) -> SitemapFile:
    """Read one address a line; it must be whole, or any text would be a list of addresses."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    pages = [page for line in lines[: limits.items + 1] if (page := normalised(line))]
    if not pages or len(pages) < len(lines) / 2:
        return SitemapFile(problem=cut or _NO_SITEMAP, is_none=not cut)
    more = f"it has more than {limits.items:,} lines" if len(lines) > limits.items else ""
    return SitemapFile(distinct(map(Listed, pages[: limits.items])), problem=cut or more)


def _pages(items: Iterable[Item], url: str) -> Iterator[Listed]:
    """Give each page, and its translations as pages like it."""
    for item in items:
        dates = [one.text for one in item.fields if one.name == "lastmod"]
        if page := _address(item, url):
            yield Listed(page, moment(dates[0]) if dates else None)
        for one in item.fields:
            if one.name == "link" and "hreflang" in one.attributes:
                other = normalised(one.attributes.get("href", ""), url)
                if other and other != page:
                    yield Listed(other)


def _address(item: Item, url: str) -> str | None:
    written = next((one.text for one in item.fields if one.name == "loc"), "")
    return normalised(written, url) if written else None


@dataclass(slots=True)
class _Walk:
    """What was found so far; nothing in it grows beyond the limits, whatever is found."""

    scope: Scope
    limits: Limits
    seen: set[str]
    pages: dict[str, Listed] = field(default_factory=dict)
    outside: int = 0
    problems: list[str] = field(default_factory=list)
    untold: int = 0

    def keep(self, url: str, found: SitemapFile) -> None:
        """Take the pages of one file that belong to the crawl."""
        if found.problem:
            self._doubt(f"The sitemap {url[:200]} was not read whole: {found.problem}.")
        for page in found.pages:
            if not self.scope.takes(page.url):
                self.outside += 1
            elif page.changed_at or page.url not in self.pages:
                self.pages[page.url] = page
        if len(self.pages) >= self.limits.pages:
            self._doubt(
                f"The sitemaps name {self.limits.pages:,} pages or more: no more were read."
            )

    def below(self, url: str, level: int, found: SitemapFile) -> Iterator[str]:
        """Give the sitemaps to read next: those of the site, or of the index's own host."""
        for child in found.children:
            if child in self.seen:
                continue
            if level == self.limits.levels:
                self._doubt(
                    f"The sitemap {child[:200]} is nested more than {self.limits.levels} deep."
                )
            elif not self.scope.same_site(child) and host_of(child) != host_of(url):
                self._doubt(f"The sitemap {child[:200]} lies on another site and was not read.")
            elif len(self.seen) >= self.limits.files:
                self._doubt(f"The sitemap {child[:200]} is one more than {self.limits.files:,}.")
            else:
                self.seen.add(child)
                yield child

    def listing(self) -> SitemapListing:
        """Give what was found."""
        more = (f"And {self.untold:,} more problems.",) if self.untold else ()
        return SitemapListing(tuple(self.pages.values()), self.outside, (*self.problems, *more))

    def _doubt(self, problem: str) -> None:
        if len(self.problems) < self.limits.problems:
            self.problems.append(problem)
        else:
            self.untold += 1
