"""Read what a page says of itself: title, address, language, dates."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from selectolax.lexbor import LexborHTMLParser

from ingest.parse.clean import one_line
from ingest.parse.dates import read_date

_PUBLISHED = (
    "article:published_time", "datepublished", "dc.date.issued", "dcterms.created",
    "dcterms.issued", "parsely-pub-date", "publish-date", "publish_date", "date", "dc.date",
    "dcterms.date", "sailthru.date", "og:published_time",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified",
    "dc.date.modified", "last-modified", "last_modified", "revised", "updated",
)  # fmt: skip
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*\Z")
_MOST_NODES = 5000


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the head of a page and its structured data say."""

    title: str
    canonical_url: str
    language: str
    published_at: datetime | None
    modified_at: datetime | None


def read_facts(tree: LexborHTMLParser) -> PageFacts:
    """Collect the facts; what is missing or broken is empty."""
    meta = _meta(tree)
    linked = _linked_data(tree)
    return PageFacts(
        title=_title(tree, meta),
        canonical_url=_canonical(tree, meta),
        language=_language(tree, meta),
        published_at=_first_date(meta, _PUBLISHED)
        or read_date(linked.get("datePublished"))
        or _timed(tree, modified=False),
        modified_at=_first_date(meta, _MODIFIED)
        or read_date(linked.get("dateModified"))
        or _timed(tree, modified=True),
    )


def _meta(tree: LexborHTMLParser) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        content = (attributes.get("content") or "").strip()
        for key in ("property", "name", "itemprop", "http-equiv"):
            for name in (attributes.get(key) or "").lower().split():
                if content:
                    found.setdefault(name, content)
    return found


def _title(tree: LexborHTMLParser, meta: dict[str, str]) -> str:
    """Give the title without the site's name, where the page's first heading tells which."""
    node = tree.css_first("head > title") or tree.css_first("body > title")
    title = one_line(node.text()) if node else ""
    title = title or one_line(meta.get("og:title", ""))
    headings = tree.css("h1")
    heading = one_line(headings[0].text()).rstrip("¶#").strip() if headings else ""
    return heading if heading and (not title or heading in title) else title


def _canonical(tree: LexborHTMLParser, meta: dict[str, str]) -> str:
    node = tree.css_first("link[rel~='canonical'][href]")
    link = (node.attributes.get("href") or "") if node else meta.get("og:url", "")
    link = one_line(link)
    return link if link.startswith(("http://", "https://")) else ""


def _language(tree: LexborHTMLParser, meta: dict[str, str]) -> str:
    root = tree.css_first("html")
    attributes = root.attributes if root else {}
    declared = attributes.get("lang") or attributes.get("xml:lang")
    return read_language(declared or meta.get("content-language") or meta.get("og:locale") or "")


def read_language(declared: object) -> str:
    """Give a language tag as declared, with hyphens; "" when it is none."""
    text = declared.split(",")[0].strip() if isinstance(declared, str) else ""
    return text.replace("_", "-") if _LANGUAGE.match(text) else ""


def _first_date(meta: dict[str, str], names: tuple[str, ...]) -> datetime | None:
    dates = (read_date(meta[name]) for name in names if name in meta)
    return next((date for date in dates if date), None)


def _linked_data(tree: LexborHTMLParser) -> dict[str, str]:
    """Collect the dates of JSON-LD; the first thing that has one speaks for the page."""
    found: dict[str, str] = {}
    for script in tree.css("script[type='application/ld+json']"):
        try:
            root = json.loads(script.text())
        except (ValueError, RecursionError):
            continue
        for key, value in _members(root):
            if key in {"datePublished", "dateModified"} and isinstance(value, str):
                found.setdefault(key, value)
    return found


def _members(root: object) -> Iterator[tuple[str, object]]:
    waiting, seen = [root], 0
    while waiting and seen < _MOST_NODES:
        seen += 1
        node = waiting.pop(0)
        if isinstance(node, dict):
            yield from node.items()
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def _timed(tree: LexborHTMLParser, *, modified: bool) -> datetime | None:
    wanted, other = ("modif", "updat") if modified else ("publish", "creat")
    for node in tree.css("time[datetime]"):
        attributes = node.attributes
        parent = node.parent.attributes.get("class") or "" if node.parent else ""
        label = " ".join(v or "" for k, v in attributes.items() if k != "datetime") + parent
        label = label.lower()
        if wanted in label or other in label or (not modified and "pubdate" in attributes):
            return read_date(attributes.get("datetime"))
    return None
