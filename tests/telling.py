"""A source in memory that tells of changes from a cursor on, for tests of the engine."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from connectors.errors import ConnectorError, CursorExpired, DocumentUnreadable
from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    Failure,
    KnownDocument,
    Page,
    Presence,
    Source,
    Tombstone,
)
from connectors.port import Connector
from ingest.records import RunKind, RunState, SourceRecord, SyncRun
from tests.life import ACME, SOURCE, Life, living


@dataclass
class Telling:
    """Documents by ref, which a test edits, and what goes wrong with them."""

    texts: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    """Refs in the order in which they changed; a cursor is a place in it."""
    scans: list[str | None] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    trouble: dict[int, ConnectorError] = field(default_factory=dict)
    """What is raised before the page of this number, once."""
    unreadable: set[str] = field(default_factory=set)
    torn: set[str] = field(default_factory=set)
    """What is there and cannot be listed."""
    expired: bool = False
    page: int = 2
    media_type: str = "text/plain"
    anchored: bool = True

    def put(self, ref: str, text: str) -> None:
        self.texts[ref] = text
        self.log.append(ref)

    def remove(self, ref: str) -> None:
        del self.texts[ref]
        self.log.append(ref)

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        self.scans.append(cursor)
        if cursor is not None and self.expired:
            self.expired = False
            raise CursorExpired("410")
        kind, _, after = (cursor or f"all:0:{len(self.log)}").partition(":")
        pages = self._all(after) if kind == "all" else self._changes(int(after))
        for number, page in enumerate(pages, 1):
            if number in self.trouble:
                raise self.trouble.pop(number)
            yield page
        # What changed since a listing of everything began comes with the next scan.
        token = after.partition(":")[2] if kind == "all" else str(len(self.log))
        yield Completeness(enumerates_all=kind == "all", cursor=Cursor(f"since:{token}"))

    def _all(self, after: str) -> list[Page]:
        start, _, token = after.partition(":")
        refs = sorted(self.texts)
        return [
            Page(
                tuple(self._listed(ref) for ref in refs[at : at + self.page]),
                Cursor(f"all:{at + self.page}:{token}"),
            )
            for at in range(int(start), len(refs), self.page)
        ]

    def _listed(self, ref: str) -> Entry | Failure:
        return Failure(ref, "It is torn.") if ref in self.torn else Entry(ref, self.texts[ref])

    def _changes(self, after: int) -> list[Page]:
        pages = []
        for at in range(after, len(self.log), self.page):
            refs = dict.fromkeys(self.log[at : at + self.page])
            items = tuple(
                Entry(ref, self.texts[ref]) if ref in self.texts else Tombstone(ref) for ref in refs
            )
            end = min(at + self.page, len(self.log))
            pages.append(Page(items, Cursor(f"since:{end}")))
        return pages

    async def fetch(self, entry: Entry) -> Document:
        self.fetched.append(entry.ref)
        if entry.ref in self.unreadable or entry.ref not in self.texts:
            raise DocumentUnreadable("It cannot be read.")
        text = self.texts[entry.ref]
        return Document(entry.ref, text, self.media_type, text.encode(), anchored=self.anchored)

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        return {ref: Presence.PRESENT if ref in self.texts else Presence.GONE for ref in refs}


@dataclass
class Told:
    """A small Punnet with one such source."""

    life: Life
    source: Telling

    async def asked(self, kind: RunKind = RunKind.CHANGES) -> SyncRun:
        self.life.now.pass_by(seconds=1)
        return await self.life.schedule.request_run(ACME, SOURCE, kind)

    async def sync(self, kind: RunKind = RunKind.CHANGES) -> RunState:
        return (await self.life.carry_out(await self.asked(kind))).state

    async def latest(self) -> SyncRun:
        (run,) = await self.life.ledger.runs.list_runs(ACME, SOURCE, None, 1)
        return run

    async def record(self) -> SourceRecord:
        found = await self.life.ledger.sources.source(ACME, SOURCE)
        assert found is not None
        return found


@asynccontextmanager
async def telling(home: Path, pages: int = 6) -> AsyncIterator[Told]:
    """Bring a small Punnet to life over a source of so many pages."""
    source = Telling()
    for number in range(pages):
        source.put(f"page{number}", f"This is topic{number}.")

    def connect(_: Source) -> Connector:
        return source

    async with living(home, connect=connect) as life:
        await life.add_source("files", {})
        yield Told(life, source)
