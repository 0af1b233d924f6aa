"""Turn the pages of a scan into batches of prepared changes."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.model import (
    Completeness,
    Cursor,
    Entry,
    Failure,
    KnownDocument,
    Page,
    Source,
    Tombstone,
)
from connectors.port import Connector
from ingest.ledger import DocumentLedger
from ingest.prepare import Draft, Item, Preparer
from ingest.records import DocumentHead, DocumentState, Drop, Keep
from ingest.settle import Batch
from ingest.stages import Stages
from ingest.together import together

_AT_ONCE = 4
"""Documents of a page that are fetched and parsed side by side."""
_PORTION = 16
"""Documents that are held in memory, parsed, before the first of them may go on."""
_BATCH_PIECES = 192
"""New pieces that fill a batch: enough to sort by length, few enough to hold in memory."""


@dataclass(frozen=True, slots=True)
class Lister:
    """Read one source for one run."""

    source: Source
    connector: Connector
    documents: DocumentLedger
    preparer: Preparer
    stages: Stages

    async def batches(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncGenerator[Batch | Completeness, None]:
        """Give what is to be committed, in the order of the scan, and the proof of its end."""
        async for part in self.connector.scan(cursor, known):
            if isinstance(part, Completeness):
                yield part
                return
            async for batch in self._divided(part, known):
                yield batch

    async def _divided(
        self, page: Page, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Batch]:
        """Divide a page into batches of some weight; the last one ends the page."""
        batch: list[Item] = []
        weight = 0
        for at in range(0, len(page.items), _PORTION):
            for item in await self._items(page.items[at : at + _PORTION], known):
                batch.append(item)
                weight += len(item[0].pieces) if isinstance(item[0], Draft) else 0
                if weight >= _BATCH_PIECES:
                    yield _batch(batch)
                    batch, weight = [], 0
        yield _batch(batch, page.cursor, ends_page=True)

    async def _items(
        self, items: Sequence[Entry | Tombstone | Failure], known: Mapping[str, KnownDocument]
    ) -> list[Item]:
        """Prepare what changed among these, a few documents at a time, in their order."""
        changed = [item for item in items if not _unchanged(item, known)]
        heads = await self.documents.heads(
            self.source.tenant, self.source.id, [ref for item in changed for ref in _refs(item)]
        )
        gate = asyncio.Semaphore(_AT_ONCE)

        async def items_of(item: Entry | Tombstone | Failure) -> list[Item]:
            head = next((heads[ref] for ref in _refs(item) if ref in heads), None)
            its = {ref: one for ref, one in heads.items() if _belongs(one, head)}
            if isinstance(item, Tombstone):
                within = ((Drop(ref), one) for ref, one in its.items() if _is_within(one, head))
                return [(Drop(item.ref), head), *within]
            if isinstance(item, Failure):
                return [(self.preparer.fail(item.ref, item.reason, head), head)]
            if _unchanged(item, known):
                return [(Keep(item.ref, item.validators), None)]
            async with gate:
                return await self._prepared(item, its)

        prepared = await together(items_of(item) for item in items)
        return [each for some in prepared for each in some]

    async def _prepared(self, entry: Entry, heads: Mapping[str, DocumentHead]) -> list[Item]:
        return await self.preparer.prepare(self.source, self.connector, entry, heads, self.stages)


def _belongs(one: DocumentHead, head: DocumentHead | None) -> bool:
    """Say whether it is this document, or enclosed in it."""
    return head is not None and head.facts.id in {one.facts.id, one.facts.parent}


def _is_within(one: DocumentHead, head: DocumentHead | None) -> bool:
    """Say whether it is enclosed in this document and goes with it."""
    gone = one.state is DocumentState.DELETED
    return head is not None and one.facts.parent == head.facts.id and not gone


def _refs(item: Entry | Tombstone | Failure) -> tuple[str, ...]:
    """Give the refs under which the item may be known, its former one first."""
    if isinstance(item, Entry) and item.moved_from:
        return (item.moved_from, item.ref)
    return (item.ref,)


def _unchanged(item: Entry | Tombstone | Failure, known: Mapping[str, KnownDocument]) -> bool:
    if not isinstance(item, Entry) or item.moved_from:
        return False
    held = known.get(item.ref)
    return held is not None and held.version == item.version != ""


def _batch(
    items: Sequence[Item], cursor: Cursor | None = None, *, ends_page: bool = False
) -> Batch:
    changes = tuple(change for change, _ in items)
    return Batch(changes, tuple(head for _, head in items), cursor, ends_page)
