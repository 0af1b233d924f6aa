"""Small programs for the tests of the supervisor: `python -m tests.integration.programs`."""

# ruff: noqa: T201

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from api.child_logs import ChildLogs
from api.home import Home
from api.processes import inherited_listener
from api.supervisor import Child, Patience, Supervisor
from api.up import Planned, Post, embedded_children, up

ME = "tests.integration.programs"
QUICK = Patience(first_seconds=0.02, longest_seconds=0.1)


def live() -> None:
    """Say hello and wait for the end."""
    print("alive", os.getpid())
    signal.sigwait({signal.SIGTERM})
    print("asked to end")


def refuse_to_end() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("deaf")
    time.sleep(600)


def fail() -> None:
    print("cannot open the model")
    sys.exit(7)


def breed() -> None:
    """Start a process of its own, and die with it held open."""
    held = subprocess.Popen(["sleep", "600"])
    print("bred", held.pid)
    time.sleep(600)


def answer_ready() -> None:
    """Call itself ready on the socket that was handed down, and answer with the pid."""
    listener = inherited_listener()
    print("alive", os.getpid())
    while True:
        with listener.accept()[0] as caller:
            caller.recv(65_536)
            caller.sendall(f"HTTP/1.1 200 OK\r\n\r\n{os.getpid()}".encode())


def serve_home(home: Path) -> None:
    """Do what `punnet up` does, with small programs in place of the real ones."""

    def plan(place: Home, listener: socket.socket) -> Planned:
        api, worker, index = embedded_children(place, listener, 3, "none")
        return Planned(
            (
                replace(api, argv=(ME, "ready")),
                replace(worker, argv=(ME, "live")),
                replace(index, argv=(ME, "live")),
            )
        )

    up(Post(Home(home), "127.0.0.1", 0), plan, lambda address, _: print(address, flush=True))


async def supervise(folder: Path) -> None:
    """Supervise three and tell their pids once they live."""
    children = [Child(name, (ME, "live")) for name in ("api", "worker", "index")]
    supervisor = Supervisor(children, ChildLogs(folder, None), QUICK)
    running = asyncio.create_task(supervisor.run(asyncio.Event()))
    while len(supervisor.pids) < len(children):  # noqa: ASYNC110 - a process sets no event
        await asyncio.sleep(0.01)
    print(json.dumps(dict(supervisor.pids)), flush=True)
    await running


def main() -> None:
    programs = {
        "ready": answer_ready,
        "live": live,
        "deaf": refuse_to_end,
        "fail": fail,
        "breed": breed,
    }
    if sys.argv[1] == "supervise":
        asyncio.run(supervise(Path(sys.argv[2])))
    elif sys.argv[1] == "up":
        serve_home(Path(sys.argv[2]))
    else:
        # Blocked from the start, so that `live` cannot miss the signal that it waits for.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM} if sys.argv[1] == "live" else ())
        programs[sys.argv[1]]()


if __name__ == "__main__":
    main()
