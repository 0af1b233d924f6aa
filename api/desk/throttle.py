"""Slow down who guesses keys, and remember who has signed out."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

_MOST = 10
_WINDOW = timedelta(minutes=10)
_REMEMBERED = 4_096
Who = tuple[str, str]
"""An address, and the part of a key that is no secret."""


@dataclass(frozen=True, slots=True)
class _Tries:
    since: datetime
    failed: int


class Throttle:
    """Count failed sign-ins by address and key, in this process alone.

    By key too, so that one who errs does not shut the door to all behind the same address.
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[Who, _Tries] = OrderedDict()

    def held(self, who: Who, now: datetime) -> bool:
        """Say whether this key was tried wrongly from there too often in the last minutes."""
        tries = self._tries.get(who)
        return tries is not None and tries.failed >= _MOST and now - tries.since < _WINDOW

    def failed(self, who: Who, now: datetime) -> None:
        """Note a failure; the oldest are forgotten where there are too many."""
        before = self._tries.pop(who, None)
        if before is None or now - before.since >= _WINDOW:
            before = _Tries(now, 0)
        self._tries[who] = _Tries(before.since, before.failed + 1)
        if len(self._tries) > _REMEMBERED:
            self._tries.popitem(last=False)


class Ended:
    """Remember which sessions were ended before their time, in this process alone."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, datetime] = OrderedDict()

    def end(self, session: str, now: datetime, until: datetime) -> None:
        """Have this session open nothing any more; what is over by itself is forgotten."""
        self._until[session] = until
        while (oldest := next(iter(self._until))) != session and self._until[oldest] < now:
            del self._until[oldest]

    def __contains__(self, session: str) -> bool:
        return session in self._until
