"""Whatever goes wrong with a listing, it deletes nothing; and the brake holds what looks wrong."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.errors import CredentialsInvalid, CursorExpired, SourceUnavailable
from connectors.model import Completeness, Failure, Presence, Tombstone
from ingest.errors import IngestError
from ingest.records import DocumentState, RunState
from tests.life import ACME, SOURCE, Life, living
from tests.scripted import WHOLE, Script, Step, paged
from tests.soak.worker import HereParser

COUNT = 12
PARTLY = Completeness(enumerates_all=False)
DOWN = SourceUnavailable("It answers 500.")


@dataclass(frozen=True)
class Broken:
    """One way in which a listing goes wrong."""

    name: str
    listing: Callable[[Script], Iterable[Step]]
    state: RunState
    says: Presence | None = None
    """What the source says of documents that were not listed; None: the truth."""
    raises: type[Exception] | None = None
    """What the worker hears where the run is to go on later."""


def _some(script: Script) -> list[Step]:
    return list(script.pages(sorted(script.texts)[:5]))


def _folder_refused(script: Script) -> list[Step]:
    hidden = [Failure(ref, "403") for ref in sorted(script.texts)[5:]]
    return [*_some(script), paged(hidden), PARTLY]


BROKEN = (
    Broken("an error on page 2", lambda it: [*_some(it), DOWN], RunState.FAILED),
    Broken("an error on page 1", lambda _: [DOWN], RunState.FAILED),
    Broken("a listing cut short", lambda it: [*_some(it), PARTLY], RunState.SUCCEEDED),
    Broken("no end", _some, RunState.FAILED),
    Broken("nothing at all", lambda _: [], RunState.FAILED),
    Broken("one folder refused", _folder_refused, RunState.PARTIAL),
    Broken(
        "one folder left out",
        lambda it: [*_some(it), paged([Failure("folder/", "403")]), PARTLY],
        RunState.PARTIAL,
    ),
    Broken("an empty answer", lambda _: [WHOLE], RunState.SUCCEEDED),
    Broken(
        "an empty answer, and nobody knows", lambda _: [WHOLE], RunState.SUCCEEDED, Presence.UNKNOWN
    ),
    Broken(
        "an empty answer, and all are told gone",
        lambda _: [WHOLE],
        RunState.NEEDS_CONFIRMATION,
        Presence.GONE,
    ),
    Broken(
        "most told gone by a listing cut short that calls itself whole",
        lambda it: [*_some(it), WHOLE],
        RunState.NEEDS_CONFIRMATION,
        Presence.GONE,
    ),
    Broken("a token revoked", lambda _: [CredentialsInvalid("Renew it.")], RunState.FAILED),
    Broken(
        "a token revoked on page 2",
        lambda it: [*_some(it), CredentialsInvalid("Renew it.")],
        RunState.FAILED,
    ),
    Broken(
        "to be left alone for a while",
        lambda it: [*_some(it), SourceUnavailable("429", after=timedelta(hours=1))],
        RunState.RUNNING,
        raises=IngestError,
    ),
    Broken(
        "a fault of ours on page 2",
        lambda it: [*_some(it), ZeroDivisionError()],
        RunState.RUNNING,
        raises=ZeroDivisionError,
    ),
    Broken("a cursor expired twice", lambda _: [CursorExpired("410")], RunState.FAILED),
)


def filled(count: int) -> Script:
    return Script({f"page{at:03}": f"This is topic{at}." for at in range(count)})


def drop(script: Script, count: int) -> list[str]:
    """Take some documents away, and say which."""
    dropped = sorted(script.texts)[-count:]
    for ref in dropped:
        del script.texts[ref]
    return dropped


@asynccontextmanager
async def lived(home: Path, script: Script) -> AsyncIterator[Life]:
    """Have everything synced once."""
    async with living(home, parser=HereParser(), connect=lambda _: script) as alive:
        await alive.add_source("files", {"path": str(home)})
        assert (await alive.sync()).state is RunState.SUCCEEDED
        yield alive


@pytest.fixture
def script() -> Script:
    return filled(COUNT)


@pytest.fixture
async def life(tmp_path: Path, script: Script) -> AsyncIterator[Life]:
    async with lived(tmp_path, script) as alive:
        yield alive


async def test_no_broken_listing_deletes_anything(life: Life, script: Script) -> None:
    """One after the other, each on what the one before has left."""
    found = {broken.name: await outcome(life, script, broken) for broken in BROKEN}
    assert found == {broken.name: (broken.state, 0) for broken in BROKEN}


async def outcome(life: Life, script: Script, broken: Broken) -> tuple[RunState, int]:
    """Have a listing go wrong, and then right again."""
    script.listing = broken.listing
    script.presence = dict.fromkeys(script.texts, broken.says) if broken.says else {}
    run = await life.schedule.request_run(ACME, SOURCE)
    if broken.raises is None:
        await life.carry_out(run)
    else:
        with pytest.raises(broken.raises):
            await life.carry_out(run)
    told = await life.ledger.runs.run(ACME, run.id)
    assert told is not None
    states = await life.states()
    assert states[DocumentState.LIVE] + states.get(DocumentState.FAILED, 0) >= COUNT
    script.listing, script.presence = None, {}
    await mended(life)
    return told.state, told.counts.deleted


async def mended(life: Life) -> None:
    """Once the source lists everything again, all is as it was."""
    life.now.pass_by(hours=7)
    resting = await life.ledger.runs.open_run(ACME, SOURCE)
    if resting is not None and resting.state is RunState.RUNNING:
        await life.carry_out(resting)
    again = await life.sync()
    assert (again.state, again.counts.chunks_embedded) == (RunState.SUCCEEDED, 0)
    assert (await life.states())[DocumentState.LIVE] == COUNT
    assert len(await life.texts("topic", 50)) == COUNT


async def test_a_source_that_cannot_be_asked_deletes_nothing(life: Life, script: Script) -> None:
    gone = script.texts.pop("page003")
    script.confirming = DOWN
    run = await life.sync()
    assert (run.state, run.counts.deleted) == (RunState.FAILED, 0)
    script.texts["page003"], script.confirming = gone, None
    await mended(life)


async def test_credentials_that_go_amid_the_reading_fail_the_run(
    life: Life, script: Script
) -> None:
    before = dict(script.texts)
    script.texts.update({ref: f"{text} Again." for ref, text in before.items()})
    script.fetching = CredentialsInvalid("Renew it.")
    run = await life.sync()
    assert (run.state, run.counts.deleted) == (RunState.FAILED, 0)
    assert await life.states() == {DocumentState.LIVE: COUNT}
    script.texts.update(before)
    script.fetching = None
    await mended(life)


# --- the brake ----------------------------------------------------------------------


async def test_a_fifth_of_a_source_may_go_at_once(tmp_path: Path) -> None:
    script = filled(200)
    async with lived(tmp_path, script) as life:
        drop(script, 40)
        run = await life.sync()
        assert (run.state, run.counts.deleted) == (RunState.SUCCEEDED, 40)


async def test_more_than_a_fifth_waits_and_is_shown_and_carried_out(tmp_path: Path) -> None:
    script = filled(200)
    async with lived(tmp_path, script) as life:
        dropped = drop(script, 42)
        await held_until_confirmed(life, dropped)


async def test_tombstones_of_more_than_a_fifth_wait_too(tmp_path: Path) -> None:
    """However few of them stand on each page."""
    script = filled(200)
    async with lived(tmp_path, script) as life:
        dropped = drop(script, 42)
        pages = [paged([Tombstone(ref) for ref in dropped[at : at + 5]]) for at in range(0, 42, 5)]
        script.listing = lambda _: [*pages, Completeness(enumerates_all=False)]
        held = await life.sync()
        assert held.state is RunState.NEEDS_CONFIRMATION
        assert set(held.awaiting) <= set(dropped)
        left = 200 - held.counts.deleted
        assert (await life.states())[DocumentState.LIVE] == left >= 160
        await confirmed(life)
        assert await life.states() == {DocumentState.LIVE: 158, DocumentState.DELETED: 42}


@pytest.mark.parametrize("count", [1, 3, 5])
async def test_the_last_documents_of_a_small_source_wait(tmp_path: Path, count: int) -> None:
    script = filled(count)
    async with lived(tmp_path, script) as life:
        dropped = drop(script, count)
        await held_until_confirmed(life, dropped)
        assert await life.texts("topic", 50) == []


async def held_until_confirmed(life: Life, dropped: list[str]) -> None:
    before = (await life.states())[DocumentState.LIVE]
    held = await life.sync()
    assert (held.state, held.counts.deleted) == (RunState.NEEDS_CONFIRMATION, 0)
    assert sorted(held.awaiting) == dropped
    assert await life.states() == {DocumentState.LIVE: before}
    await confirmed(life)
    states = await life.states()
    assert states.get(DocumentState.LIVE, 0) == before - len(dropped)
    assert states[DocumentState.DELETED] == len(dropped)


async def confirmed(life: Life) -> None:
    """Confirm whatever waits, until nothing does."""
    for _ in range(9):
        runs = await life.ledger.runs.list_runs(ACME, SOURCE, None, 1)
        if runs[0].state is not RunState.NEEDS_CONFIRMATION:
            assert runs[0].state is RunState.SUCCEEDED
            return
        going_on = await life.schedule.confirm(ACME, runs[0].id)
        assert going_on is not None
        await life.carry_out(going_on)
    raise AssertionError("it waits again and again")
