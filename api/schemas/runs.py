"""Runs on the wire."""

from collections.abc import Sequence
from datetime import datetime

from api.schemas.common import Asked, Id, PageQuery, Told, shape
from api.security import Caller
from ingest.records import RunCounts, RunKind, RunState, SyncRun

_COUNTS = {
    "listed": 12,
    "fetched": 3,
    "unchanged": 9,
    "indexed": 2,
    "deleted": 0,
    "failed": 1,
    "no_content": 0,
    "chunks_embedded": 5,
    "chunks_reused": 31,
    "tokens_embedded": 640,
    "tokens_reused": 3970,
}
_ERROR = {"ref": "scan.pdf", "reason": "The PDF is encrypted."}
RUN_EXAMPLE = {
    "id": "r_0d2e",
    "source_id": "s_7f3a",
    "kind": "changes",
    "state": "partial",
    "counts": _COUNTS,
    "errors": [_ERROR],
    "awaiting": [],
    "confirmed": False,
    "queued_at": "2026-03-02T08:15:00Z",
    "started_at": "2026-03-02T08:15:01Z",
    "ended_at": "2026-03-02T08:15:09Z",
    "rests_until": None,
}
ENDED = frozenset({RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED})


class RunQuery(PageQuery):
    """Which runs are asked for."""

    source_id: Id | None = None


class ConfirmBody(Asked):
    """Which run's deletions are confirmed."""

    model_config = shape({"run_id": "r_0d2e"}, strict=True)

    run_id: Id
    """Named, so that nobody confirms other deletions than those that were looked at."""


class CountsView(Told):
    """What a run did so far."""

    model_config = shape(_COUNTS, strict=False)

    listed: int
    fetched: int
    unchanged: int
    indexed: int
    deleted: int
    failed: int
    no_content: int
    chunks_embedded: int
    chunks_reused: int
    tokens_embedded: int
    tokens_reused: int

    @classmethod
    def of(cls, counts: RunCounts) -> "CountsView":
        """Show the counts of a run."""
        return cls(**{name: getattr(counts, name) for name in cls.model_fields})


class SyncErrorView(Told):
    """Why one document, or with an empty ref the whole run, failed."""

    model_config = shape(_ERROR, strict=False)

    ref: str
    reason: str


class RunView(Told):
    """One run of one source; documents are named only to keys that see all groups."""

    model_config = shape(RUN_EXAMPLE, strict=False)

    id: str
    source_id: str
    kind: RunKind
    """What it looks at: `changes` since the last run, `full`: everything, `retry`: what failed."""
    state: RunState
    counts: CountsView
    errors: list[SyncErrorView]
    """The first hundred."""
    awaiting: list[str]
    """Documents whose deletion waits for `POST /v1/sources/{id}/confirm`."""
    confirmed: bool
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    rests_until: datetime | None
    """When a running one goes on, where its source asked to be left alone."""

    @classmethod
    def of(cls, run: SyncRun, caller: Caller) -> "RunView":
        """Show a run to the caller."""
        everything = caller.groups is None
        errors = run.errors if everything else ()
        return cls(
            id=run.id,
            source_id=run.source,
            kind=run.kind,
            state=run.state,
            counts=CountsView.of(run.counts),
            errors=[SyncErrorView(ref=one.ref, reason=one.reason) for one in errors],
            awaiting=list(run.awaiting) if everything else [],
            confirmed=run.confirmed,
            queued_at=run.queued_at,
            started_at=run.started_at,
            ended_at=run.ended_at,
            rests_until=run.rests_until,
        )


class RunList(Told):
    """A page of runs, newest first."""

    model_config = shape({"items": [RUN_EXAMPLE], "next_cursor": None}, strict=False)

    items: list[RunView]
    next_cursor: str | None

    @classmethod
    def of(cls, runs: Sequence[SyncRun], caller: Caller, next_cursor: str | None) -> "RunList":
        """Show a page of runs to the caller."""
        return cls(items=[RunView.of(run, caller) for run in runs], next_cursor=next_cursor)
