"""What every connector promises, on the same three operations of a source: put, remove, list."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import DocumentUnreadable
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
    SourceId,
    TenantId,
    Tombstone,
    Upload,
)
from connectors.port import Connector
from connectors.registry import Surroundings, open_connector
from tests.fakes import MemoryUploads
from tests.frontier import MemoryFrontier
from tests.site import website

LATER = datetime(2100, 1, 1, tzinfo=UTC)
MANY = 150
"""More documents than fit on two pages."""


@dataclass(frozen=True)
class Place:
    """A source that a test can change, and the connector that reads it."""

    connector: Connector
    put: Callable[[str, bytes], Awaitable[None]]
    remove: Callable[[str], Awaitable[None]]


@asynccontextmanager
async def folder(tmp_path: Path) -> AsyncIterator[Place]:
    async def put(ref: str, content: bytes) -> None:
        path = tmp_path / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    async def remove(ref: str) -> None:
        (tmp_path / ref).unlink()

    source = _source("files", {"path": str(tmp_path)})
    around = Surroundings(MemoryUploads(), MemoryFrontier(), None, now=lambda: LATER)
    yield Place(open_connector(source, around), put, remove)


@asynccontextmanager
async def uploads(_: Path) -> AsyncIterator[Place]:
    store = MemoryUploads()
    source = _source("upload", {})

    async def put(ref: str, content: bytes) -> None:
        version = hashlib.sha256(content).hexdigest()
        upload = Upload(ref, version, "text/plain", "", "", None, frozenset(), frozenset())
        await store.put_upload(source.tenant, source.id, upload, content)

    async def remove(ref: str) -> None:
        await store.remove_upload(source.tenant, source.id, ref)

    around = Surroundings(store, MemoryFrontier(), None)
    yield Place(open_connector(source, around), put, remove)


@asynccontextmanager
async def site(_: Path) -> AsyncIterator[Place]:
    async with website({}) as served:

        async def put(ref: str, content: bytes) -> None:
            served.put(f"/{ref}", content.decode(), {"content-type": "text/plain"})

        async def remove(ref: str) -> None:
            served.remove(f"/{ref}")

        yield Place(_Below(served.url("/"), served.connector()), put, remove)


class _Below:
    """Calls the pages of a site by their paths, as the tests do."""

    def __init__(self, root: str, connector: Connector) -> None:
        self._root = root
        self._connector = connector

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        held = {self._root + ref: replace(one, ref=self._root + ref) for ref, one in known.items()}
        async for step in self._connector.scan(cursor, held):
            if isinstance(step, Page):
                step = Page(tuple(map(self._short, step.items)), step.cursor)
            yield step

    async def fetch(self, entry: Entry) -> Document:
        document = await self._connector.fetch(replace(entry, ref=self._root + entry.ref))
        return replace(document, ref=entry.ref)

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        said = await self._connector.confirm_gone([self._root + ref for ref in refs])
        return {ref.removeprefix(self._root): presence for ref, presence in said.items()}

    def _short(self, item: Entry | Tombstone | Failure) -> Entry | Tombstone | Failure:
        return replace(item, ref=item.ref.removeprefix(self._root))


@pytest.fixture(params=[folder, uploads, site], ids=lambda make: make.__name__)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with request.param(tmp_path) as made:
        yield made


async def test_a_scan_ends_with_the_proof_that_it_is_complete(place: Place) -> None:
    await place.put("a.txt", b"one")
    steps = await _scan(place.connector)
    assert [type(step) for step in steps] == [Page, Completeness]
    assert _end(steps).enumerates_all


async def test_an_empty_source_is_proven_empty(place: Place) -> None:
    steps = await _scan(place.connector)
    assert [type(step) for step in steps] == [Completeness]
    assert _end(steps).enumerates_all


async def test_everything_is_listed_once(place: Place) -> None:
    await _fill(place)
    refs = [entry.ref for entry in await _entries(place.connector)]
    assert sorted(refs) == sorted(set(refs))
    assert len(refs) == MANY


async def test_a_scan_resumes_after_each_page(place: Place) -> None:
    await _fill(place)
    pages = [step for step in await _scan(place.connector) if isinstance(step, Page)]
    assert len(pages) > 2
    for count, page in enumerate(pages, start=1):
        rest = [item for later in pages[count:] for item in later.items]
        assert await _entries(place.connector, cursor=page.cursor) == rest


async def test_what_changed_since_a_scan_is_found_from_its_end(place: Place) -> None:
    for ref in ("changed.txt", "gone.txt", "same.txt"):
        await place.put(ref, b"old")
    first = await _scan(place.connector)
    known = _known([item for item in _items(first) if isinstance(item, Entry)])
    await place.put("changed.txt", b"new and longer")
    await place.put("new.txt", b"new")
    await place.remove("gone.txt")
    steps = await _scan(place.connector, _end(first).cursor, known)
    held = {ref: one.version for ref, one in known.items()}
    entries = [item for item in _items(steps) if isinstance(item, Entry)]
    assert {one.ref for one in entries if held.get(one.ref) != one.version} == {
        *("changed.txt", "new.txt")
    }
    said = {item.ref for item in _items(steps)}
    absent = known.keys() - said if _end(steps).enumerates_all else set()
    gone = {item.ref for item in _items(steps) if isinstance(item, Tombstone)} | absent
    assert gone == {"gone.txt"}


async def test_what_is_to_be_read_again_is_listed_again(place: Place) -> None:
    await place.put("a.txt", b"one")
    await place.put("b.txt", b"two")
    steps = await _scan(place.connector)
    unread = {"a.txt": KnownDocument("a.txt", "", "")}
    again = await _entries(place.connector, _end(steps).cursor, unread)
    assert [entry.ref for entry in again if entry.ref in unread] == ["a.txt"]
    await place.put("a.txt", b"one more")
    again = await _entries(place.connector, _end(steps).cursor, unread)
    assert [entry.ref for entry in again if entry.ref in unread] == ["a.txt"]


async def test_a_second_scan_of_the_same_is_equal(place: Place) -> None:
    await _fill(place)
    first = await _entries(place.connector)
    assert await _entries(place.connector) == first
    again = await _entries(place.connector, known=_known(first))
    # What is unchanged need not be read again.
    assert again == [replace(entry, document=None) for entry in first]


async def test_the_version_changes_with_the_content_and_comes_back_with_it(place: Place) -> None:
    seen: list[Entry] = []
    for content in (b"within 30 days", b"within 14 days", b"within 30 days"):
        await place.put("returns.txt", content)
        seen += await _entries(place.connector, known=_known(seen[-1:]))
    assert seen[0].version == seen[2].version != seen[1].version


async def test_what_is_fetched_is_what_was_put(place: Place) -> None:
    await place.put("guides/boots.txt", "Größe 42".encode())
    (entry,) = await _entries(place.connector)
    document = await place.connector.fetch(entry)
    assert (document.ref, document.version) == ("guides/boots.txt", entry.version)
    assert document.content == "Größe 42".encode()
    assert document.media_type == "text/plain"


async def test_a_document_that_changed_after_the_scan_comes_with_its_own_version(
    place: Place,
) -> None:
    await place.put("a.txt", b"old")
    (before,) = await _entries(place.connector)
    await place.put("a.txt", b"new and longer")
    document = await place.connector.fetch(before)
    (after,) = await _entries(place.connector, known=_known([before]))
    assert document.content == b"new and longer"
    assert document.version == after.version != before.version


async def test_a_vanished_document_is_unreadable(place: Place) -> None:
    await place.put("a.txt", b"one")
    (entry,) = await _entries(place.connector)
    await place.remove("a.txt")
    with pytest.raises(DocumentUnreadable, match="after it was listed"):
        await place.connector.fetch(entry)


async def test_it_says_of_missing_documents_whether_they_are_gone(place: Place) -> None:
    await place.put("here.txt", b"one")
    await place.put("gone.txt", b"two")
    await place.remove("gone.txt")
    said = await place.connector.confirm_gone(["here.txt", "gone.txt", "never.txt"])
    assert said == {
        "here.txt": Presence.PRESENT,
        "gone.txt": Presence.GONE,
        "never.txt": Presence.GONE,
    }


async def test_what_was_removed_is_no_longer_listed(place: Place) -> None:
    await place.put("a.txt", b"one")
    await place.put("b.txt", b"two")
    first = await _entries(place.connector)
    await place.remove("a.txt")
    listed = _items(await _scan(place.connector, known=_known(first)))
    assert [item.ref for item in listed if not isinstance(item, Tombstone)] == ["b.txt"]


async def test_an_empty_document_is_listed_all_the_same(place: Place) -> None:
    await place.put("empty.txt", b"")
    (entry,) = await _entries(place.connector)
    assert (await place.connector.fetch(entry)).content == b""


def _source(kind: str, settings: Mapping[str, str]) -> Source:
    return Source(SourceId("s1"), TenantId("acme"), kind, "Handbook", dict(settings))


async def _fill(place: Place) -> None:
    for number in range(MANY):
        await place.put(f"part-{number % 7}/page-{number}.txt", f"page {number}".encode())


async def _scan(
    connector: Connector,
    cursor: Cursor | None = None,
    known: Mapping[str, KnownDocument] | None = None,
) -> list[Page | Completeness]:
    return [step async for step in connector.scan(cursor, known or {})]


async def _entries(
    connector: Connector,
    cursor: Cursor | None = None,
    known: Mapping[str, KnownDocument] | None = None,
) -> list[Entry]:
    steps = await _scan(connector, cursor, known)
    items = _items(steps)
    entries = [item for item in items if isinstance(item, Entry)]
    assert entries == items
    return entries


def _items(steps: list[Page | Completeness]) -> list[Entry | Tombstone | Failure]:
    return [item for step in steps if isinstance(step, Page) for item in step.items]


def _end(steps: list[Page | Completeness]) -> Completeness:
    assert isinstance(steps[-1], Completeness)
    return steps[-1]


def _known(entries: list[Entry]) -> dict[str, KnownDocument]:
    return {
        entry.ref: KnownDocument(entry.ref, entry.version, "", entry.validators)
        for entry in entries
    }
