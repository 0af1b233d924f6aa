"""`punnet up` from the outside: who is refused, who comes back, and the whole of it once."""

import asyncio
import json
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.child import command, environment
from api.home import Home, who_serves
from api.listening import listening
from tests.integration.programs import ME

NAMES = ("api", "worker", "index")
QUESTION = "How long do I have to return something?"


@dataclass
class Up:
    """A `punnet up` that is ready."""

    process: Process
    home: Home
    address: str

    def pids(self) -> Mapping[str, int]:
        """Give the newest process of each name that has told of itself in its log."""
        logs = {log.stem: log.read_text() for log in self.home.logs.glob("*.log")}
        told = {name: re.findall(r"alive (\d+)\n", logs.get(name, "")) for name in NAMES}
        return {name: int(pids[-1]) for name, pids in told.items() if pids}


@dataclass
class Said:
    status: int
    out: str
    err: str


@asynccontextmanager
async def started(home: Home, *arguments: str, **env: str) -> AsyncIterator[Up]:
    process = await asyncio.create_subprocess_exec(
        *command(*arguments), env=environment() | env, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(150):
            while not (address := re.search(rb"http://[\d.]+:\d+", await line_of(process))):
                pass
        yield Up(process, home, address[0].decode())
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def line_of(process: Process) -> bytes:
    assert process.stdout is not None
    line = await process.stdout.readline()
    assert line, "it ended before it was ready"
    return line


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    home = Home(tmp_path / "home")
    async with started(home, ME, "up", str(home.path)) as running:
        # A process may serve before the line that tells of it is written.
        await eventually(lambda: set(running.pids()) == set(NAMES))
        yield running


async def punnet(home: Home, *arguments: str, **env: str) -> Said:
    process = await asyncio.create_subprocess_exec(
        *command("api.cli", *arguments),
        env=environment() | {"PUNNET_HOME": str(home.path)} | env,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


async def eventually(happens: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not happens():  # noqa: ASYNC110 - processes set no event
            await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def api_pid(address: str) -> int:
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return int(answer.split()[-1])


# --- with small programs ----------------------------------------------------------


async def test_a_ready_home_says_who_serves_it(up: Up) -> None:
    running = who_serves(up.home)
    assert running is not None
    assert (running.pid, running.address) == (up.process.pid, up.address)


async def test_a_second_up_is_refused_with_pid_and_address(up: Up) -> None:
    said = await punnet(up.home, "up", "--port", "0")
    assert (said.status, said.out) == (3, "")
    assert f"process {up.process.pid} at {up.address}" in said.err
    assert said.err.count("\n") == 1


async def test_a_taken_port_is_told_before_anything_starts(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with listening("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        said = await punnet(home, "up", "--port", port)
    assert (said.status, said.out) == (3, "")
    assert f"Port {port}" in said.err
    assert list(home.logs.iterdir()) == []
    assert not home.exists


async def test_callers_wait_while_a_killed_api_comes_back(up: Up) -> None:
    before = up.pids()
    os.kill(before["api"], signal.SIGKILL)
    # While it dies, it may still take a call along.
    await eventually(lambda: not lives(before["api"]))
    assert await api_pid(up.address) != before["api"]
    # It may answer before the line that tells of it is written.
    await eventually(lambda: up.pids()["api"] != before["api"])
    after = up.pids()
    assert {name for name in NAMES if before[name] != after[name]} == {"api"}
    assert who_serves(up.home) is not None


async def test_asked_to_end_it_leaves_nothing_running(up: Up) -> None:
    pids = up.pids()
    up.process.terminate()
    assert await up.process.wait() == 0
    assert not any(lives(pid) for pid in pids.values())
    assert not up.home.running_file.exists()


async def test_killed_it_leaves_nothing_running_and_the_home_free(up: Up) -> None:
    pids = up.pids()
    up.process.kill()
    await up.process.wait()
    await eventually(lambda: not any(lives(pid) for pid in pids.values()))
    assert who_serves(up.home) is None


# --- the whole of it --------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    words = "# Returns\n\n## How long you have\n\nYou can return anything within 30 days.\n"
    (folder / "returns.md").write_text(words)
    return folder


async def test_up_answers_about_the_example_and_commands_find_it(
    tmp_path: Path, shop: Path, default_model: Path
) -> None:
    home = Home(tmp_path / "home")
    env = {
        "PUNNET_HOME": str(home.path),
        "PUNNET_MODELS_DIR": str(default_model.parent),
    }
    options = ("up", "--port", "0", "--with-example", str(shop))
    async with started(home, "api.cli", *options, **env) as running:
        written = [path for path in home.path.rglob("*") if path.is_file()]
        assert home.admin_key in written
        assert [path for path in written if path.stat().st_mode & 0o077] == []
        rest = b""
        while b"source add" not in rest:
            rest += await line_of(running.process)
        assert home.admin_key.read_text().strip().encode() not in rest
        found = await data_of(home, env, "search", QUESTION)
        assert "30 days" in found["hits"][0]["text"]
        made = await punnet(home, "key", "create", "--name", "widget", "--scope", "read", **env)
        assert re.fullmatch(r"pn_\S+\n", made.out)
        assert (await data_of(home, env, "doctor"))["clean"]
    # Nobody serves it any more: the same commands serve it themselves meanwhile.
    (shop / "returns.md").write_text("# Returns\n\nYou can return anything within 60 days.\n")
    (run,) = await data_of(home, env, "sync")
    assert (run["state"], run["counts"]["indexed"]) == ("succeeded", 1)
    found = await data_of(home, env, "search", QUESTION)
    assert "60 days" in found["hits"][0]["text"]
    assert who_serves(home) is None


async def data_of(home: Home, env: Mapping[str, str], *arguments: str) -> Any:
    said = await punnet(home, *arguments, "--json", **env)
    assert said.status == 0, said.err
    return json.loads(said.out)
