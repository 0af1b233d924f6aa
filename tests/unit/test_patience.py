"""A vendor is asked until it answers, within bounds."""

import asyncio
from datetime import timedelta

import pytest

from connectors.errors import SourceUnavailable
from connectors.patience import Patience, Trouble
from connectors.politeness import Pace, Turns


class Refused(Exception):
    """What passes."""


def patience(waits: float | None, slept: list[float], within: float = 60.0) -> Patience:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    def judge(error: Exception) -> Trouble | None:
        return Trouble("it is busy", waits) if isinstance(error, Refused) else None

    pace = Pace(1, Turns(lambda: sum(slept), sleep))
    return Patience("The vendor", "vendor", pace, judge, sleep, within)


async def refuse() -> str:
    raise Refused


@pytest.mark.parametrize(
    ("waits", "rests"),
    [(None, 60), (5, 60), (3_600, 3_600), (173_230_000, 86_400), (1e300, 86_400)],
)
async def test_a_run_rests_for_as_long_as_it_says_but_no_more_than_a_day(
    waits: float | None, rests: float
) -> None:
    with pytest.raises(SourceUnavailable, match="it is busy") as refused:
        await patience(waits, []).ask(refuse)
    assert refused.value.after == timedelta(seconds=rests)


async def test_what_does_not_pass_is_raised_at_once() -> None:
    slept: list[float] = []

    async def fail() -> str:
        raise KeyError

    with pytest.raises(KeyError):
        await patience(None, slept).ask(fail)
    assert slept == []


async def test_an_answer_that_does_not_come_whole_is_given_up() -> None:
    asked = 0

    async def hang_once() -> str:
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.Event().wait()
        return "whole"

    assert await patience(None, [], within=0.01).ask(hang_once) == "whole"


async def test_who_is_told_to_stop_does_not_ask_again() -> None:
    asked: list[str] = []
    began = asyncio.Event()

    async def hang() -> str:
        asked.append("once")
        began.set()
        await asyncio.Event().wait()
        return ""

    asking = asyncio.create_task(patience(None, []).ask(hang))
    await began.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert asked == ["once"]
