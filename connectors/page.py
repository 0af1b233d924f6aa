"""What a page says of itself and where it leads."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from connectors.charset import decode
from connectors.html_scan import Tag, resolved, scan
from connectors.urls import normalised

AGENT = "PunnetBot"
"""The name by which robots.txt and robots directives may speak to us alone."""
MAX_LINKS = 10_000
MAX_TEXT = 20_000
REFRESH_SECONDS = 10
"""A page that moves on later than this is read before; it is no redirect."""

_FEEDS = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_REFRESH = re.compile(
    r"""\s*(\d{1,9})[\d.]*+\s*+[;,\s]\s*+(?:url\s*+=\s*+)?["']?([^"']+)""", re.IGNORECASE
)
_HEADER_LINK = re.compile(r"<([^<>]{1,4096})>([^<]{0,500})")
_RELATION = re.compile(r"""\brel\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;,]+))""", re.IGNORECASE)
# Directives that have a colon of their own; before any other a colon ends a robot's name.
_VALUED = ("unavailable_after", "max-")
_NAMED = frozenset({"a", "area", "base", "frame", "iframe", "link", "meta"})
_OF_THE_HEAD = frozenset(
    {"html", "head", "title", "base", "link", "meta", "style", "script", "noscript", "template"}
)
_UNSEEN = frozenset({"noscript", "select", "svg", "template"})


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a crawl needs to know of a page; all addresses are normalised.

    Links with `rel=nofollow` are among the links: it says that the author does not vouch
    for where they lead, not that nobody may go there, which robots.txt says. `nofollow`
    is the wish of the whole page.
    """

    links: tuple[str, ...] = ()
    """In the order of the page, each once, at most MAX_LINKS; with those to its translations
    and to the next and previous pages."""
    canonical: str | None = None
    """What the page gives as its own address, if it gives one only."""
    noindex: bool = False
    nofollow: bool = False
    refresh: str | None = None
    """Where it sends its readers at once: a redirect."""
    feeds: tuple[str, ...] = ()
    title: str = ""
    text: str = ""
    """Its visible words in one line, at most MAX_TEXT characters, to compare pages by."""


def read_headers(url: str, headers: Mapping[str, str]) -> PageFacts:
    """Read what the headers alone say of a document of any type."""
    directives = _for_us(headers.get("x-robots-tag", ""))
    related = _related(headers.get("link", ""))
    return PageFacts(
        canonical=_only(normalised(href, url) for rel, href in related if "canonical" in rel),
        noindex=bool(directives & {"noindex", "none"}),
        nofollow=bool(directives & {"nofollow", "none"}),
        refresh=_refresh(headers.get("refresh", ""), url, url),
    )


def read_page(content: bytes, url: str, headers: Mapping[str, str]) -> PageFacts:
    """Read a page of HTML that was found at `url`; takes any bytes."""
    told = read_headers(url, headers)
    charset = _CHARSET.search(headers.get("content-type", ""))
    seen = _Seen()
    for part in scan(decode(content, charset[1] if charset else ""), _NAMED):
        seen.take(part)
    base = normalised(seen.base, url) or url
    return PageFacts(
        links=tuple(_distinct(seen.links, base)),
        canonical=told.canonical or _only(normalised(href, base) for href in seen.canonicals),
        noindex=told.noindex or bool(seen.wishes & {"noindex", "none"}),
        nofollow=told.nofollow or bool(seen.wishes & {"nofollow", "none"}),
        refresh=told.refresh or _refresh(seen.refresh, url, base),
        feeds=tuple(_distinct(seen.feeds, base)),
        title=seen.title,
        text=" ".join("".join(seen.text).split())[:MAX_TEXT],
    )


@dataclass(slots=True)
class _Seen:
    """What of a page has come by so far, as it is written there."""

    base: str = ""
    links: dict[str, None] = field(default_factory=dict)
    canonicals: set[str] = field(default_factory=set)
    feeds: dict[str, None] = field(default_factory=dict)
    wishes: set[str] = field(default_factory=set)
    refresh: str = ""
    title: str = ""
    text: list[str] = field(default_factory=list)
    in_head: bool = True
    unseen: str = ""
    """The outermost open element whose words nobody sees, and how many of its name are open."""
    deep: int = 0

    def take(self, part: Tag | str) -> None:
        """Note one tag or piece of text."""
        if isinstance(part, str):
            if not self.unseen:
                self.text.append(part)
            return
        self.text.append(" ")
        if part.name in _UNSEEN:
            self._hide(part)
        if part.closes:
            return
        self.in_head = self.in_head and part.name in _OF_THE_HEAD
        if part.name == "title" and not self.title and not self.unseen:
            self.title = " ".join(resolved(part.raw).split())[:1000]
        self._link(part)

    def _hide(self, tag: Tag) -> None:
        if self.unseen in {"", tag.name} and not tag.empty:
            self.deep = max(0, self.deep + (-1 if tag.closes else 1))
            self.unseen = tag.name if self.deep else ""

    def _link(self, tag: Tag) -> None:
        there = tag.attributes
        match tag.name:
            case "a" | "area" if "href" in there:
                self.links[there["href"]] = None
            case "frame" | "iframe" if "src" in there:
                self.links[there["src"]] = None
            case "base":
                self.base = self.base or there.get("href", "")
            case "link" if "href" in there:
                self._relate(there, there["href"])
            case "meta":
                self._wish(there, there.get("content", ""))

    def _relate(self, there: Mapping[str, str], href: str) -> None:
        rel = set(there.get("rel", "").lower().split())
        # In the body it may be anybody's words, and search engines pass it over there.
        if "canonical" in rel and self.in_head:
            self.canonicals.add(href)
        if rel & {"next", "prev"} or ("alternate" in rel and "hreflang" in there):
            self.links[href] = None
        if "alternate" in rel and there.get("type", "").strip().lower() in _FEEDS:
            self.feeds[href] = None

    def _wish(self, there: Mapping[str, str], content: str) -> None:
        if there.get("name", "").strip().lower() in {"robots", AGENT.lower()}:
            self.wishes |= {one.strip() for one in content.lower().split(",")}
        # Within noscript it leads to a page that says to turn scripts on.
        if there.get("http-equiv", "").strip().lower() == "refresh" and not self.unseen:
            self.refresh = self.refresh or content


def _distinct(written: Iterable[str], base: str) -> Iterator[str]:
    given: set[str] = set()
    for link in written:
        if len(given) == MAX_LINKS:
            return
        target = normalised(link, base)
        if target and target not in given:
            given.add(target)
            yield target


def _for_us(header: str) -> set[str]:
    """Give the directives of an X-Robots-Tag that speak to all robots or to this one."""
    found: set[str] = set()
    ours = True
    for part in header.lower().split(","):
        name, colon, directive = part.strip().partition(":")
        if not colon or name.startswith(_VALUED):
            directive = part
        else:
            ours = name.strip() == AGENT.lower()
        if ours:
            found.add(directive.strip())
    return found


def _related(header: str) -> Iterator[tuple[set[str], str]]:
    """Give the relations and targets of a Link header (RFC 8288)."""
    for target in _HEADER_LINK.finditer(header):
        rel = _RELATION.search(target[2])
        if rel:
            yield set((rel[1] or rel[2] or rel[3] or "").lower().split()), target[1]


def _refresh(content: str, url: str, base: str) -> str | None:
    found = _REFRESH.match(content)
    if not found or int(found[1]) > REFRESH_SECONDS:
        return None
    target = normalised(found[2], base)
    return target if target != normalised(url) else None


def _only(targets: Iterable[str | None]) -> str | None:
    """Give the one target; of two that differ neither can be believed."""
    found = {target for target in targets if target}
    return found.pop() if len(found) == 1 else None
