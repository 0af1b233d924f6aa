"""Sync a website as the engine does, without the engine."""

from dataclasses import dataclass, field

from connectors.model import (
    Completeness,
    Cursor,
    Entry,
    Failure,
    Json,
    KnownDocument,
    Page,
    Presence,
    Tombstone,
)
from tests.hostile_server import Answer, page
from tests.site import Site, html

BOOTS = html("Boots", "Boots go back within 30 days if their soles are clean.", "/tents")
TENTS = html("Tents", "Tents are waterproof to 3,000 mm of water and dry within a day.")
STOVES = html("Stoves", "Stoves burn gas, petrol or wood; none of them goes on a plane.")


@dataclass
class Round:
    """What one sync of the site found."""

    entries: dict[str, Entry] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    end: Completeness | None = None
    cursors: list[Cursor | None] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return self.end is not None and self.end.enumerates_all

    @property
    def notes(self) -> str:
        return " ".join(self.end.notes) if self.end else ""


class Keeper:
    """Syncs a site as the engine does: by absence only after a complete scan, and asked."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.known: dict[str, KnownDocument] = {}

    async def sync(self, **settings: Json) -> Round:
        connector = self.site.connector(**settings)
        made = Round()
        async for part in connector.scan(None, dict(self.known)):
            if isinstance(part, Completeness):
                made.end = part
                break
            made.cursors.append(part.cursor)
            self._take(part, made)
        if made.complete:
            seen = made.entries.keys() | made.failures.keys()
            absent = [ref for ref in self.known if self._short(ref) not in seen]
            said = await connector.confirm_gone(absent)
            made.gone |= {self._short(ref) for ref in absent if said[ref] is Presence.GONE}
            made.unclear = {self._short(ref) for ref in absent if said[ref] is Presence.UNKNOWN}
        self._forget(made.gone)
        return made

    def _take(self, part: Page, made: Round) -> None:
        for item in part.items:
            ref = self._short(item.ref)
            assert ref not in made.entries or isinstance(item, Failure)
            match item:
                case Entry():
                    made.entries[ref] = item
                    self._forget({self._short(item.moved_from)} if item.moved_from else set())
                    self.known[item.ref] = KnownDocument(
                        item.ref, item.version, "", item.validators
                    )
                case Failure():
                    made.failures[ref] = item.reason
                case Tombstone():
                    made.gone.add(ref)

    def _forget(self, refs: set[str]) -> None:
        for ref in refs:
            self.known.pop(self.site.url(ref), None)

    def _short(self, ref: str) -> str:
        return ref.removeprefix(self.site.url(""))


def fill(site: Site, pages: int) -> list[str]:
    paths = [f"/page{number:03}" for number in range(pages)]
    for path in paths:
        site.put(path, html(path, f"These are the words of {path}, and of no other page."))
    return paths


def sitemap_text(site: Site, *paths: str) -> str:
    rows = "".join(f"<url><loc>{site.url(path)}</loc></url>" for path in paths)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{space}">{rows}</urlset>'


def sitemap(site: Site, *paths: str) -> Answer:
    return page(sitemap_text(site, *paths), headers=XML)


def in_charset(charset: str) -> dict[str, str]:
    return {"content-type": f"text/html; charset={charset}"}


PLAIN = {"content-type": "text/plain"}


XML = {"content-type": "application/xml"}
