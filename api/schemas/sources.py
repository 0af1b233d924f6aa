"""Sources on the wire."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, model_validator

from api.schemas.common import Asked, Name, Secrets, Tags, Told, every_of, seconds_of, shape
from api.security import Caller
from connectors.model import Source, SourceId
from ingest.records import RunKind, RunState, SourceRecord, SyncRun, Timing
from ingest.timing import check_timing

_SETTINGS = {"path": "/srv/help-centre", "include": ["**/*.md"], "exclude": ["drafts/**"]}
_SCHEDULE = {"every": "15m", "full_every": "7d"}
_BODY = {
    "kind": "files",
    "name": "Help centre",
    "settings": _SETTINGS,
    "schedule": _SCHEDULE,
    "priority": "normal",
    "access": [],
    "tags": ["public"],
}
_LAST_RUN = {
    "id": "r_0d2e",
    "state": "succeeded",
    "kind": "changes",
    "ended_at": "2026-03-02T08:15:09Z",
    "rests_until": None,
}
_VIEW = {
    **_BODY,
    "id": "s_7f3a",
    "paused": False,
    "removing": False,
    "credentials": [],
    "created_at": "2026-03-01T09:00:00Z",
    "last_synced_at": "2026-03-02T08:15:09Z",
    "last_full_at": "2026-03-01T09:00:31Z",
    "next_due_at": "2026-03-02T08:30:09Z",
    "last_run": _LAST_RUN,
}


Span = Annotated[
    str, Field(max_length=12), AfterValidator(lambda written: every_of(seconds_of(written)))
]
Priority = Literal["low", "normal", "high"]
PRIORITIES: Mapping[Priority, int] = {"low": -1, "normal": 0, "high": 1}
_WORDS: Mapping[int, Priority] = {number: word for word, number in PRIORITIES.items()}


class ScheduleBody(Asked):
    """When a source is synced: `every` so often, or by `cron`."""

    model_config = shape(_SCHEDULE, strict=True)

    every: Span | None = None
    """A number with s, m, h or d, from 30s to 366d."""
    cron: Annotated[str | None, Field(max_length=100)] = None
    """Five fields, such as `30 6 * * mon-fri`."""
    time_zone: Annotated[str, Field(max_length=64)] = "UTC"
    """What `cron` is read in, such as `Europe/Berlin`."""
    jitter: Span | None = None
    """Up to so much later, so that not all sources begin at the same second."""
    full_every: Span | None = None
    """How often a run looks at everything, where the others look at changes alone; null: as
    the kind needs it."""

    @model_validator(mode="after")
    def _can_be(self) -> "ScheduleBody":
        if (self.every is None) == (self.cron is None):
            raise ValueError("give either 'every' or 'cron'")
        try:
            check_timing(self.timing)
        except (ValueError, LookupError, OSError) as error:
            raise ValueError(f"'cron' or 'time_zone' cannot be read: {error}") from error
        return self

    @property
    def timing(self) -> Timing:
        """What the ledger keeps of it."""
        return Timing(
            every_seconds=None if self.every is None else seconds_of(self.every),
            cron=self.cron or "",
            time_zone=self.time_zone,
            jitter_seconds=0 if self.jitter is None else seconds_of(self.jitter),
        )

    @property
    def full_every_seconds(self) -> int | None:
        """How often everything is looked at."""
        return None if self.full_every is None else seconds_of(self.full_every)

    @classmethod
    def of(cls, record: SourceRecord) -> "ScheduleBody | None":
        """Show when a source is synced."""
        timing, full = record.timing, record.full_every_seconds
        if timing is None:
            return None
        # Not checked again: what was taken once can be read, whatever is allowed today.
        return cls.model_construct(
            every=None if timing.every_seconds is None else every_of(timing.every_seconds),
            cron=timing.cron or None,
            time_zone=timing.time_zone,
            jitter=every_of(timing.jitter_seconds) if timing.jitter_seconds else None,
            full_every=None if full is None else every_of(full),
        )


class SyncBody(Asked):
    """What a run is to look at."""

    model_config = shape({"kind": "full"}, strict=True)

    kind: RunKind = RunKind.CHANGES
    """`changes` since the last run, where the source can tell; `full`: everything; `retry`:
    only what failed."""


class SourceBody(Asked):
    """A new source."""

    model_config = shape(_BODY, strict=True)

    kind: Name
    """Such as `files` or `upload`."""
    name: Name
    settings: Annotated[dict[str, JsonValue], Field(default_factory=dict, max_length=100)]
    """What the kind needs to know; see the documentation of the kind."""
    schedule: ScheduleBody | None = None
    """Null: only when asked."""
    priority: Priority = "normal"
    """Who goes first where more is due than there is room for."""
    access: Tags = frozenset()
    """Groups that may see its documents where they name none themselves; empty: everybody."""
    tags: Tags = frozenset()
    credentials: Secrets = Field(default_factory=dict)
    """What opens it, by name; it is kept sealed, and never shown again."""


class SourceChange(Asked):
    """What is to change of a source; what is left out stays."""

    model_config = shape({"schedule": {"every": "1h"}, "paused": False}, strict=True)

    name: Name | None = None
    settings: Annotated[dict[str, JsonValue] | None, Field(max_length=100)] = None
    """All settings, not only those that differ."""
    schedule: ScheduleBody | None = None
    """Null: only when asked."""
    access: Tags | None = None
    tags: Tags | None = None
    priority: Priority | None = None
    paused: bool | None = None

    @model_validator(mode="after")
    def _null_means_something(self) -> "SourceChange":
        for name in sorted(self.model_fields_set - {"schedule"}):
            if getattr(self, name) is None:
                raise ValueError(f"'{name}' must not be null: leave out what is to stay")
        return self


class LastRunView(Told):
    """How a source's last run stands; `GET /v1/runs/{id}` tells the rest."""

    model_config = shape(_LAST_RUN, strict=False)

    id: str
    state: RunState
    kind: RunKind
    ended_at: datetime | None
    rests_until: datetime | None
    """When a running one goes on, where its source asked to be left alone."""

    @classmethod
    def of(cls, run: SyncRun) -> "LastRunView":
        """Show how a run stands."""
        return cls(**{name: getattr(run, name) for name in cls.model_fields})


class SourceView(Told):
    """A source with what is known of its syncs."""

    model_config = shape(_VIEW, strict=False)

    id: str
    kind: str
    name: str
    settings: dict[str, JsonValue] | None
    """Null to a key without the scope `write`."""
    schedule: ScheduleBody | None
    priority: Priority
    credentials: list[str] | None
    """The names of those that it has; null to a key without the scope `write`."""
    access: list[str]
    tags: list[str]
    paused: bool
    removing: bool
    """It is being deleted with all its documents."""
    created_at: datetime
    last_synced_at: datetime | None
    last_full_at: datetime | None
    """When the last run ended that looked at everything."""
    next_due_at: datetime | None
    last_run: LastRunView | None
    """The newest that has begun, else the one that is queued."""

    @classmethod
    def of(
        cls,
        record: SourceRecord,
        caller: Caller,
        credentials: Collection[str],
        last_run: SyncRun | None,
    ) -> "SourceView":
        """Show a source, which has credentials of these names, to the caller."""
        source = record.source
        return cls(
            id=source.id,
            kind=source.kind,
            name=source.name,
            settings=dict(source.settings) if caller.may("write") else None,
            schedule=ScheduleBody.of(record),
            priority=_WORDS[record.priority],
            credentials=sorted(credentials) if caller.may("write") else None,
            access=sorted(source.access),
            tags=sorted(source.tags),
            paused=record.paused,
            removing=record.removing,
            created_at=record.created_at,
            last_synced_at=record.last_synced_at,
            last_full_at=record.full_at,
            next_due_at=record.next_due_at,
            last_run=None if last_run is None else LastRunView.of(last_run),
        )


class SourceList(Told):
    """A page of sources, oldest first."""

    model_config = shape({"items": [_VIEW], "next_cursor": None}, strict=False)

    items: list[SourceView]
    next_cursor: str | None


def new_source(body: SourceBody, source_id: str, caller: Caller) -> Source:
    """Give the source that a body describes."""
    return Source(
        id=SourceId(source_id),
        tenant=caller.tenant,
        kind=body.kind,
        name=body.name,
        settings=body.settings,
        access=body.access,
        tags=body.tags,
    )
