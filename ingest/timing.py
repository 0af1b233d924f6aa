"""When a source is due next."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from ingest.records import Timing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def check_timing(timing: Timing) -> None:
    """Raise ValueError, with what is wrong, for a schedule that cannot be."""
    if timing.cron:
        _fires(timing, datetime.now(ZoneInfo("UTC")))


def next_due(timing: Timing, source: str, due: datetime | None, now: datetime) -> datetime:
    """Say when a source is due after this turn; a turn missed often is made up for once.

    An interval is counted from when this turn was due, so that lateness does not add up; with
    jitter, from full intervals of the clock, after each of which a source has its own place.
    """
    scatter = timedelta(seconds=timing.jitter_seconds * _fraction(source))
    if timing.cron:
        return _fires(timing, now - scatter) + scatter
    step = timedelta(seconds=timing.every_seconds or 0)
    if scatter:
        return now - (now - _EPOCH - scatter) % step + step
    return now + step if due is None or due + step <= now else due + step


def _fires(timing: Timing, after: datetime) -> datetime:
    # Here, since few sources have such a schedule, and reading them is slow to load.
    from apscheduler.triggers.cron import CronTrigger

    zone = ZoneInfo(timing.time_zone)
    *others, weekdays = timing.cron.split()
    said = " ".join([*others, ",".join(_named(some) for some in weekdays.split(","))])
    trigger = CronTrigger.from_crontab(said, timezone=zone)
    fires: datetime | None = trigger.get_next_fire_time(None, after + timedelta(microseconds=1))
    if fires is None:
        raise ValueError(f"'{timing.cron}' never comes")
    return fires.astimezone(ZoneInfo("UTC"))


def _named(weekdays: str) -> str:
    """Name weekdays told by number: cron counts them from Sunday on, the trigger from Monday."""
    span, _, step = weekdays.partition("/")
    first, _, last = ("0-6" if step and span == "*" else span).partition("-")
    last = last or ("6" if step else first)
    if not (first + last).isdecimal():
        return weekdays
    days = range(int(first), int(last) + 1, int(step or 1))
    if not days or days[-1] >= len(_WEEKDAYS):
        raise ValueError(f"'{weekdays}' names no weekday")
    return ",".join(_WEEKDAYS[day] for day in days)


def _fraction(source: str) -> float:
    """Scatter sources over [0, 1) without chance."""
    digest = sha256(source.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
