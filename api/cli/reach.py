"""Find who answers for a home, or have somebody answer for as long as a command takes."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from api.child import command, environment
from api.cli.client import Client
from api.cli.failures import UNREACHABLE, CommandFailed, Unreachable
from api.home import Home, Running, chosen_home, is_occupied, who_serves

LONGEST_WAIT_SECONDS = 180.0
STOP_SECONDS = 30.0


@contextmanager
def reach(home: Path | None, *, works: bool = False) -> Iterator[Client]:
    """Lend a client of the home's API; raises Unreachable.

    `PUNNET_URL` with `PUNNET_KEY` names an API elsewhere. A home that nobody serves is
    served quietly, on a free port of this machine, until the command is done; by a worker
    too where it `works`.
    """
    address = os.environ.get("PUNNET_URL", "")
    if address:
        yield Client(address.rstrip("/"), os.environ.get("PUNNET_KEY", ""), local=False)
        return
    chosen = existing_home(home)
    with serving(chosen, works=works) as running:
        yield Client(running.address, chosen.admin_key.read_text().strip(), local=True)


def existing_home(home: Path | None) -> Home:
    """Give the home that is meant; raises Unreachable when `punnet up` never made it."""
    chosen = Home(chosen_home(home))
    if not chosen.exists:
        raise Unreachable(
            f"There is no Punnet home in {chosen.path} yet. "
            "Run 'punnet up' first, or say with --home where it is."
        )
    return chosen


@contextmanager
def serving(home: Home, *, works: bool = False) -> Iterator[Running]:
    """Hold the home served, by whoever does already or by a supervisor of our own."""
    running = _wait_for(home, lambda: not is_occupied(home)) if is_occupied(home) else None
    if running is not None:
        yield running
        return
    idle = () if works else ("--without-worker",)
    with _temporary(home, idle) as running:
        yield running


@contextmanager
def _temporary(home: Home, more: tuple[str, ...]) -> Iterator[Running]:
    ends_with_us, ours = os.pipe()
    options = ("--home", str(home.path), "--host", "127.0.0.1", "--port", "0", "--quiet", *more)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 (our own module)
            command("api.cli", "up", *options, "--lifeline", str(ends_with_us)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment(),
            pass_fds=(ends_with_us,),
            start_new_session=True,
        )
        os.close(ends_with_us)
        try:
            running = _wait_for(home, lambda: process.poll() is not None)
            if running is None:
                raise _failure(process.wait(), said)
            yield running
        finally:
            os.close(ours)
            process.wait(STOP_SECONDS)


def _wait_for(home: Home, over: Callable[[], bool]) -> Running | None:
    """Wait until somebody is ready; None when it is `over` before that."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        running = who_serves(home)
        if running is not None or over():
            return running
        time.sleep(0.02)
    raise Unreachable(
        f"Whoever serves {home.path} is not ready after {LONGEST_WAIT_SECONDS:.0f} s. "
        f"Its logs are in {home.logs}."
    )


def _failure(status: int, said: IO[bytes]) -> CommandFailed:
    said.seek(0)
    words = said.read().decode(errors="replace").strip().removeprefix("punnet: ")
    kind = Unreachable if status == UNREACHABLE else CommandFailed
    return kind(words or f"The processes could not be started (exit status {status}).")
