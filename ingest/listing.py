"""Turn the pages of a scan into batches of prepared changes, while more is being read.

    scan → pages ahead → fetch, parse and cut side by side → in the order of the scan → batches

A run that is killed has read in vain at most the documents under way and those of one batch,
and lists again the pages that these stood on.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    Failure,
    KnownDocument,
    Page,
    Source,
    Tombstone,
)
from connectors.port import Connector
from ingest.ahead import ahead
from ingest.in_order import InOrder
from ingest.ledger import DocumentLedger
from ingest.portions import Listed, Portion, portions, refs_of
from ingest.prepare import Draft, Item, Preparer, head_of
from ingest.records import DocumentHead, DocumentState, Drop, Keep
from ingest.room import Room, Share
from ingest.settle import Batch
from ingest.stages import Stages
from ingest.underway import Underway

PAGES_AHEAD = 2
"""Pages that wait to be looked at, beside the one that is being listed meanwhile."""
UNDER_WAY = 64
"""Documents that are being read, or wait, read, for their turn."""
FETCHED_AT_ONCE = 8
MOST_BYTES = 64 << 20
"""Of the documents under way."""
UNREAD_BYTES = 4 << 20
"""What a document counts as until it was fetched."""
_PAGE_BYTES = 16 << 20
"""A page that carries documents counts as one more for each so many bytes of them."""
_TOKENS = 8_192
"""Of pieces, which fill a batch: some two seconds of embedding on two cores."""
_PIECES = 64
"""Pieces that fill one, however short."""
_MOST_ITEMS = 512
"""Items that fill one, changed or not."""
PATIENCE_S = 0.5
"""How long a batch that is not full waits for more."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What became of some listed items; the last one of its page ends it, an empty one the scan."""

    items: tuple[Item, ...] = ()
    refs: tuple[str, ...] = ()
    share: Share | None = None
    page: Page | None = None
    end: Completeness | None = None


@dataclass(frozen=True, slots=True)
class _Scan:
    """What is known as a scan begins, and what holds it within bounds."""

    known: Mapping[str, KnownDocument]
    seen: Collection[str]
    room: Room = field(default_factory=lambda: Room(MOST_BYTES))
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FETCHED_AT_ONCE))
    underway: Underway = field(default_factory=Underway)


@dataclass(frozen=True, slots=True)
class Lister:
    """Read one source for one run."""

    source: Source
    connector: Connector
    documents: DocumentLedger
    preparer: Preparer
    stages: Stages
    patience: float = PATIENCE_S

    async def batches(
        self,
        cursor: Cursor | None,
        known: Mapping[str, KnownDocument],
        seen: Collection[str] = frozenset(),
    ) -> AsyncGenerator[Batch | Completeness, None]:
        """Give what is to be committed, in the order of the scan, and the proof of its end.

        Asking for the next batch says that the one before is durable. A batch may reach over
        several pages; it carries the cursor of the last one that ends in it. What the run has
        `seen` before it was cut off is passed over where it is unchanged, not to count twice.
        """
        scan = _Scan(known, seen)
        async with InOrder(self._works(cursor, scan), UNDER_WAY) as works:
            while steps := await self._next(works):
                if (batch := _batch(steps)) is not None:
                    yield batch
                if end := steps[-1].end:
                    yield end
                    return
                scan.underway.leave([ref for step in steps for ref in step.refs])

    async def _next(self, works: InOrder[_Step]) -> Sequence[_Step]:
        """Wait for a batch; meanwhile there is nothing to embed."""
        with self.stages.measured("wait"):
            steps = await works.take(_is_full, self.patience)
        for step in steps:
            if step.share is not None:
                step.share.become(0)
        return steps

    async def _works(
        self, cursor: Cursor | None, scan: _Scan
    ) -> AsyncGenerator[Coroutine[Any, Any, _Step], None]:
        scanned = ahead(_scanned(self.connector, cursor, scan.known), PAGES_AHEAD, _weight)
        async with aclosing(scanned) as parts:
            async for part in parts:
                if isinstance(part, Completeness):
                    yield _told(_Step(end=part))
                    continue
                async with aclosing(self._of_page(part, scan)) as works:
                    async for work in works:
                        yield work

    async def _of_page(
        self, page: Page, scan: _Scan
    ) -> AsyncGenerator[Coroutine[Any, Any, _Step], None]:
        left = len(page.items)
        ended = Page((), page.cursor)  # without what it carried
        if not left:
            yield _told(_Step(page=ended))
        for portion in portions(page.items, scan.known):
            if portion.unchanged:
                left -= len(portion.items)
                yield _told(_Step(_kept(portion, scan.seen), page=None if left else ended))
                continue
            heads = await self._heads(portion, scan.underway)
            for item in portion.items:
                left -= 1
                share = await scan.room.share(_size(item))
                yield self._step(item, heads, share, scan.gate, None if left else ended)

    async def _heads(self, portion: Portion, underway: Underway) -> Mapping[str, DocumentHead]:
        """Look up what is known of documents, once what is on its way of them is durable."""
        await underway.enter(portion.refs)
        return await self.documents.heads(self.source.tenant, self.source.id, portion.refs)

    async def _step(
        self,
        item: Listed,
        heads: Mapping[str, DocumentHead],
        share: Share,
        gate: asyncio.Semaphore,
        page: Page | None,
    ) -> _Step:
        async def fetch(entry: Entry) -> Document:
            async with gate:
                with self.stages.measured("fetch"):
                    document = await self.connector.fetch(entry)
            share.become(len(document.content))
            return document

        head = head_of(item, heads)
        its = {ref: one for ref, one in heads.items() if _belongs(one, head)}
        items: Sequence[Item]
        if isinstance(item, Tombstone):
            # A feed tells also of what we never had, or have no more: that is no deletion.
            items = [(Drop(ref), one) for ref, one in its.items() if _is_there(one)]
        elif isinstance(item, Failure):
            items = self.preparer.fail(item, its)
        else:
            items = await self.preparer.prepare(self.source, fetch, item, its, self.stages)
        return _Step(tuple(items), refs_of(item), share, page)


async def _scanned(
    connector: Connector, cursor: Cursor | None, known: Mapping[str, KnownDocument]
) -> AsyncGenerator[Page | Completeness, None]:
    """Scan up to the proof of the end, and close the scan whatever happens."""
    scan = connector.scan(cursor, known)
    try:
        async for part in scan:
            yield part
            if isinstance(part, Completeness):
                return
    finally:
        if isinstance(scan, AsyncGenerator):
            await scan.aclose()


async def _told(step: _Step) -> _Step:
    """Be a work that takes no time."""
    return step


def _weight(part: Page | Completeness) -> int:
    items = part.items if isinstance(part, Page) else ()
    return 1 + sum(_carried(item) for item in items) // _PAGE_BYTES


def _carried(item: Listed) -> int:
    return len(item.document.content) if isinstance(item, Entry) and item.document else 0


def _size(item: Listed) -> int:
    to_fetch = isinstance(item, Entry) and item.document is None
    return UNREAD_BYTES if to_fetch else _carried(item)


def _is_full(steps: Sequence[_Step]) -> bool:
    items = [item for step in steps for item, _ in step.items]
    pieces = [piece for item in items if isinstance(item, Draft) for piece in item.pieces]
    tokens = sum(piece.chunk.tokens for piece in pieces)
    many = tokens >= _TOKENS or len(pieces) >= _PIECES or len(items) >= _MOST_ITEMS
    return many or steps[-1].end is not None


def _kept(portion: Portion, seen: Collection[str]) -> tuple[Item, ...]:
    entries = (item for item in portion.items if isinstance(item, Entry))
    return tuple(
        (Keep(entry.ref, entry.validators), None) for entry in entries if entry.ref not in seen
    )


def _batch(steps: Sequence[_Step]) -> Batch | None:
    items = [item for step in steps for item in step.items]
    pages = [step.page for step in steps if step.page is not None]
    if not items and not pages:
        return None
    changes, heads = tuple(change for change, _ in items), tuple(head for _, head in items)
    return Batch(changes, heads, pages[-1].cursor if pages else None, ends_page=bool(pages))


def _belongs(one: DocumentHead, head: DocumentHead | None) -> bool:
    """Say whether it is this document, or enclosed in it."""
    return head is not None and head.facts.id in {one.facts.id, one.facts.parent}


def _is_there(one: DocumentHead) -> bool:
    return one.state is not DocumentState.DELETED
