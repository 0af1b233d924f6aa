"""When a source is synced, as a form asks it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from pydantic import ValidationError

from api.desk.words import N_
from api.schemas.common import every_of
from api.schemas.sources import ScheduleBody
from ingest.records import SourceRecord

CRON = "cron"
RHYTHMS: Mapping[str, str] = {
    "": N_("Only when asked"),
    "15m": N_("Every 15 minutes"),
    "1h": N_("Every hour"),
    "6h": N_("Every 6 hours"),
    "1d": N_("Every day"),
    "7d": N_("Every week"),
    CRON: N_("At set times"),
}


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What was chosen; `cron` counts only where set times were."""

    every: str = ""
    cron: str = ""
    time_zone: str = ""

    def body(self) -> ScheduleBody | None:
        """Give it as the API takes it; raises ValidationError."""
        if not self.every:
            return None
        if self.every != CRON:
            return ScheduleBody(every=self.every)
        return ScheduleBody(cron=self.cron, time_zone=self.time_zone or "UTC")

    @property
    def others(self) -> tuple[str, ...]:
        """Give the rhythm where it is none of those that are offered."""
        return () if self.every in RHYTHMS else (self.every,)


def rhythm_of(record: SourceRecord) -> Rhythm:
    """Give when a source is synced."""
    timing = record.timing
    if timing is None:
        return Rhythm()
    if timing.every_seconds is not None:
        return Rhythm(every_of(timing.every_seconds))
    return Rhythm(CRON, timing.cron, timing.time_zone)


def asked_rhythm(
    every: Annotated[str, Form(max_length=12)] = "",
    cron: Annotated[str, Form(max_length=100)] = "",
    time_zone: Annotated[str, Form(max_length=64)] = "",
) -> Rhythm:
    """Read the form."""
    return Rhythm(every, cron.strip(), time_zone.strip())


def told(error: ValidationError) -> str:
    """Say in a sentence what cannot be."""
    return "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
