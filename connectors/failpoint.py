"""Places where tests may stop a process, or have a step fail; anywhere else they do nothing.

`PUNNET_FAILPOINTS` arms them, separated by commas: `name=kill`, `name=raise@3` (at its third
pass), `name=full` (as if the disk were full), `name=sleep:0.5`. `PUNNET_FAILPOINTS_SEEN`
names a file to which every pass is written.
"""

import errno
import os
import signal
import time
from collections import Counter
from functools import cache
from pathlib import Path

ARMED = "PUNNET_FAILPOINTS"
SEEN = "PUNNET_FAILPOINTS_SEEN"


class Failed(Exception):
    """What a failpoint raises: a fault that nobody expects."""


def failpoint(name: str) -> None:
    """Do to this process what a test wants done at this place."""
    state = _state()
    if state is not None:
        state.passed(name)


class _State:
    def __init__(self, armed: str, seen: str) -> None:
        parts = (part.partition("=") for part in armed.split(",") if part)
        self._actions = {name: action for name, _, action in parts}
        self._seen = Path(seen) if seen else None
        self._passes: Counter[str] = Counter()

    def passed(self, name: str) -> None:
        self._passes[name] += 1
        if self._seen is not None:
            with self._seen.open("a") as file:
                file.write(f"{name}\n")
        action, _, at = self._actions.get(name, "").partition("@")
        if action and self._passes[name] == int(at or 1):
            _do(name, action)


def _do(name: str, action: str) -> None:
    kind, _, seconds = action.partition(":")
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    elif kind == "sleep":
        time.sleep(float(seconds))
    else:
        raise Failed(name)


@cache
def _state() -> _State | None:
    armed, seen = os.environ.get(ARMED, ""), os.environ.get(SEEN, "")
    return _State(armed, seen) if armed or seen else None
