"""Places where tests may stop a process, or have a step fail; anywhere else they do nothing.

`PUNNET_FAILPOINTS` arms them for a process, separated by commas: `name=kill`, `name=raise@3`
(at its third pass), `name=full` (as if the disk were full), `name=sleep:0.5`, `name=die` (see
Died); `*` stands for all of them. `PUNNET_FAILPOINTS_SEEN` names a file to which every pass is
written. `armed` does the same for one task alone.
"""

import errno
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from threading import Lock

ARMED = "PUNNET_FAILPOINTS"
SEEN = "PUNNET_FAILPOINTS_SEEN"


class Failed(Exception):
    """What a failpoint raises: a fault that nobody expects."""


class Died(BaseException):
    """What `die` raises, and every failpoint after it: the end of a process, in one that lives on.

    What a dead process would not have done any more, its clean-up can then not do either.
    """


def failpoint(name: str) -> None:
    """Do to this process what a test wants done at this place."""
    points = _HERE.get() or _of_process()
    if points is not None:
        points.passed(name)


@contextmanager
def armed(orders: str = "") -> Iterator["Failpoints"]:
    """Arm failpoints for this task, and for the tasks and threads that it starts."""
    points = Failpoints(orders)
    token = _HERE.set(points)
    try:
        yield points
    finally:
        _HERE.reset(token)


class Failpoints:
    """What is to happen where, and how often each place was passed."""

    def __init__(self, orders: str, seen: Path | None = None) -> None:
        self.passes: Counter[str] = Counter()
        self._orders = dict(_read(order) for order in orders.split(",") if order)
        self._seen = seen
        self._dead = False
        self._lock = Lock()

    def passed(self, name: str) -> None:
        """Note a pass, and do what was ordered for it."""
        if self._dead:
            raise Died(name)
        with self._lock:
            self.passes[name] += 1
            mine, all_ = f"{name}@{self.passes[name]}", f"*@{self.passes.total()}"
            ordered = self._orders.get(mine) or self._orders.get(all_)
            if self._seen is not None:
                with self._seen.open("a") as file:
                    file.write(f"{name}\n")
        if ordered:
            self._dead = ordered == "die"
            _do(name, ordered)


_HERE: ContextVar[Failpoints | None] = ContextVar("failpoints", default=None)


@cache
def _of_process() -> Failpoints | None:
    orders, seen = os.environ.get(ARMED, ""), os.environ.get(SEEN, "")
    return Failpoints(orders, Path(seen) if seen else None) if orders or seen else None


def _read(order: str) -> tuple[str, str]:
    name, _, action = order.partition("=")
    action, _, at = action.partition("@")
    if action.partition(":")[0] not in _actions():
        raise ValueError(f"{ARMED}: '{order}' is none of {', '.join(_actions())}")
    return f"{name}@{int(at or 1)}", action


def _do(name: str, ordered: str) -> None:
    action, _, said = ordered.partition(":")
    _actions()[action](said or name)


def _actions() -> Mapping[str, Callable[[str], None]]:
    return {"kill": _kill, "raise": _fail, "full": _fill, "sleep": _sleep, "die": _die}


def _kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(name: str) -> None:
    raise Failed(name)


def _fill(_: str) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sleep(seconds: str) -> None:
    time.sleep(float(seconds))


def _die(name: str) -> None:
    raise Died(name)
