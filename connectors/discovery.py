"""Find where a crawl begins, beside its start pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.asking import Asker
from connectors.http import follow
from connectors.model import Address, Reply
from connectors.sitemap import list_sitemaps
from connectors.urls import normalised
from connectors.web_settings import WebSettings


@dataclass(frozen=True, slots=True)
class Beginnings:
    """What the sitemaps named."""

    addresses: tuple[Address, ...]
    doubts: tuple[str, ...]
    """Why that is not all."""


async def sitemap_pages(settings: WebSettings, asker: Asker) -> Beginnings:
    """Read the sitemaps that the settings or robots.txt name, or else the usual one of a site."""
    named = settings.sitemaps
    guessed = False
    if named is None:
        named = await _of_robots(settings.starts, asker)
        guessed = not named
    if guessed:
        named = tuple({f"{_site(start)}/sitemap.xml": None for start in settings.starts})

    async def read(url: str) -> Reply:
        # What robots.txt names, or everybody knows, may be read whatever else it forbids.
        return (await follow(asker, url, {})).reply

    listing = await list_sitemaps(named or (), read, settings.scope, guessed=guessed)
    # One more than will be visited shows that there were more.
    pages = listing.entries[: settings.max_pages + 1]
    return Beginnings(tuple(Address(page.url, 0) for page in pages), listing.problems)


async def _of_robots(starts: Sequence[str], asker: Asker) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for site in dict.fromkeys(map(_site, starts)):
        for written in (await asker.robots.rules(f"{site}/")).sitemaps:
            if address := normalised(written, f"{site}/"):
                found[address] = None
    return tuple(found)


def _site(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])
