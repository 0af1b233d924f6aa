"""Leases with their fences, and work that is claimed."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ingest.errors import LeaseLost
from ingest.records import WorkItem
from tests.builders import ACME, NOON, SHOP, write
from tests.contracts.ledgers import Desk

MINUTE = timedelta(minutes=1)


async def test_one_owner_holds_a_lease_until_it_expires(desk: Desk) -> None:
    leases = desk.ledger.leases
    first = await leases.take("x", "one", 60)
    assert first is not None
    assert await leases.take("x", "two", 60) is None
    desk.clock.pass_(seconds=30)
    assert (await leases.renew(first, 60)).expires_at == NOON + timedelta(seconds=90)
    desk.clock.pass_(seconds=61)
    assert (await leases.renew(first, 60)).fence == first.fence
    desk.clock.pass_(seconds=61)
    second = await leases.take("x", "two", 60)
    assert second is not None
    assert second.fence > first.fence
    with pytest.raises(LeaseLost):
        await leases.renew(first, 60)
    await leases.release(first)
    assert await leases.take("x", "one", 60) is None


async def test_fences_rise_for_good(desk: Desk) -> None:
    leases = desk.ledger.leases
    fences = []
    for owner in ("one", "one", "two", "one"):
        lease = await leases.take("x", owner, 60)
        assert lease is not None
        fences.append(lease.fence)
        if owner == "one" and len(fences) > 1:
            await leases.release(lease)
        else:
            await leases.break_leases()
    assert fences == [1, 2, 3, 4]


async def test_a_released_lease_no_longer_commits(desk: Desk) -> None:
    await desk.ledger.leases.release(desk.lease)
    with pytest.raises(LeaseLost):
        await desk.commit(write("page", "Hello."))


def item(key_: str, *, priority: int = 0, due_in: int = 0, kind: str = "sync") -> WorkItem:
    return WorkItem(key_, kind, ACME, SHOP, NOON + MINUTE * due_in, priority)


async def test_the_most_urgent_work_is_claimed_first(desk: Desk) -> None:
    work = desk.ledger.work
    for each in (
        item("old", due_in=-2),
        item("urgent", priority=5),
        item("older", due_in=-4),
        item("not due", priority=9, due_in=1),
        item("other kind", priority=9, kind="embed"),
    ):
        assert await work.put_work(each)
    assert not await work.put_work(item("old", priority=99))
    claimed = [await work.claim_work(["sync"], "me", NOON, 60) for _ in range(4)]
    assert [one.key for one in claimed if one] == ["urgent", "older", "old"]
    assert claimed[-1] is None
    assert await work.claim_work([], "me", NOON, 60) is None


async def test_a_claim_expires_and_is_lost(desk: Desk) -> None:
    work = desk.ledger.work
    await work.put_work(item("a"))
    assert await work.claim_work(["sync"], "one", NOON, 60) == item("a")
    assert await work.keep_work("a", "one", NOON + 2 * MINUTE)
    assert await work.claim_work(["sync"], "two", NOON + MINUTE, 60) is None
    assert await work.claim_work(["sync"], "two", NOON + 2 * MINUTE, 60) == item("a")
    assert not await work.keep_work("a", "one", NOON + 9 * MINUTE)
    await work.finish_work("a", "one")
    assert not await work.put_work(item("a"))
    await work.finish_work("a", "two")
    assert await work.put_work(item("a"))


async def test_work_is_tried_again_later(desk: Desk) -> None:
    work = desk.ledger.work
    await work.put_work(item("a"))
    await work.claim_work(["sync"], "one", NOON, 60)
    await work.retry_work("a", "one", NOON + MINUTE)
    assert await work.claim_work(["sync"], "one", NOON, 60) is None
    again = await work.claim_work(["sync"], "one", NOON + MINUTE, 60)
    assert again == replace(item("a", due_in=1), attempts=1)


async def test_work_is_put_off_as_if_it_had_not_been_tried(desk: Desk) -> None:
    work = desk.ledger.work
    await work.put_work(item("a"))
    await work.claim_work(["sync"], "one", NOON, 60)
    await work.postpone_work("a", "two", NOON - MINUTE)
    await work.postpone_work("a", "one", NOON + MINUTE)
    assert await work.claim_work(["sync"], "one", NOON, 60) is None
    assert await work.claim_work(["sync"], "two", NOON + MINUTE, 60) == item("a", due_in=1)


async def test_two_claimers_never_get_the_same_work(desk: Desk) -> None:
    work = desk.ledger.work
    for n in range(10):
        await work.put_work(item(f"item-{n}"))
    claims = await asyncio.gather(
        *(work.claim_work(["sync"], f"owner-{n}", NOON, 60) for n in range(14))
    )
    assert sorted(one.key for one in claims if one) == [f"item-{n}" for n in range(10)]
