"""How much one parse may take, and how the operating system is told."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_MIB = 1 << 20
_STATM = Path("/proc/self/statm")

OUT_OF_MEMORY = 77
"""The exit code of a child that had too little memory, wherever that showed."""


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What a document may cost; the defaults suit a small machine.

    `size_mib` is the largest document taken, `memory_mib` the address space of a child,
    `seconds` the wall-clock time of one parse, and of its processor time as well. A child
    is replaced after `documents_per_child`, or once it holds more than `resident_mib` beside
    the libraries that it imported for office files.
    """

    size_mib: int = 100
    memory_mib: int = 2048
    seconds: float = 60.0
    documents_per_child: int = 500
    resident_mib: int = 256
    file_mib: int = 64
    open_files: int = 64


def bind_process(limits: ParseLimits) -> None:
    """Bind this process to the limits that hold for its whole life."""
    _bind(resource.RLIMIT_CORE, 0)
    _bind(resource.RLIMIT_AS, limits.memory_mib * _MIB)
    _bind(resource.RLIMIT_FSIZE, limits.file_mib * _MIB)
    _bind(resource.RLIMIT_NOFILE, limits.open_files)


def bind_parse(limits: ParseLimits) -> None:
    """Bind what begins now: the system ends this process when its time is over.

    Processor time counts from the start of a process, so the limit moves on with it. The
    alarm ends a child whose parent, which would have ended it, is gone.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + limits.seconds) + 2, hard))
    signal.setitimer(signal.ITIMER_REAL, limits.seconds + 5)


def release_parse() -> None:
    """Stop the alarm: waiting for the next document costs nothing."""
    signal.setitimer(signal.ITIMER_REAL, 0)


class Growth:
    """How much memory this process gained by documents, rather than by what it imported.

    The peak that `getrusage` tells is no use here: a process begins with its parent's.
    """

    def __init__(self, limits: ParseLimits) -> None:
        self._allowed = limits.resident_mib * _MIB

    @contextmanager
    def importing(self) -> Iterator[None]:
        """Count what is gained meanwhile as the libraries'."""
        before = _resident()
        try:
            yield
        finally:
            self._allowed += max(0, _resident() - before)

    @property
    def is_too_much(self) -> bool:
        """Say whether it holds more than it may keep; False where nobody tells."""
        return _resident() > self._allowed


def _resident() -> int:
    try:
        pages = int(_STATM.read_text().split()[1])
    except FileNotFoundError:
        return 0
    return pages * resource.getpagesize()


def _bind(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))
