"""Read from a feed which pages there are: RSS 0.9 to 2.0, Atom and JSON Feed.

A feed names what is newest and drops the rest, so it is no proof of anything but that
these pages exist.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.charset import decode
from connectors.urls import normalised
from connectors.xml_items import Field, Item, read_items

MAX_ITEMS = 10_000
_DATES = ("updated", "modified", "pubdate", "published", "issued", "date")
"""What changed last comes first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One page that a list names."""

    url: str
    """Normalised."""
    changed_at: datetime | None = None
    """A hint: many lists say it of all their pages at once, or never."""


def read_feed(content: bytes, url: str) -> tuple[Listed, ...]:
    """Give the pages of a feed found at `url`, or none of what is no feed."""
    text = decode(content).lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return distinct(_json_items(text, url))
    return distinct(
        feed_items(read_items(text, frozenset({"item", "entry"}), MAX_ITEMS).items, url)
    )


def feed_items(items: Iterable[Item], url: str) -> Iterator[Listed]:
    """Give the pages that the items of an RSS or Atom feed stand for."""
    for item in items:
        link = next((found for one in item.fields if (found := _link(one))), "")
        page = normalised(link, url) if link else None
        if page:
            written = {one.name: one.text for one in item.fields}
            yield Listed(page, moment(next((written[d] for d in _DATES if d in written), "")))


def distinct(pages: Iterable[Listed]) -> tuple[Listed, ...]:
    """Keep each page once, with its date where one is told."""
    kept: dict[str, Listed] = {}
    for page in pages:
        if page.changed_at or page.url not in kept:
            kept[page.url] = page
    return tuple(kept.values())


def moment(written: str) -> datetime | None:
    """Read a date of ISO 8601 or of mail; one without a zone is taken as UTC."""
    text = written.strip()
    if len(text) > 64:
        return None
    for read in (_iso, parsedate_to_datetime):
        try:
            at = read(text)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
    return None


def _iso(text: str) -> datetime:
    """Read a date that may lack its days or months, as sitemaps allow."""
    return datetime.fromisoformat(text + "-01" * (2 - text.count("-")) if len(text) < 8 else text)


def _link(one: Field) -> str:
    if one.name == "link":
        of_the_page = one.attributes.get("rel", "alternate").lower() == "alternate"
        return one.text or (one.attributes.get("href", "") if of_the_page else "")
    if one.name == "guid" and one.attributes.get("isPermaLink", "true").lower() != "false":
        return one.text if one.text.lower().startswith("http") else ""
    return ""


def _json_items(text: str, url: str) -> Iterator[Listed]:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        return
    items = feed.get("items") if isinstance(feed, dict) else None
    for item in items[:MAX_ITEMS] if isinstance(items, list) else []:
        link = item.get("url") if isinstance(item, dict) else None
        page = normalised(link, url) if isinstance(link, str) else None
        if page:
            changed = item.get("date_modified") or item.get("date_published")
            yield Listed(page, moment(changed) if isinstance(changed, str) else None)
