"""Upkeep of a shard behind its clients' backs: to disk soon after writes, vacuum when idle."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from qdrant_edge import EdgeShard

from ingest.adapters import edge_protocol as wire

# A flush takes 95 ms at 30,000 points, so it waits for a pause in the writing, but not long.
_PAUSE_S = 2.0
_LONGEST_S = 15.0
# Removing the deleted points freezes the index for 0.6 s at 30,000 of them, so it waits
# until nobody has asked anything for a while. Edge does it only where a fifth is deleted.
_IDLE_S = 60.0
_LOOK_S = 0.5

_WRITES = (wire.Upsert, wire.Relabel, wire.Delete, wire.Forget)


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened since the last upkeep, in seconds of one clock; None: nothing."""

    asked_at: float
    first_write: float | None = None
    last_write: float | None = None
    vacuumed: bool = True

    def after(self, message: wire.Message, now: float) -> "Activity":
        """Add one request."""
        if not isinstance(message, _WRITES):
            return replace(self, asked_at=now)
        first = now if self.first_write is None else self.first_write
        return Activity(now, first_write=first, last_write=now, vacuumed=False)

    def flush_due(self, now: float) -> bool:
        """Say whether the writes have paused, or wait for too long."""
        if self.first_write is None or self.last_write is None:
            return False
        return now - self.last_write >= _PAUSE_S or now - self.first_write >= _LONGEST_S

    def vacuum_due(self, now: float) -> bool:
        """Say whether there may be something to remove and nobody is there to wait."""
        return not self.vacuumed and now - self.asked_at >= _IDLE_S


class Keeper:
    """Flushes and vacuums one shard in time."""

    def __init__(self, shard: EdgeShard, now: Callable[[], float]) -> None:
        self._shard = shard
        self._now = now
        self._activity = Activity(asked_at=now())
        self.failure = ""
        """The last error of the upkeep, "" when the latest try went well."""

    def note(self, message: wire.Message) -> None:
        """Remember what was asked, before it is done."""
        if not isinstance(message, wire.AskHealth):
            self._activity = self._activity.after(message, self._now())

    def flush(self) -> None:
        """Write everything to disk; raises what Edge raises."""
        self._shard.flush()
        self._activity = replace(self._activity, first_write=None, last_write=None)

    def vacuum(self) -> None:
        """Give back the room of deleted points; raises what Edge raises."""
        self._shard.optimize()
        self._activity = replace(self._activity, vacuumed=True)

    async def run(self) -> None:
        """Look after the shard until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                self._look()
            except Exception as error:  # Edge raises nothing more precise; tried again soon
                self.failure = str(error)

    def _look(self) -> None:
        now = self._now()
        if self._activity.flush_due(now):
            self.flush()
            self.failure = ""
        elif self._activity.vacuum_due(now):
            self.vacuum()
            self.failure = ""
