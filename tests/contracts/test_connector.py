"""What every connector promises, on the same three operations of a source: put, remove, list."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import DocumentUnreadable
from connectors.model import (
    Completeness,
    Cursor,
    Entry,
    KnownDocument,
    Page,
    Presence,
    Source,
    SourceId,
    TenantId,
    Upload,
)
from connectors.port import Connector
from connectors.registry import open_connector
from tests.fakes import MemoryUploads

LATER = datetime(2100, 1, 1, tzinfo=UTC)
MANY = 150
"""More documents than fit on two pages."""


@dataclass(frozen=True)
class Place:
    """A source that a test can change, and the connector that reads it."""

    connector: Connector
    put: Callable[[str, bytes], Awaitable[None]]
    remove: Callable[[str], Awaitable[None]]


def folder(tmp_path: Path) -> Place:
    async def put(ref: str, content: bytes) -> None:
        path = tmp_path / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    async def remove(ref: str) -> None:
        (tmp_path / ref).unlink()

    source = _source("files", {"path": str(tmp_path)})
    connector = open_connector(source, MemoryUploads(), None, lambda: LATER)
    return Place(connector, put, remove)


def uploads(_: Path) -> Place:
    store = MemoryUploads()
    source = _source("upload", {})

    async def put(ref: str, content: bytes) -> None:
        version = hashlib.sha256(content).hexdigest()
        upload = Upload(ref, version, "text/plain", "", "", None, frozenset(), frozenset())
        await store.put_upload(source.tenant, source.id, upload, content)

    async def remove(ref: str) -> None:
        await store.remove_upload(source.tenant, source.id, ref)

    return Place(open_connector(source, store, None), put, remove)


@pytest.fixture(params=[folder, uploads], ids=lambda make: make.__name__)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    made = request.param(tmp_path)
    assert isinstance(made, Place)
    return made


async def test_a_scan_ends_with_the_proof_that_it_is_complete(place: Place) -> None:
    await place.put("a.txt", b"one")
    steps = await _scan(place.connector)
    assert [type(step) for step in steps] == [Page, Completeness]
    assert steps[-1] == Completeness(enumerates_all=True)


async def test_an_empty_source_is_proven_empty(place: Place) -> None:
    assert await _scan(place.connector) == [Completeness(enumerates_all=True)]


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


async def test_a_second_scan_of_the_same_is_equal(place: Place) -> None:
    await _fill(place)
    first = await _entries(place.connector)
    assert await _entries(place.connector) == first
    assert await _entries(place.connector, known=_known(first)) == first


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
    assert [entry.ref for entry in await _entries(place.connector, known=_known(first))] == [
        "b.txt"
    ]


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
    items = [item for step in steps if isinstance(step, Page) for item in step.items]
    entries = [item for item in items if isinstance(item, Entry)]
    assert entries == items
    return entries


def _known(entries: list[Entry]) -> dict[str, KnownDocument]:
    return {
        entry.ref: KnownDocument(entry.ref, entry.version, "", entry.validators)
        for entry in entries
    }
