"""Websites from the server to the index, with the real ledger and engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ingest.records import DocumentState, RunState
from tests.crawling import BOOTS, STOVES, TENTS, fill
from tests.hostile_server import page, redirect
from tests.life import ACME, SOURCE, Life, living
from tests.site import Site, listing, website


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with website({"/boots": BOOTS, "/tents": TENTS, "/stoves": STOVES}) as served:
        yield served


@pytest.fixture
async def life(tmp_path: Path, site: Site) -> AsyncIterator[Life]:
    async with living(tmp_path) as alive:
        start = site.url("/")
        await alive.add_source("web", {"start": start, "allow_private": True, "rate": 1000})
        yield alive


async def test_an_edit_is_found_and_the_rest_left_alone(life: Life, site: Site) -> None:
    first = await life.sync()
    site.put("/boots", BOOTS.replace("30 days", "14 days"))
    second = await life.sync()
    assert (first.state, first.counts.indexed) == (RunState.SUCCEEDED, 3)
    assert (second.counts.indexed, second.counts.unchanged) == (1, 2)
    assert any("14 days" in text for text in await life.texts("boots go back within days"))


async def test_a_page_that_moved_is_the_same_document(life: Life, site: Site) -> None:
    await life.sync()
    before = await life.ledger.reading.document_by_ref(ACME, SOURCE, site.url("/boots"))
    site.put("/boots-2026", BOOTS)
    site.put("/boots", redirect("/boots-2026", 301))
    site.put("/", listing(["/boots-2026", "/tents", "/stoves"]))
    run = await life.sync()
    after = await life.ledger.reading.document_by_ref(ACME, SOURCE, site.url("/boots-2026"))
    assert before is not None
    assert after is not None
    assert (after.facts.id, run.counts.chunks_embedded) == (before.facts.id, 0)
    assert await life.states() == {DocumentState.LIVE: 3}


async def test_what_is_gone_leaves_and_what_fails_stays(life: Life, site: Site) -> None:
    site.put("/", listing(["/boots", "/tents", "/stoves", *fill(site, 6)]))
    await life.sync()
    site.put("/", listing(["/boots", "/tents", *fill(site, 6)]))
    site.remove("/stoves")
    run = await life.sync()
    assert (run.state, run.counts.deleted) == (RunState.SUCCEEDED, 1)
    site.put("/boots", page(b"", 500))
    broken = await life.sync()
    assert (broken.state, broken.counts.deleted) == (RunState.PARTIAL, 0)
    assert await life.texts("soles are clean")
    site.put("/boots", BOOTS)
    assert (await life.sync()).state is RunState.SUCCEEDED


async def test_a_large_deletion_goes_on_where_it_waited(life: Life, site: Site) -> None:
    site.put("/", listing(["/boots", *fill(site, 20)]))
    await life.sync()
    site.put("/", listing(["/boots"]))
    for path in site.paths:
        if "page" in path:
            site.remove(path)
    held = await life.sync()
    assert (held.state, len(held.awaiting)) == (RunState.NEEDS_CONFIRMATION, 20)
    confirmed = await life.schedule.confirm(ACME, held.id)
    assert confirmed is not None
    site.asked()
    ended = await life.carry_out(confirmed)
    assert (ended.state, ended.counts.deleted) == (RunState.SUCCEEDED, 20)
    assert "/boots" not in site.asked()
