"""Sources on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, JsonValue, field_validator, model_validator

from api.schemas.common import Asked, Name, Tags, Told, every_of, seconds_of, shape
from api.security import Caller
from connectors.model import Source, SourceId
from ingest.records import SourceRecord

_SETTINGS = {"path": "/srv/help-centre", "include": ["**/*.md"], "exclude": ["drafts/**"]}
_SCHEDULE = {"every": "15m"}
_BODY = {
    "kind": "files",
    "name": "Help centre",
    "settings": _SETTINGS,
    "schedule": _SCHEDULE,
    "access": [],
    "tags": ["public"],
}
_VIEW = {
    **_BODY,
    "id": "s_7f3a",
    "paused": False,
    "removing": False,
    "created_at": "2026-03-01T09:00:00Z",
    "last_synced_at": "2026-03-02T08:15:09Z",
    "next_due_at": "2026-03-02T08:30:09Z",
}


class ScheduleBody(Asked):
    """How often a source is synced."""

    model_config = shape(_SCHEDULE, strict=True)

    every: Annotated[str, Field(max_length=12)]
    """A number with s, m, h or d, from 30s to 366d."""

    @field_validator("every")
    @classmethod
    def _readable(cls, every: str) -> str:
        return every_of(seconds_of(every))

    @property
    def seconds(self) -> int:
        """The interval."""
        return seconds_of(self.every)


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
    access: Tags = frozenset()
    """Groups that may see its documents where they name none themselves; empty: everybody."""
    tags: Tags = frozenset()


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
    paused: bool | None = None

    @model_validator(mode="after")
    def _null_means_something(self) -> "SourceChange":
        for name in sorted(self.model_fields_set - {"schedule"}):
            if getattr(self, name) is None:
                raise ValueError(f"'{name}' must not be null: leave out what is to stay")
        return self


class SourceView(Told):
    """A source with what is known of its syncs."""

    model_config = shape(_VIEW, strict=False)

    id: str
    kind: str
    name: str
    settings: dict[str, JsonValue] | None
    """Null to a key without the scope `write`."""
    schedule: ScheduleBody | None
    access: list[str]
    tags: list[str]
    paused: bool
    removing: bool
    """It is being deleted with all its documents."""
    created_at: datetime
    last_synced_at: datetime | None
    next_due_at: datetime | None

    @classmethod
    def of(cls, record: SourceRecord, caller: Caller) -> "SourceView":
        """Show a source to the caller."""
        source, every = record.source, record.every_seconds
        return cls(
            id=source.id,
            kind=source.kind,
            name=source.name,
            settings=dict(source.settings) if caller.may("write") else None,
            schedule=None if every is None else ScheduleBody(every=every_of(every)),
            access=sorted(source.access),
            tags=sorted(source.tags),
            paused=record.paused,
            removing=record.removing,
            created_at=record.created_at,
            last_synced_at=record.last_synced_at,
            next_due_at=record.next_due_at,
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
