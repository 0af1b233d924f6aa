"""How runs and sources stand, in words."""

from datetime import datetime, timedelta

from api.cli.wire import number, pick, text, when
from connectors.model import Json

OVER = frozenset({"succeeded", "partial", "failed", "needs_confirmation"})
"""States in which a run no longer moves by itself."""
LONG = timedelta(minutes=1)
"""Who rests for longer is not waited for."""


def rest(run: Json) -> str:
    """Say until when a run rests; "" for one that does not."""
    return f"rests until {when(run, 'rests_until')} UTC" if text(run, "rests_until") else ""


def rests_long(run: Json, now: datetime) -> bool:
    """Say whether the run rests for longer than anybody wants to watch."""
    until = text(run, "rests_until")
    return bool(until) and datetime.fromisoformat(until) - now > LONG


def state_of(run: Json) -> str:
    """Say how a run stands, and since when it has ended."""
    return rest(run) or f"{text(run, 'state')} {when(run, 'ended_at')}".strip()


def waits(source: Json) -> bool:
    """Say whether a source does nothing until a person answers."""
    return text(source, "last_run", "state") == "needs_confirmation"


def state_of_source(source: Json) -> str:
    """Say what somebody has to know of a source; "" for one that was never to be read."""
    if pick(source, "removing"):
        return "removing"
    last = pick(source, "last_run")
    stands = "waits for you" if waits(source) else rest(last) or text(last, "state")
    return ", ".join(filter(None, ["paused" if pick(source, "paused") else "", stands]))


def went_well(run: Json) -> bool:
    """Say whether the run did all that it had to do; documents may have failed before it."""
    state = text(run, "state")
    return state == "succeeded" or (state == "partial" and not number(run, "counts", "failed"))
