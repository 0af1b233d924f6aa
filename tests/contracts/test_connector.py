"""What every connector promises, on the same three operations of a source: put, remove, list."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.errors import DocumentUnreadable
from connectors.model import Completeness, Entry, Page, Presence, Tombstone
from tests.contracts.places import PLACES, Place
from tests.scanning import end, entries, items, known, scan

MANY = 150
"""More documents than fit on two pages."""


@pytest.fixture(params=PLACES, ids=lambda make: make.__name__)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with request.param(tmp_path) as made:
        yield made


async def test_a_scan_ends_with_the_proof_that_it_is_complete(place: Place) -> None:
    await place.put("a.txt", "one")
    steps = await scan(place.connector)
    assert [type(step) for step in steps] == [Page, Completeness]
    assert end(steps).enumerates_all


async def test_an_empty_source_is_proven_empty(place: Place) -> None:
    steps = await scan(place.connector)
    assert items(steps) == []
    assert end(steps).enumerates_all


async def test_everything_is_listed_once(place: Place) -> None:
    names = await _fill(place)
    refs = [entry.ref for entry in await entries(place.connector)]
    assert sorted(refs) == sorted(map(place.ref, names))


async def test_a_scan_resumes_after_each_page(place: Place) -> None:
    await _fill(place)
    pages = [step for step in await scan(place.connector) if isinstance(step, Page)]
    assert len(pages) >= place.pages
    for count, page in enumerate(pages, start=1):
        rest = [item for later in pages[count:] for item in later.items]
        assert await entries(place.connector, cursor=page.cursor) == rest


async def test_what_changed_since_a_scan_is_found_from_its_end(place: Place) -> None:
    for name in ("changed.txt", "gone.txt", "same.txt"):
        await place.put(name, "old")
    first = await scan(place.connector)
    held = known([item for item in items(first) if isinstance(item, Entry)])
    await place.put("changed.txt", "new and longer")
    await place.put("new.txt", "new")
    gone_ref = place.ref("gone.txt")
    await place.remove("gone.txt")
    steps = await scan(place.connector, end(first).cursor, held)
    versions = {ref: one.version for ref, one in held.items()}
    listed = [item for item in items(steps) if isinstance(item, Entry)]
    assert {one.ref for one in listed if versions.get(one.ref) != one.version} == {
        place.ref("changed.txt"),
        place.ref("new.txt"),
    }
    said = {item.ref for item in items(steps)}
    tombs = {item.ref for item in items(steps) if isinstance(item, Tombstone)}
    assert tombs <= {gone_ref}
    if end(steps).enumerates_all:
        assert tombs | (held.keys() - said) == {gone_ref}


async def test_what_is_gone_is_missing_from_a_scan_from_the_beginning(place: Place) -> None:
    for name in ("here.txt", "gone.txt"):
        await place.put(name, "old")
    held = known(await entries(place.connector))
    gone_ref = place.ref("gone.txt")
    await place.remove("gone.txt")
    steps = await scan(place.connector, None, held)
    assert end(steps).enumerates_all
    there = {item.ref for item in items(steps) if not isinstance(item, Tombstone)}
    assert held.keys() - there == {gone_ref}


async def test_a_second_scan_of_the_same_is_equal(place: Place) -> None:
    await _fill(place)
    first = await entries(place.connector)
    assert await entries(place.connector) == first
    again = await entries(place.connector, held=known(first))
    # What is unchanged need not be read again.
    assert again == [replace(entry, document=None) for entry in first]


async def test_another_content_is_another_version(place: Place) -> None:
    seen: list[Entry] = []
    for content in ("within 30 days", "within 14 days", "within 30 days"):
        await place.put("returns.txt", content)
        seen += await entries(place.connector, held=known(seen[-1:]))
    assert seen[0].version != seen[1].version != seen[2].version


async def test_what_is_fetched_is_what_was_put(place: Place) -> None:
    await place.put("guides/boots.txt", "Größe 42")
    (entry,) = await entries(place.connector)
    document = await place.connector.fetch(entry)
    assert (document.ref, document.version) == (place.ref("guides/boots.txt"), entry.version)
    assert place.says(document) == "Größe 42"


async def test_a_document_is_fetched_by_its_ref_alone(place: Place) -> None:
    """So is what failed tried again, without a scan."""
    await place.put("a.txt", "one")
    (entry,) = await entries(place.connector)
    document = await place.connector.fetch(Entry(entry.ref, ""))
    assert (document.ref, document.version) == (entry.ref, entry.version)
    assert place.says(document) == "one"


async def test_a_document_that_changed_after_the_scan_comes_with_its_own_version(
    place: Place,
) -> None:
    await place.put("a.txt", "old")
    (before,) = await entries(place.connector)
    await place.put("a.txt", "new and longer")
    document = await place.connector.fetch(replace(before, document=None))
    (after,) = await entries(place.connector, held=known([before]))
    assert place.says(document) == "new and longer"
    assert document.version == after.version != before.version


async def test_a_vanished_document_is_unreadable(place: Place) -> None:
    await place.put("a.txt", "one")
    (entry,) = await entries(place.connector)
    await place.remove("a.txt")
    with pytest.raises(DocumentUnreadable, match="after it was listed"):
        await place.connector.fetch(entry)


async def test_it_says_of_missing_documents_whether_they_are_gone(place: Place) -> None:
    await place.put("here.txt", "one")
    await place.put("gone.txt", "two")
    here, gone = place.ref("here.txt"), place.ref("gone.txt")
    await place.remove("gone.txt")
    said = await place.connector.confirm_gone([here, gone])
    assert said == {here: Presence.PRESENT, gone: Presence.GONE}


async def _fill(place: Place) -> list[str]:
    names = [f"part-{number % 7}/page-{number}.txt" for number in range(MANY)]
    for number, name in enumerate(names):
        await place.put(name, f"page {number}")
    return names
