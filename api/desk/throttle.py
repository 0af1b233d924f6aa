"""Slow down who guesses keys."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

_MOST = 10
_WINDOW = timedelta(minutes=10)
_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class _Tries:
    since: datetime
    failed: int


class Throttle:
    """Count failed sign-ins by address, in this process alone."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def held(self, address: str, now: datetime) -> bool:
        """Say whether this address has failed too often in the last minutes."""
        tries = self._tries.get(address)
        return tries is not None and tries.failed >= _MOST and now - tries.since < _WINDOW

    def failed(self, address: str, now: datetime) -> None:
        """Note a failure; the oldest are forgotten where there are too many."""
        before = self._tries.pop(address, None)
        if before is None or now - before.since >= _WINDOW:
            before = _Tries(now, 0)
        self._tries[address] = _Tries(before.since, before.failed + 1)
        if len(self._tries) > _REMEMBERED:
            self._tries.popitem(last=False)
