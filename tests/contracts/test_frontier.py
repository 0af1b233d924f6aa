"""What every frontier promises."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.model import Address, Reached, SourceId, Visit
from connectors.port import Frontier
from tests.builders import ACME, GLOBEX, SHOP
from tests.contracts.ledgers import desk_at
from tests.frontier import MemoryFrontier

ONE, TWO, THREE = (f"https://shop.example/{name}" for name in ("one", "two", "three"))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@asynccontextmanager
async def memory(_: Path) -> AsyncIterator[Frontier]:
    yield MemoryFrontier()


@asynccontextmanager
async def ledger(file: Path) -> AsyncIterator[Frontier]:
    async with desk_at(file) as desk:
        yield desk.ledger.frontier


@pytest.fixture(params=[memory, ledger], ids=lambda make: make.__name__)
async def frontier(request: pytest.FixtureRequest, ledger_file: Path) -> AsyncIterator[Frontier]:
    async with request.param(ledger_file) as opened:
        await opened.begin(ACME, SHOP, "first")
        yield opened


async def test_a_new_crawl_has_nothing_to_visit(frontier: Frontier) -> None:
    assert await _waiting(frontier) == []


async def test_addresses_wait_by_depth_then_as_they_were_added(frontier: Frontier) -> None:
    await _add(frontier, Address(THREE, 2), Address(TWO, 1))
    await _add(frontier, Address(ONE, 1))
    assert await _waiting(frontier) == [Address(TWO, 1), Address(ONE, 1), Address(THREE, 2)]


async def test_what_a_crawl_did_not_know_is_counted(frontier: Frontier) -> None:
    one, two, three = Address(ONE, 0), Address(TWO, 0), Address(THREE, 0)
    assert await frontier.add(ACME, SHOP, "first", [one, one, two]) == 2
    assert await frontier.add(ACME, SHOP, "first", [two, three]) == 1
    await frontier.begin(ACME, SHOP, "second")
    assert await frontier.add(ACME, SHOP, "second", [one]) == 1


async def test_what_is_held_waits_before_all_others(frontier: Frontier) -> None:
    await _add(frontier, Address(ONE, 0), Address(TWO, 4, held=True))
    assert await _waiting(frontier) == [Address(TWO, 4, held=True), Address(ONE, 0)]


async def test_no_more_are_given_than_asked_for(frontier: Frontier) -> None:
    await _add(frontier, Address(ONE, 0), Address(TWO, 0))
    assert await frontier.waiting(ACME, SHOP, "first", 1) == [Address(ONE, 0)]


async def test_an_address_keeps_its_place_and_takes_the_lesser_depth(frontier: Frontier) -> None:
    await _add(frontier, Address(ONE, 3), Address(TWO, 1), Address(THREE, 1))
    await _add(frontier, Address(ONE, 1), Address(TWO, 5))
    assert await _waiting(frontier) == [Address(ONE, 1), Address(TWO, 1), Address(THREE, 1)]


async def test_an_address_may_be_added_twice_at_once(frontier: Frontier) -> None:
    await _add(frontier, Address(ONE, 3), Address(ONE, 2))
    assert await _waiting(frontier) == [Address(ONE, 2)]


async def test_what_was_visited_waits_no_more_and_stays_visited(frontier: Frontier) -> None:
    await _add(frontier, Address(ONE, 0), Address(TWO, 0))
    await _visit(frontier, 1, Visit(ONE, ONE, (TWO,)))
    await _add(frontier, Address(ONE, 0))
    assert await _waiting(frontier) == [Address(TWO, 0)]


async def test_what_was_in_no_queue_can_be_visited(frontier: Frontier) -> None:
    await _visit(frontier, 1, Visit(ONE, ONE, (), depth=2))
    assert await _waiting(frontier) == []
    assert await _reached(frontier) == {ONE: Reached(linked=False, visited=True)}
    await _add(frontier, Address(ONE, 1))
    assert await _waiting(frontier) == []


async def test_a_visit_is_known_to_the_next_crawl(frontier: Frontier) -> None:
    visit = Visit(ONE, TWO, (TWO, THREE), NOON, depth=1)
    await _add(frontier, Address(ONE, 1), Address(THREE, 1))
    await _visit(frontier, 1, visit)
    await frontier.begin(ACME, SHOP, "second")
    await frontier.add(ACME, SHOP, "second", [Address(ONE, 1)])
    assert await frontier.learnt(ACME, SHOP, [ONE, TWO, THREE]) == {ONE: visit}
    assert await frontier.waiting(ACME, SHOP, "second", 9) == [Address(ONE, 1)]
    assert await frontier.reached(ACME, SHOP, "second", [ONE, THREE]) == {
        ONE: Reached(linked=True, visited=False)
    }


async def test_the_last_visit_is_what_is_known(frontier: Frontier) -> None:
    await _visit(frontier, 1, Visit(ONE, "", (), NOON))
    await _visit(frontier, 2, Visit(ONE, ONE, (TWO,)))
    assert await frontier.learnt(ACME, SHOP, [ONE]) == {ONE: Visit(ONE, ONE, (TWO,))}


async def test_a_crawl_goes_on_after_the_step_it_is_told(frontier: Frontier) -> None:
    await _add(frontier, Address(ONE, 0), Address(TWO, 0), Address(THREE, 0))
    for step, url in enumerate((ONE, TWO, THREE), start=1):
        await _visit(frontier, step, Visit(url, url, ()))
    assert await frontier.rewind(ACME, SHOP, "first", 1)
    assert await _waiting(frontier) == [Address(TWO, 0), Address(THREE, 0)]


async def test_a_crawl_that_another_one_followed_cannot_go_on(frontier: Frontier) -> None:
    await frontier.begin(ACME, SHOP, "second")
    assert not await frontier.rewind(ACME, SHOP, "first", 1)
    assert not await frontier.rewind(ACME, SourceId("none"), "first", 1)
    assert await frontier.reached(ACME, SHOP, "first", [ONE]) == {}


async def test_what_is_held_is_linked_only_when_something_leads_there(frontier: Frontier) -> None:
    await _add(frontier, Address(ONE, 1, held=True), Address(TWO, 1, held=True))
    await _visit(frontier, 1, Visit(ONE, ONE, ()), Visit(TWO, TWO, ()))
    await _add(frontier, Address(TWO, 1))
    assert await _reached(frontier) == {
        ONE: Reached(linked=False, visited=True),
        TWO: Reached(linked=True, visited=True),
    }


async def test_tenants_are_apart(frontier: Frontier) -> None:
    await _add(frontier, Address(ONE, 0))
    await _visit(frontier, 1, Visit(ONE, ONE, ()))
    assert await frontier.learnt(GLOBEX, SHOP, [ONE]) == {}
    assert await frontier.reached(GLOBEX, SHOP, "first", [ONE]) == {}
    assert not await frontier.rewind(GLOBEX, SHOP, "first", 0)
    assert await frontier.waiting(GLOBEX, SHOP, "first", 9) == []


async def test_addresses_that_no_crawl_comes_to_are_forgotten_in_time(ledger_file: Path) -> None:
    async with desk_at(ledger_file) as desk:
        frontier = desk.ledger.frontier
        await frontier.begin(ACME, SHOP, "0")
        await frontier.visited(ACME, SHOP, "0", 1, [Visit(ONE, ONE, ())])
        for crawl in ("1", "2", "3"):
            await frontier.begin(ACME, SHOP, crawl)
            assert ONE in await frontier.learnt(ACME, SHOP, [ONE])
        await frontier.begin(ACME, SHOP, "4")
        assert await frontier.learnt(ACME, SHOP, [ONE]) == {}


async def _add(frontier: Frontier, *addresses: Address) -> None:
    await frontier.add(ACME, SHOP, "first", addresses)


async def _visit(frontier: Frontier, step: int, *visits: Visit) -> None:
    await frontier.visited(ACME, SHOP, "first", step, visits)


async def _waiting(frontier: Frontier) -> list[Address]:
    return list(await frontier.waiting(ACME, SHOP, "first", 9))


async def _reached(frontier: Frontier) -> dict[str, Reached]:
    return dict(await frontier.reached(ACME, SHOP, "first", [ONE, TWO, THREE]))
