"""Places where tests may stop a process."""

import asyncio
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.failpoint import ARMED, SEEN, Died, Failed, armed, failpoint

PROGRAM = "from connectors.failpoint import failpoint; [failpoint(name) for name in 'aba']"


def _run(**env: str) -> int:
    program = [sys.executable, "-c", PROGRAM]
    return subprocess.run(program, env={**os.environ, **env}, stderr=subprocess.DEVNULL).returncode


def test_nothing_happens_where_nothing_was_ordered() -> None:
    failpoint("anywhere")


def test_a_process_is_killed_at_the_pass_that_was_ordered(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    assert _run(**{ARMED: "a=kill@2", SEEN: str(seen)}) == -9
    assert seen.read_text().split() == ["a", "b", "a"]
    assert _run(**{ARMED: "a=kill@3"}) == 0


def test_a_step_fails_at_its_pass_and_at_no_other() -> None:
    with armed("a=raise@2,b=full") as points:
        failpoint("a")
        with pytest.raises(Failed):
            failpoint("a")
        with pytest.raises(OSError) as full:
            failpoint("b")
        failpoint("a")
    assert full.value.errno == errno.ENOSPC
    assert points.passes == {"a": 3, "b": 1}
    with armed("*=raise@2"):
        failpoint("a")
        with pytest.raises(Failed):
            failpoint("b")


def test_who_died_does_nothing_any_more() -> None:
    with armed("a=die"):
        for name in ("a", "b", "a"):
            with pytest.raises(Died):
                failpoint(name)
    failpoint("a")


async def test_what_is_armed_holds_for_tasks_and_threads_that_start_there() -> None:
    with armed("a=raise@2") as points:
        await asyncio.gather(asyncio.to_thread(failpoint, "a"), asyncio.sleep(0))
        with pytest.raises(Failed):
            await asyncio.create_task(asyncio.to_thread(failpoint, "a"))
    assert points.passes["a"] == 2


def test_an_order_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="is none of kill"), armed("a=explode"):
        pass
