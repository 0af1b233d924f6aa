"""No host is asked faster than it wants."""

import asyncio

import pytest

from connectors.politeness import Pace, Turns


class Time:
    """Passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)


async def turns(pace: Pace, time: Time, *hosts: str) -> list[float]:
    async def turn(host: str) -> float:
        await pace.turn(host)
        return round(time.now - 100, 3)

    return sorted(await asyncio.gather(*map(turn, hosts)))


async def test_turns_of_a_host_are_an_interval_apart() -> None:
    time = Time()
    assert await turns(Pace(2, Turns(time, time.sleep)), time, "a", "a", "a") == [0.0, 0.5, 1.0]


async def test_hosts_do_not_wait_for_each_other() -> None:
    time = Time()
    assert await turns(Pace(2, Turns(time, time.sleep)), time, "a", "b", "c") == [0.0, 0.0, 0.0]


async def test_a_turn_that_nobody_took_is_not_saved_up() -> None:
    time = Time()
    pace = Pace(2, Turns(time, time.sleep))
    await pace.turn("a")
    await time.sleep(10)
    assert await turns(pace, time, "a", "a") == [10.0, 10.5]


async def test_a_host_may_want_it_slower_but_not_faster() -> None:
    time = Time()
    pace = Pace(2, Turns(time, time.sleep))
    pace.slow_down("a", 3.0)
    pace.slow_down("b", 0.1)
    assert await turns(pace, time, "a", "a") == [0.0, 3.0]
    assert await turns(pace, time, "b", "b") == [3.0, 3.5]


async def test_a_source_that_wants_to_be_slow_holds_up_itself_alone() -> None:
    time = Time()
    shared = Turns(time, time.sleep)
    slow, other = Pace(0.001, shared), Pace(2, shared)
    await slow.turn("a")
    assert await turns(other, time, "a", "a") == [10.0, 10.5]
    assert await turns(slow, time, "a") == [1_000.0]


async def test_what_the_host_wants_holds_for_all_who_ask_it() -> None:
    time = Time()
    shared = Turns(time, time.sleep)
    told, other = Pace(2, shared), Pace(2, shared)
    told.slow_down("a", 60.0)
    await told.turn("a")
    assert await turns(other, time, "a") == [60.0]


async def test_a_host_that_rests_puts_off_who_waits_already() -> None:
    time = Time()
    pace = Pace(2, Turns(time, time.sleep))
    await pace.turn("a")
    waiting = asyncio.create_task(pace.turn("a"))
    await asyncio.sleep(0)
    pace.rest("a", 7.0)
    await waiting
    assert time.now == pytest.approx(107.0)
