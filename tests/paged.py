"""A source of scripted pages that tells how much was asked of it at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.errors import SourceUnavailable
from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    Failure,
    KnownDocument,
    Page,
    Presence,
    Tombstone,
)

Listed = Entry | Tombstone | Failure


@dataclass
class Paged:
    """Lists pages, whose cursors count them, and fetches texts by ref."""

    pages: Sequence[Sequence[Listed]]
    read: Callable[[str], bytes] = lambda ref: f"This is {ref}.".encode()
    delay: Callable[[str], int] = lambda _: 0
    """How many turns of the loop a fetch takes."""
    dies_at_page: int | None = None
    dies_at: frozenset[str] = frozenset()
    listed: list[int] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    scans: int = 0
    fetching: int = 0
    most_fetching: int = 0

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        self.scans += 1
        try:
            for number in range(int(cursor or 0), len(self.pages)):
                await asyncio.sleep(0)
                self.listed.append(number)
                if number == self.dies_at_page:
                    raise SourceUnavailable(f"page {number} does not come")
                yield Page(tuple(self.pages[number]), Cursor(str(number + 1)))
            yield Completeness(enumerates_all=cursor is None)
        finally:
            self.scans -= 1

    async def fetch(self, entry: Entry) -> Document:
        self.fetched.append(entry.ref)
        self.fetching += 1
        self.most_fetching = max(self.most_fetching, self.fetching)
        try:
            for _ in range(self.delay(entry.ref)):
                await asyncio.sleep(0)
            if entry.ref in self.dies_at:
                raise SourceUnavailable(f"{entry.ref} does not come")
            return Document(entry.ref, entry.version, "text/plain", self.read(entry.ref))
        finally:
            self.fetching -= 1

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        return dict.fromkeys(refs, Presence.UNKNOWN)
