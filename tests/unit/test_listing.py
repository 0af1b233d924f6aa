"""Reading a source ahead of its embedding: in order, within bounds, and nothing lost."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import SourceUnavailable
from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    Failure,
    KnownDocument,
    Source,
    SourceId,
    TenantId,
    Tombstone,
)
from ingest.ledger import DocumentLedger
from ingest.listing import FETCHED_AT_ONCE, MOST_BYTES, UNDER_WAY, UNREAD_BYTES, Lister
from ingest.model import Block, BlockKind, ParsedDocument
from ingest.prepare import Draft, Preparer
from ingest.records import DocumentHead, DocumentState, Drop, Fail, Keep
from ingest.settle import Batch
from ingest.stages import Stages
from tests.builders import NOON, facts
from tests.fakes import FakeEmbedder, FakeTokens
from tests.paged import Listed, Paged

SOURCE = Source(SourceId("s"), TenantId("acme"), "scripted", "s", {})
MANY = 150


class OneParagraph:
    """Parses any bytes as one paragraph."""

    async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
        text = content[:200].decode()
        return ParsedDocument(text, (Block(BlockKind.PARAGRAPH, 0, len(text)),))


@dataclass
class Place:
    """Where batches go: what a ledger would keep of them."""

    cursor: Cursor | None = None
    order: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    looked_up: list[tuple[str, ...]] = field(default_factory=list)
    """Refs that were asked for, with what was there then before them."""

    async def heads(
        self, tenant: TenantId, source: SourceId, refs: Sequence[str]
    ) -> Mapping[str, DocumentHead]:
        held = tuple(ref for ref in refs if ref in self.held)
        self.looked_up.append(held)
        return {ref: DocumentHead(facts(ref), DocumentState.LIVE, 0, "", {}) for ref in held}

    @property
    def known(self) -> dict[str, KnownDocument]:
        return {ref: KnownDocument(ref, version, "") for ref, version in self.held.items()}

    def settle(self, batch: Batch) -> None:
        self.batches.append(batch)
        for item in batch.items:
            if isinstance(item, Drop):
                self.held.pop(item.ref, None)
            elif isinstance(item, Draft):
                self.held[item.facts.ref] = item.facts.version
            if not isinstance(item, Keep):
                self.order.append(item.facts.ref if isinstance(item, Draft) else ref_of(item))
        if batch.ends_page:
            self.cursor = batch.cursor

    async def take_in(
        self, connector: Paged, most: int | None = None, patience: float = 0.5
    ) -> Completeness | None:
        """Settle what the source lists: all of it, or so many batches and then stop."""
        lister = lister_of(connector, self, patience)
        async with aclosing(lister.batches(self.cursor, self.known)) as parts:
            async for part in parts:
                if isinstance(part, Completeness):
                    return part
                if most is not None and len(self.batches) >= most:
                    return None
                self.settle(part)
        raise AssertionError("it ended without a proof")


def ref_of(item: object) -> str:
    assert isinstance(item, Fail | Drop)
    return item.ref


def lister_of(connector: Paged, place: Place, patience: float = 0.5) -> Lister:
    number = count()
    preparer = Preparer(
        OneParagraph(), FakeEmbedder(), FakeTokens(), lambda: NOON, lambda: f"d{next(number)}"
    )
    documents = cast("DocumentLedger", place)
    return Lister(SOURCE, connector, documents, preparer, Stages(lambda: 0.0), patience)


def pages_of(size: int, documents: int = MANY) -> list[list[Listed]]:
    refs = [f"{number:03}" for number in range(documents)]
    return [[Entry(ref, "1") for ref in refs[at : at + size]] for at in range(0, documents, size)]


def refs_of(pages: Sequence[Sequence[Listed]]) -> list[str]:
    return [item.ref for page in pages for item in page]


async def test_what_is_fetched_out_of_order_comes_in_the_order_of_the_scan() -> None:
    pages = pages_of(7)
    source = Paged(pages, delay=lambda ref: (int(ref) * 7) % 23)
    place = Place()
    assert await place.take_in(source) is not None
    assert place.order == refs_of(pages)


async def test_a_batch_reaches_over_small_pages() -> None:
    place = Place()
    await place.take_in(Paged(pages_of(10)))
    assert len(place.batches) < 6
    assert place.cursor == "15"


async def test_a_large_page_is_committed_in_parts_and_its_cursor_comes_last() -> None:
    place = Place()
    await place.take_in(Paged(pages_of(MANY)))
    assert len(place.batches) > 1
    assert [batch.ends_page for batch in place.batches[:-1]] == [False] * (len(place.batches) - 1)
    assert place.batches[-1].ends_page


async def test_no_more_is_fetched_at_a_time_than_allowed() -> None:
    source = Paged(pages_of(10), delay=lambda _: 9)
    await Place().take_in(source)
    assert source.most_fetching == FETCHED_AT_ONCE


async def test_reading_ahead_of_a_batch_in_use_is_bounded() -> None:
    source = Paged(pages_of(10, 2_000))
    place = Place()
    async with aclosing(lister_of(source, place).batches(None, {})) as parts:
        first = await anext(parts)
        assert isinstance(first, Batch)
        for _ in range(2_000):
            await asyncio.sleep(0)
        assert len(source.fetched) <= len(first.items) + UNDER_WAY
        assert len(source.listed) <= len(source.fetched) // 10 + 5


async def test_large_documents_are_held_a_few_at_a_time() -> None:
    held = most = 0

    def read(ref: str) -> bytes:
        nonlocal held, most
        held += UNREAD_BYTES
        most = max(most, held)
        return b"x" * UNREAD_BYTES

    source = Paged(pages_of(5, 24), read)
    lister = lister_of(source, Place())
    async with aclosing(lister.batches(None, {})) as parts:
        async for part in parts:
            if isinstance(part, Batch):
                held -= len(part.items) * UNREAD_BYTES
    assert UNREAD_BYTES < most <= MOST_BYTES


async def test_what_is_larger_than_all_the_room_still_comes() -> None:
    content = b"x" * (MOST_BYTES + 1)
    carried = [Document(ref, "1", "text/plain", content) for ref in "ab"]
    page: list[Listed] = [Entry(one.ref, "1", document=one) for one in carried]
    source = Paged([page])
    place = Place()
    await place.take_in(source)
    assert place.order == ["a", "b"]


async def test_the_first_error_is_raised_itself_after_what_came_before_it() -> None:
    source = Paged(pages_of(10), delay=lambda ref: 90 if ref == "040" else 0)
    source.dies_at = frozenset({"040", "044"})
    place = Place()
    with pytest.raises(SourceUnavailable, match="040 does not come"):
        await place.take_in(source)
    assert place.order == [f"{number:03}" for number in range(40)]
    assert place.cursor == "4"
    assert (source.scans, source.fetching) == (0, 0)


async def test_a_listing_that_breaks_off_loses_nothing_that_was_listed() -> None:
    place = Place()
    with pytest.raises(SourceUnavailable, match="page 3"):
        await place.take_in(Paged(pages_of(10), dies_at_page=3))
    assert (len(place.order), place.cursor) == (30, "3")


async def test_who_stops_early_leaves_nothing_running() -> None:
    source = Paged(pages_of(10), delay=lambda _: 5)
    before = asyncio.all_tasks()
    assert await Place().take_in(source, most=1) is None
    assert asyncio.all_tasks() == before
    assert (source.scans, source.fetching) == (0, 0)


async def test_a_cancelled_reading_leaves_nothing_running() -> None:
    source = Paged(pages_of(10), delay=lambda _: 10_000)
    before = asyncio.all_tasks()
    reading = asyncio.create_task(Place().take_in(source))
    while source.fetching < FETCHED_AT_ONCE:  # noqa: ASYNC110 - turn by turn
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert asyncio.all_tasks() == before
    assert (source.scans, source.fetching) == (0, 0)


async def test_a_document_listed_twice_is_looked_up_again_once_it_is_durable() -> None:
    pages: list[list[Listed]] = [[Entry("a", "1")], [Entry("b", "1")], [Entry("a", "2")]]
    place = Place()
    await place.take_in(Paged(pages), patience=0)
    assert place.looked_up == [(), (), ("a",)]
    assert place.held == {"a": "2", "b": "1"}


async def test_unchanged_documents_are_kept_without_being_looked_up() -> None:
    pages = pages_of(10)
    place = Place(held=dict.fromkeys(refs_of(pages), "1"))
    source = Paged(pages)
    await place.take_in(source)
    assert (source.fetched, place.looked_up) == ([], [])
    kept = [item.ref for batch in place.batches for item in batch.items if isinstance(item, Keep)]
    assert kept == refs_of(pages)


async def test_failures_and_tombstones_keep_their_places() -> None:
    page: list[Listed] = [Entry("a", "1"), Failure("b", "locked"), Tombstone("c"), Entry("d", "1")]
    place = Place(held={"c": "1"})
    await place.take_in(Paged([page]))
    assert place.order == ["a", "b", "c", "d"]


async def test_empty_pages_store_their_cursors() -> None:
    place = Place()
    await place.take_in(Paged([[], [], []]))
    assert place.cursor == "3"


@settings(max_examples=20, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 30), min_size=1, max_size=8),
    dies=st.integers(0, 120),
    batches=st.integers(0, 4),
)
async def test_a_source_that_dies_at_any_item_is_read_to_its_end_later(
    sizes: list[int], dies: int, batches: int
) -> None:
    """Whatever was stored, what comes before the cursor is durable, and little is read twice."""
    every = pages_of(1, sum(sizes))
    pages: list[list[Listed]] = [
        [item for page in every[sum(sizes[:at]) : sum(sizes[: at + 1])] for item in page]
        for at in range(len(sizes))
    ]
    source = Paged(pages, dies_at=frozenset({f"{dies:03}"}))
    place = Place()
    for _ in range(2):
        with suppress(SourceUnavailable):
            await place.take_in(source, most=len(place.batches) + batches, patience=0)
        stored = int(place.cursor or 0)
        assert place.held.keys() >= set(refs_of(pages[:stored]))
    source.dies_at = frozenset()
    source.listed.clear()
    assert await place.take_in(source) is not None
    assert sorted(place.held) == sorted(refs_of(pages))
    assert source.listed == list(range(stored, len(pages)))
    assert len(source.fetched) <= sum(sizes) + 2 * (UNDER_WAY + 64)


async def test_what_a_run_saw_before_it_was_cut_off_is_not_counted_twice() -> None:
    pages = pages_of(10, 20)
    place = Place(held=dict.fromkeys(refs_of(pages)[:15], "1"))
    lister = lister_of(Paged(pages), place)
    async with aclosing(lister.batches(None, place.known, refs_of(pages)[:13])) as parts:
        batches = [part async for part in parts if isinstance(part, Batch)]
    items = [item for batch in batches for item in batch.items]
    assert [item.ref for item in items if isinstance(item, Keep)] == ["013", "014"]
    assert len(items) == 7
    assert batches[-1].cursor == "2"
