"""The supervisor with real processes: what dies comes back, and nobody is left behind."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from api.child import command, environment
from api.child_logs import ChildLogs
from api.supervisor import Child, Supervisor
from tests.integration.programs import ME, QUICK

THREE = [Child(name, (ME, "live")) for name in ("api", "worker", "index")]


@asynccontextmanager
async def supervised(children: Sequence[Child], folder: Path) -> AsyncIterator[Supervisor]:
    supervisor, stop = Supervisor(children, ChildLogs(folder, None), QUICK), asyncio.Event()
    running = asyncio.create_task(supervisor.run(stop))
    try:
        yield supervisor
    finally:
        stop.set()
        await running


async def eventually(happens: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not happens():  # noqa: ASYNC110 - processes set no event
            await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def said(folder: Path, name: str) -> str:
    path = folder / f"{name}.log"
    return path.read_text() if path.exists() else ""


async def all_alive(supervisor: Supervisor, folder: Path) -> Mapping[str, int]:
    await eventually(lambda: len(supervisor.pids) == len(THREE))
    pids = dict(supervisor.pids)
    await eventually(
        lambda: all(f"alive {pid}\n" in said(folder, name) for name, pid in pids.items())
    )
    return pids


@pytest.mark.parametrize("victim", ["api", "worker", "index"])
async def test_a_killed_child_comes_back_and_the_others_go_on(victim: str, tmp_path: Path) -> None:
    async with supervised(THREE, tmp_path) as supervisor:
        before = await all_alive(supervisor, tmp_path)
        os.kill(before[victim], signal.SIGKILL)
        await eventually(lambda: supervisor.pids.get(victim, before[victim]) != before[victim])
        after = await all_alive(supervisor, tmp_path)
    assert {name for name in before if before[name] != after[name]} == {victim}
    assert f"{victim} ended: signal SIGKILL" in said(tmp_path, "up")


async def test_children_end_in_order_when_asked(tmp_path: Path) -> None:
    async with supervised(THREE, tmp_path) as supervisor:
        pids = await all_alive(supervisor, tmp_path)
    assert not any(lives(pid) for pid in pids.values())
    logs = [tmp_path / f"{child.name}.log" for child in THREE]
    assert all("asked to end" in log.read_text() for log in logs)
    ended = [log.stat().st_mtime_ns for log in logs]
    assert ended == sorted(ended)
    assert said(tmp_path, "up") == ""


async def test_a_child_that_does_not_end_is_killed(tmp_path: Path) -> None:
    deaf = Child("worker", (ME, "deaf"), stop_seconds=0.1)
    async with supervised([deaf], tmp_path) as supervisor:
        await eventually(lambda: "deaf" in said(tmp_path, "worker"))
        pid = supervisor.pids["worker"]
    assert not lives(pid)
    assert "killed" in said(tmp_path, "up")


async def test_a_child_that_keeps_failing_is_started_again_and_again(tmp_path: Path) -> None:
    async with supervised([Child("api", (ME, "fail"))], tmp_path) as supervisor:
        await eventually(lambda: supervisor.deaths["api"] >= 3)
    assert said(tmp_path, "api").count("cannot open the model") >= 3
    assert "exit code 7" in said(tmp_path, "up")


async def test_what_a_dead_child_started_dies_too(tmp_path: Path) -> None:
    async with supervised([Child("worker", (ME, "breed"))], tmp_path) as supervisor:
        await eventually(lambda: "bred" in said(tmp_path, "worker"))
        bred = int(said(tmp_path, "worker").split()[-1])
        os.kill(supervisor.pids["worker"], signal.SIGKILL)
        await eventually(lambda: not lives(bred))


async def test_no_child_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    supervisor = await asyncio.create_subprocess_exec(
        *command(ME, "supervise", str(tmp_path)), env=environment(), stdout=asyncio.subprocess.PIPE
    )
    assert supervisor.stdout is not None
    pids = json.loads(await supervisor.stdout.readline())
    assert all(lives(pid) for pid in pids.values())
    supervisor.kill()
    await supervisor.wait()
    await eventually(lambda: not any(lives(pid) for pid in pids.values()))
