"""`punnet up`: everything of the embedded mode, from one command, until asked to end."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from api.child_logs import ChildLogs
from api.home import Home, Running, announce, occupy
from api.listening import address_of, asked, is_ready, listening
from api.processes import LISTEN
from api.supervisor import Child, Supervisor

HOPELESS_DEATHS = 5
"""A child that dies this often in a row before all is ready will not live either."""
LONGEST_START_SECONDS = 900.0
"""A large index may have to be rebuilt from the ledger first."""
LONGEST_FIRST_RUN_SECONDS = 60.0
TOLD_LINES = 12


class StartFailed(Exception):
    """Not everything came up; the message tells what the processes said last."""


@dataclass(frozen=True, slots=True)
class Post:
    """Where it serves, and for whom."""

    home: Home
    host: str
    port: int
    quiet: bool = False
    lifeline: int | None = None
    """A pipe whose end means that whoever started this is gone; None: runs until a signal."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to run; the children stand in the order in which they end."""

    children: Sequence[Child]
    reads_first: bool = False
    """Whether a source was added that is worth waiting for before anybody is welcomed."""

    def without(self, name: str) -> "Planned":
        """Leave one child out."""
        return replace(self, children=[one for one in self.children if one.name != name])


Plan = Callable[[Home, socket.socket], Planned]
"""Prepares the home, and says what is to run."""


def embedded_children(
    home: Home, listener: socket.socket, dimension: int, collection: str
) -> tuple[Child, ...]:
    """Name the three processes of the embedded mode, in the order in which they end."""
    at_home = {"PUNNET_HOME": str(home.path)}
    index = ("ingest.adapters.edge_process", *index_arguments(home, dimension, collection))
    return (*served_children(home, listener), Child("index", index, env=at_home))


def index_directory(home: Home, collection: str) -> Path:
    """Say where the index of a collection lies."""
    return home.path / "index" / collection


def index_arguments(home: Home, dimension: int, collection: str) -> tuple[str, ...]:
    """Say to the index process where it keeps what and where it listens."""
    return (
        *("--directory", str(index_directory(home, collection))),
        *("--socket", str(home.index_socket)),
        *("--dimension", str(dimension)),
    )


def served_children(home: Home, listener: socket.socket) -> tuple[Child, ...]:
    """Name the processes that remain where a Qdrant server holds the index."""
    at_home = {"PUNNET_HOME": str(home.path)}
    descriptor = listener.fileno()
    listen = {LISTEN: str(descriptor)}
    return (
        Child(
            "api",
            ("api.processes", "serve"),
            stop_seconds=5,
            env=at_home | listen,
            descriptors=(descriptor,),
        ),
        # It steps back, so that questions are answered while a sync embeds.
        Child("worker", ("api.processes", "work"), niceness=5, env=at_home),
    )


def up(post: Post, plan: Plan, welcome: Callable[[str, float], None]) -> None:
    """Hold the home, prepare it and serve; raises HomeBusy, AddressTaken or StartFailed.

    `welcome` is called once with the address and the seconds that the start took.
    """
    began = time.monotonic()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    post.home.create()
    with ExitStack() as held:
        held.enter_context(occupy(post.home, started))
        listener = held.enter_context(listening(post.host, post.port))
        planned = plan(post.home, listener)
        logs = ChildLogs(post.home.logs, None if post.quiet else sys.stderr.buffer)
        running = Running(os.getpid(), address_of(listener), started)

        async def ready() -> None:
            took = time.monotonic() - began
            announce(post.home, running)
            if planned.reads_first:
                await _first_run_over(listener, post.home)
            welcome(running.address, took)

        supervisor = Supervisor(planned.children, logs)
        asyncio.run(_supervise(post, supervisor, _Start(logs, listener), ready))


@dataclass(frozen=True, slots=True)
class _Start:
    """What a start is judged by."""

    logs: ChildLogs
    listener: socket.socket

    async def watch(self, supervisor: Supervisor) -> None:
        """Return once all is ready; raises StartFailed when it never will be."""
        deadline = asyncio.get_running_loop().time() + LONGEST_START_SECONDS
        asking = asyncio.create_task(self._ask())
        try:
            while not asking.done():
                await asyncio.wait((asking,), timeout=0.25)
                self._judge(supervisor, late=asyncio.get_running_loop().time() > deadline)
        finally:
            asking.cancel()

    async def _ask(self) -> None:
        pause = 0.02
        while not await is_ready(self.listener):
            await asyncio.sleep(pause)
            pause = min(1.2 * pause, 0.5)  # whoever rebuilds an index needs the processor

    def _judge(self, supervisor: Supervisor, *, late: bool) -> None:
        for name, deaths in supervisor.deaths.items():
            if name in supervisor.refusals:
                raise StartFailed(f"The {name} process cannot start: {self._last_line(name)}")
            if deaths >= HOPELESS_DEATHS:
                raise StartFailed(self._told(name, f"The {name} process does not stay alive"))
        if late:
            raise StartFailed(
                self._told("api", f"Nothing was ready after {LONGEST_START_SECONDS:.0f} s")
            )

    def _last_line(self, name: str) -> str:
        return "".join(self.logs.tail(name, 1)).removeprefix(f"{name}: ")

    def _told(self, name: str, trouble: str) -> str:
        last = "\n".join(self.logs.tail(name, TOLD_LINES))
        return f"{trouble}. It said last ({self.logs.path(name)}):\n{last}"


async def _supervise(
    post: Post, supervisor: Supervisor, start: _Start, ready: Callable[[], Awaitable[None]]
) -> None:
    stop = asyncio.Event()
    _stop_when_asked(post, stop)
    running = asyncio.create_task(supervisor.run(stop))
    starting = asyncio.create_task(_welcomed(start.watch(supervisor), ready))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((starting, stopping, running), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            await asyncio.wait((stopping, running), return_when=asyncio.FIRST_COMPLETED)
    finally:
        starting.cancel()
        stopping.cancel()
        stop.set()
        post.home.running_file.unlink(missing_ok=True)
        await running


async def _welcomed(watched: Awaitable[None], ready: Callable[[], Awaitable[None]]) -> None:
    await watched
    await ready()


async def _first_run_over(listener: socket.socket, home: Home) -> None:
    """Wait, not for ever, until what was just added can be asked about."""
    key = home.admin_key.read_text().strip()
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(LONGEST_FIRST_RUN_SECONDS):
            answer = b""
            while b'"ended_at":"' not in answer:
                await asyncio.sleep(0.2)
                answer = await asked(listener, "/v1/runs?limit=1", key)


def _stop_when_asked(post: Post, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    lifeline = post.lifeline
    if lifeline is not None:

        def ended() -> None:
            loop.remove_reader(lifeline)
            stop.set()

        loop.add_reader(lifeline, ended)
