"""What every connector of a vendor's promises when the vendor, or the way to it, is in trouble.

Nothing here waits in earnest, but for the second of a hasty connector: a place's connector waits
on a clock of its own.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from connectors.errors import CredentialsInvalid, SourceUnavailable
from connectors.model import Entry, Presence
from tests.contracts.places import LATER, VENDORS, Place
from tests.faulty import (
    EMPTY,
    EMPTY_OBJECT,
    GARBAGE,
    RESET,
    TRUNCATED,
    UNENDED,
    Faults,
    retry_after,
    slow,
    status,
)
from tests.hostile_server import Answer
from tests.scanning import end, entries, items, known, scan

SOON = format_datetime(LATER + timedelta(seconds=30), usegmt=True)
PASSING = {
    "seconds": retry_after("7"),
    "fraction": retry_after("0.5"),
    "date": retry_after(SOON),
    "overloaded": retry_after("2", 529),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "529": status(529),
    "reset": RESET,
    "garbage": GARBAGE,
    "truncated": TRUNCATED,
    "unended": UNENDED,
    "empty": EMPTY,
    "empty object": EMPTY_OBJECT,
}
LASTING = {name: answer for name, answer in PASSING.items() if name not in {"date", "overloaded"}}
MANY = 150


@pytest.fixture(params=VENDORS, ids=lambda make: make.__name__)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with request.param(tmp_path) as made:
        yield made


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
async def test_what_passes_changes_nothing(place: Place, fault: Answer) -> None:
    calm = await _filled(place, 3)
    _faults(place).order(fault)
    again = await entries(place.connector)
    assert again == calm


async def test_an_answer_that_drips_for_too_long_is_asked_for_again(place: Place) -> None:
    calm = await _filled(place, 1)
    _faults(place).order(slow(60.0))
    assert place.hasty is not None
    assert await entries(place.hasty) == calm


@pytest.mark.parametrize("fault", LASTING.values(), ids=LASTING.keys())
async def test_what_lasts_ends_the_scan_without_a_proof(place: Place, fault: Answer) -> None:
    await _filled(place, 3)
    _faults(place).order(fault, times=None)
    with pytest.raises(SourceUnavailable) as told:
        await scan(place.connector)
    assert not isinstance(told.value, CredentialsInvalid)
    assert told.value.after is not None


async def test_a_vendor_that_asks_for_an_hour_is_left_alone_for_it(place: Place) -> None:
    await _filled(place, 1)
    _faults(place).order(retry_after("3600"), times=None)
    asked = len(_faults(place).requests)
    with pytest.raises(SourceUnavailable) as told:
        await scan(place.connector)
    assert told.value.after is not None
    assert told.value.after >= timedelta(hours=1)
    assert len(_faults(place).requests) == asked + 1


@pytest.mark.parametrize(
    "fault", [status(503), EMPTY_OBJECT, TRUNCATED], ids=("503", "empty object", "truncated")
)
async def test_a_listing_that_breaks_off_anywhere_proves_nothing(
    place: Place, fault: Answer
) -> None:
    held = known(await _filled(place, MANY))
    faults = _faults(place)
    before = len(faults.requests)
    assert end(await scan(place.connector, None, held)).enumerates_all
    needed = len(faults.requests) - before
    assert needed > 1
    for whole in range(1, min(needed, 6)):
        faults.order(fault, times=None, after=whole)
        with pytest.raises(SourceUnavailable):
            await scan(place.connector, None, held)
        faults.calm()


@pytest.mark.parametrize("fault", LASTING.values(), ids=LASTING.keys())
async def test_nothing_is_gone_because_of_trouble(place: Place, fault: Answer) -> None:
    refs = [entry.ref for entry in await _filled(place, 3)]
    _faults(place).order(fault, times=None)
    try:
        said = await place.connector.confirm_gone([*refs, place.ref("page-0")])
    except SourceUnavailable:
        return
    assert Presence.GONE not in said.values()


@pytest.mark.parametrize("fault", LASTING.values(), ids=LASTING.keys())
async def test_a_document_is_not_read_by_half(place: Place, fault: Answer) -> None:
    (entry,) = await _filled(place, 1)
    calm = await place.connector.fetch(Entry(entry.ref, ""))
    _faults(place).order(fault, times=None)
    with pytest.raises(SourceUnavailable):
        await place.connector.fetch(Entry(entry.ref, ""))
    _faults(place).calm()
    _faults(place).order(fault)
    assert await place.connector.fetch(Entry(entry.ref, "")) == calm


async def test_credentials_that_are_refused_are_a_persons_to_renew(place: Place) -> None:
    (entry,) = await _filled(place, 1)
    assert place.revoke is not None
    await place.revoke()
    with pytest.raises(CredentialsInvalid):
        await scan(place.connector)
    with pytest.raises(CredentialsInvalid):
        await place.connector.fetch(Entry(entry.ref, ""))
    try:
        said = await place.connector.confirm_gone([entry.ref])
    except CredentialsInvalid:
        return
    assert Presence.GONE not in said.values()


async def _filled(place: Place, count: int) -> list[Entry]:
    for number in range(count):
        await place.put(f"page-{number}", f"page {number} says so")
    listed = items(await scan(place.connector))
    found = [item for item in listed if isinstance(item, Entry)]
    assert len(found) == len(listed) == count
    return found


def _faults(place: Place) -> Faults:
    assert place.faults is not None
    return place.faults
