"""/v1/sources: where documents come from."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import Reader, Sealed, Served, Services, Writer
from api.errors import Conflict, Forbidden, NotFound
from api.paging import after
from api.routes.access import require_sight, run_of, source_of, working_source
from api.routes.credentials import check_secrets
from api.routes.replies import reply
from api.schemas.common import PageQuery, plain
from api.schemas.runs import ConfirmBody, RunView
from api.schemas.sources import (
    PRIORITIES,
    ScheduleBody,
    SourceBody,
    SourceChange,
    SourceList,
    SourceView,
    SyncBody,
    new_source,
)
from api.security import ADMIN, Caller
from connectors.model import Source
from connectors.registry import full_scan_seconds
from ingest.model import RunId
from ingest.records import RunKind, RunState, SourceRecord, SyncRun

router = APIRouter(prefix="/v1/sources", tags=["sources"])
_KEPT_WITHIN = timedelta(minutes=1)
_REACHES_DOCUMENTS = frozenset({"settings", "access", "tags"})
"""What every document of the source must hear of, so that a full scan is due."""


@router.post("", status_code=201, summary="Add a source", response_model=SourceView)
async def add_source(body: SourceBody, caller: Writer, served: Served) -> Response:
    """Keep a new source; one with a schedule is synced at once, the others when asked."""
    record = await added(served, caller, body)
    place = {"Location": f"/v1/sources/{record.source.id}"}
    return reply(SourceView.of(record, caller, body.credentials, None), 201, place)


async def added(served: Services, caller: Caller, body: SourceBody) -> SourceRecord:
    """Check a new source and keep it with its secrets; raises Forbidden, SettingsInvalid."""
    _require_groups(caller, body.access)
    source = new_source(body, served.new_id(), caller)
    _require_admin(served, caller, source)
    served.kinds.check(source, operator=caller.operator)
    secrets = plain(body.credentials)
    check_secrets(served, caller, source, secrets)
    now = served.clock()
    record = SourceRecord(
        source=source,
        timing=body.schedule.timing if body.schedule else None,
        next_due_at=now if body.schedule else None,
        paused=False,
        cursor=None,
        created_at=now,
        priority=PRIORITIES[body.priority],
        full_every_seconds=full_every(source, body.schedule),
    )
    await _keep(served, record, secrets)
    return record


@router.get("", summary="List sources", response_model=SourceList)
async def list_sources(
    asked: Annotated[PageQuery, Query()], caller: Reader, served: Served, sealed: Sealed
) -> Response:
    """Give the sources, oldest first."""
    seen_last = sealed.open("sources", caller.tenant, asked.cursor)
    held = await served.ledger.sources.list_sources(caller.tenant)
    seen = [record for record in held if caller.sees(record.source.access)]
    found = after(seen, seen_last, _id)
    page, further = sealed.page("sources", caller.tenant, found, asked.limit, _id)
    names = await served.ledger.credentials.credential_names(caller.tenant)
    last = await served.ledger.runs.last_runs(caller.tenant, [one.source.id for one in page])
    items = [
        SourceView.of(one, caller, names.get(one.source.id, ()), last.get(one.source.id))
        for one in page
    ]
    return reply(SourceList(items=items, next_cursor=further))


@router.get("/{source_id}", summary="Read a source", response_model=SourceView)
async def read_source(source_id: str, caller: Reader, served: Served) -> Response:
    """Give a source with when it was synced and when it is due."""
    return reply(await _view(served, caller, await source_of(served, caller, source_id)))


@router.patch("/{source_id}", summary="Change a source", response_model=SourceView)
async def change_source(
    source_id: str, body: SourceChange, caller: Writer, served: Served
) -> Response:
    """Change what is named; new settings, access or tags begin a full scan at once."""
    record = await working_source(served, caller, source_id)
    changed = _changed(record, body)
    _require_groups(caller, changed.source.access, record.source.access)
    if _differs(record.source, changed.source, "settings"):
        _require_admin(served, caller, record.source, changed.source)
    served.kinds.check(changed.source, operator=caller.operator)
    await served.ledger.sources.save_source(changed)
    await _reschedule(served, record, changed)
    if any(_differs(record.source, changed.source, name) for name in _REACHES_DOCUMENTS):
        await served.ledger.documents.reread(caller.tenant, record.source.id)
        if not changed.paused:
            await served.schedule.request_run(caller.tenant, record.source.id, RunKind.FULL)
    return reply(await _view(served, caller, await source_of(served, caller, source_id)))


@router.delete(
    "/{source_id}",
    status_code=202,
    summary="Remove a source",
    response_model=SourceView,
)
async def remove_source(source_id: str, caller: Writer, served: Served) -> Response:
    """Have the source removed with all its documents; it is listed as `removing` until then."""
    record = await source_of(served, caller, source_id)
    if not await served.schedule.remove_source(caller.tenant, record.source.id):
        raise NotFound
    removing = replace(record, removing=True, next_due_at=None)
    return reply(await _view(served, caller, removing), 202)


@router.post("/{source_id}/sync", status_code=202, summary="Sync now", response_model=RunView)
async def sync_source(
    source_id: str, caller: Writer, served: Served, body: SyncBody | None = None
) -> Response:
    """Queue a run, or give the one that is queued already; follow it at its `Location`."""
    run = await requested(served, caller, source_id, RunKind.CHANGES if body is None else body.kind)
    return reply(RunView.of(run, caller), 202, {"Location": f"/v1/runs/{run.id}"})


async def requested(served: Services, caller: Caller, source_id: str, kind: RunKind) -> SyncRun:
    """Queue a run of a source; raises NotFound, Conflict."""
    record = await working_source(served, caller, source_id)
    if kind is RunKind.RETRY:
        await served.ledger.documents.retry_now(caller.tenant, record.source.id)
    return await served.schedule.request_run(caller.tenant, record.source.id, kind)


@router.post(
    "/{source_id}/confirm",
    status_code=202,
    summary="Confirm a braked deletion",
    response_model=RunView,
)
async def confirm(source_id: str, body: ConfirmBody, caller: Writer, served: Served) -> Response:
    """Let a run in `needs_confirmation` delete the documents that it names as `awaiting`."""
    run = await _waiting(served, caller, source_id, body.run_id)
    confirmed = await served.schedule.confirm(caller.tenant, run.id)
    if confirmed is None:
        raise Conflict("The run waits no more: somebody else answered.")
    return reply(RunView.of(confirmed, caller), 202, {"Location": f"/v1/runs/{confirmed.id}"})


@router.post("/{source_id}/refuse", summary="Refuse a braked deletion", response_model=RunView)
async def refuse(source_id: str, body: ConfirmBody, caller: Writer, served: Served) -> Response:
    """Give up a run in `needs_confirmation`, so that nothing is deleted and the source goes on.

    The next run that looks at everything finds the same to be gone, and waits again.
    """
    run = await _waiting(served, caller, source_id, body.run_id)
    await served.schedule.give_up(run)
    return reply(RunView.of(await run_of(served, caller, run.id), caller))


async def _waiting(served: Services, caller: Caller, source_id: str, run_id: str) -> SyncRun:
    """Give the run of the source that waits; raises NotFound, Forbidden or Conflict."""
    record = await working_source(served, caller, source_id)
    run = await served.ledger.runs.run(caller.tenant, RunId(run_id))
    if run is None or run.source != record.source.id:
        raise NotFound
    await require_sight(served, caller, run)
    if run.state is not RunState.NEEDS_CONFIRMATION:
        raise Conflict(f"The run waits for nothing: it is {run.state.value}.")
    return run


async def _keep(served: Services, record: SourceRecord, secrets: Mapping[str, str]) -> None:
    """Keep a new source; with secrets it is due once these are there.

    Or a little later, to tell that it lacks them: should we end in between, nothing else would.
    """
    source, sources = record.source, served.ledger.sources
    if not secrets:
        await sources.add_source(record)
        return
    later = record.next_due_at and record.next_due_at + _KEPT_WITHIN
    await sources.add_source(replace(record, next_due_at=later))
    await served.credentials.write(source.tenant, source.id, secrets)
    await sources.set_due(source.id, record.next_due_at)


async def _view(served: Services, caller: Caller, record: SourceRecord) -> SourceView:
    source = record.source.id
    held = await served.ledger.credentials.credentials(caller.tenant, source)
    last = await served.ledger.runs.last_runs(caller.tenant, [source])
    return SourceView.of(record, caller, held.names if held else (), last.get(source))


def _require_groups(
    caller: Caller, access: frozenset[str], before: frozenset[str] | None = None
) -> None:
    if not caller.may_show(access, before):
        raise Forbidden("A key cannot show a source to groups that it does not have itself.")


def _require_admin(served: Services, caller: Caller, *sources: Source) -> None:
    """Refuse a writer what reaches into private networks, be it only to change where."""
    if not caller.may(ADMIN) and any(served.kinds.needs_admin(source) for source in sources):
        raise Forbidden("Only a key with the scope `admin` sets a source with `allow_private`.")


def _changed(record: SourceRecord, body: SourceChange) -> SourceRecord:
    named = body.model_fields_set & {"name", "settings", "access", "tags"}
    given = {name: getattr(body, name) for name in named}
    source = replace(record.source, **given)
    if "schedule" in body.model_fields_set:
        timing = body.schedule.timing if body.schedule else None
        full = full_every(source, body.schedule)
        record = replace(record, timing=timing, full_every_seconds=full)
    paused = record.paused if body.paused is None else body.paused
    priority = record.priority if body.priority is None else PRIORITIES[body.priority]
    return replace(record, source=source, paused=paused, priority=priority)


async def _reschedule(served: Services, old: SourceRecord, new: SourceRecord) -> None:
    if old.timing != new.timing:
        due = None if new.timing is None else served.clock()
        await served.ledger.sources.set_due(new.source.id, due)


def _differs(old: Source, new: Source, name: str) -> bool:
    return bool(getattr(old, name) != getattr(new, name))


def full_every(source: Source, schedule: ScheduleBody | None) -> int | None:
    """Say how often a run looks at everything: as asked for, or as the kind needs it."""
    asked = schedule.full_every_seconds if schedule else None
    return asked if asked is not None else full_scan_seconds(source)


def _id(record: SourceRecord) -> str:
    return record.source.id
