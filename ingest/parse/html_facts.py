"""Read what a page says of itself: title, address, language, dates."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from ingest.parse.clean import one_line
from ingest.parse.dates import read_date
from ingest.parse.html_title import read_title

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
_ARTICLES = ("Article", "NewsArticle", "BlogPosting")
_CDATA = re.compile(r"\A\s*<!\[CDATA\[|\]\]>\s*\Z")
_MOST_NODES = 5000


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the head of a page and its structured data say."""

    title: str
    is_article: bool
    """Whether it says that it is one piece of news or of a blog."""
    canonical_url: str
    language: str
    published_at: datetime | None
    modified_at: datetime | None


def read_facts(tree: LexborHTMLParser) -> PageFacts:
    """Collect the facts; what is missing or broken is empty."""
    meta = _meta(tree)
    linked = _linked_data(tree)
    return PageFacts(
        title=read_title(tree, meta, linked.get("headline", "")),
        is_article=meta.get("og:type") == "article" or "@type" in linked,
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
    """Collect dates, and headline and type of an article, from JSON-LD; the first one counts."""
    found: dict[str, str] = {}
    for script in tree.css("script[type='application/ld+json']"):
        try:
            root = json.loads(_CDATA.sub("", script.text()))
        except (ValueError, RecursionError):
            continue
        for thing in _things(root):
            for key in ("datePublished", "dateModified"):
                if isinstance(thing.get(key), str):
                    found.setdefault(key, thing[key])
            if thing.get("@type") in _ARTICLES and isinstance(thing.get("headline"), str):
                found.setdefault("headline", html.unescape(thing["headline"]))
                found.setdefault("@type", thing["@type"])
    return found


def _things(root: object) -> Iterator[dict[str, Any]]:
    waiting, seen = [root], 0
    while waiting and seen < _MOST_NODES:
        seen += 1
        node = waiting.pop(0)
        if isinstance(node, dict):
            yield node
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
