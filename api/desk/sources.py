"""Where documents come from: how each source stands, when it is synced, and what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form
from pydantic import ValidationError
from starlette.responses import Response

from api.deps import Served, Services
from api.desk.asking import sources_of
from api.desk.doors import Seeing, Shown, Writing, desk_router
from api.desk.kinds import KINDS, Kind
from api.desk.schedules import RHYTHMS, Rhythm, asked_rhythm, rhythm_of, told
from api.desk.shell import Visitor
from api.desk.words import N_
from api.routes.access import source_of
from api.routes.sources import change_source, requested
from api.schemas.sources import ScheduleBody, SourceChange
from connectors.model import Json
from ingest.freshness.standing import PageFilter
from ingest.reading import DocumentRecord
from ingest.records import DocumentState, RunKind, SourceRecord, SyncRun

router = desk_router()
PATH = "/sources"
ONE = PATH + "/{source_id}"
_RUNS = 10
_FAILED = 25
_PAUSED = N_("This source is not synced any more, until somebody lets it go on.")
_RESUMED = N_("This source is synced again.")
_SCHEDULED = N_("Noted when this source is synced.")
_RETRIED = N_("What failed is read again.")
_SYNCING = N_("The sync is under way.")
_UNKNOWN_KIND = Kind("", "", "", "sources")

Counts = Mapping[DocumentState, int]


@dataclass(frozen=True, slots=True)
class Line:
    """A source in the list; `counts` are None where they would tell of hidden pages."""

    record: SourceRecord
    kind: Kind
    last: SyncRun | None
    counts: Counts | None


@dataclass(frozen=True, slots=True)
class SourcePage:
    """All that the page shows of a source."""

    line: Line
    settings: Mapping[str, Json] | None
    """None: not for this visitor."""
    credentials: Sequence[str]
    """Their names."""
    runs: Sequence[SyncRun]
    failed: Sequence[DocumentRecord]
    rhythm: Rhythm
    rhythms: Mapping[str, str]
    wrong: str = ""
    """What is wrong with the schedule that was asked for."""

    @property
    def path(self) -> str:
        """Give its address."""
        return f"{PATH}/{self.line.record.source.id}"


@router.get(PATH)
async def sources(me: Seeing, desk: Shown, served: Served) -> Response:
    """Show all sources, oldest first."""
    records = await sources_of(served, me.caller)
    ids = [one.source.id for one in records]
    last = await served.ledger.runs.last_runs(me.caller.tenant, ids)
    lines = [await _line(served, me, one, last.get(one.source.id)) for one in records]
    return desk.show(me, "sources", lines=lines)


@router.get(ONE)
async def source(source_id: str, me: Seeing, desk: Shown, served: Served) -> Response:
    """Show a source with its runs and with what failed."""
    return desk.show(me, "source", page=await _page(served, me, source_id))


@router.post(ONE + "/sync")
async def sync(
    source_id: str,
    me: Writing,
    desk: Shown,
    served: Served,
    *,
    everything: Annotated[bool, Form()] = False,
) -> Response:
    """Begin a run, and follow it."""
    kind = RunKind.FULL if everything else RunKind.CHANGES
    run = await requested(served, me.caller, source_id, kind)
    return desk.go(me, f"/runs/{run.id}", me.say(_SYNCING))


@router.post(ONE + "/retry")
async def retry(source_id: str, me: Writing, desk: Shown, served: Served) -> Response:
    """Read again what failed."""
    run = await requested(served, me.caller, source_id, RunKind.RETRY)
    return desk.go(me, f"/runs/{run.id}", me.say(_RETRIED))


@router.post(ONE + "/pause")
async def pause(source_id: str, me: Writing, desk: Shown, served: Served) -> Response:
    """Leave a source alone."""
    await change_source(source_id, SourceChange(paused=True), me.caller, served)
    return desk.go(me, f"{PATH}/{source_id}", me.say(_PAUSED))


@router.post(ONE + "/resume")
async def resume(source_id: str, me: Writing, desk: Shown, served: Served) -> Response:
    """Let a source go on."""
    await change_source(source_id, SourceChange(paused=False), me.caller, served)
    return desk.go(me, f"{PATH}/{source_id}", me.say(_RESUMED))


@router.post(ONE + "/schedule")
async def reschedule(
    source_id: str,
    me: Writing,
    desk: Shown,
    served: Served,
    rhythm: Annotated[Rhythm, Depends(asked_rhythm)],
) -> Response:
    """Set when a source is synced; how often it looks at everything stays."""
    try:
        body = _with_rest(rhythm.body(), await source_of(served, me.caller, source_id))
    except ValidationError as error:
        page = await _page(served, me, source_id, rhythm, told(error))
        return desk.show(me, "source", 422, page=page)
    await change_source(source_id, SourceChange(schedule=body), me.caller, served)
    return desk.go(me, f"{PATH}/{source_id}", me.say(_SCHEDULED))


def _with_rest(body: ScheduleBody | None, record: SourceRecord) -> ScheduleBody | None:
    """Keep what the form does not ask: the jitter, and how often everything is looked at."""
    before = ScheduleBody.of(record)
    if body is None or before is None:
        return body
    kept = {"jitter": before.jitter, "full_every": before.full_every}
    return body.model_copy(update=kept)


async def _page(
    served: Services, me: Visitor, source_id: str, asked: Rhythm | None = None, wrong: str = ""
) -> SourcePage:
    record = await source_of(served, me.caller, source_id)
    tenant, name = me.caller.tenant, record.source.id
    runs = await served.ledger.runs.list_runs(tenant, name, None, _RUNS)
    last = await served.ledger.runs.last_runs(tenant, [name])
    writes = me.may("write")
    held = await served.ledger.credentials.credentials(tenant, name) if writes else None
    line = await _line(served, me, record, last.get(name))
    return SourcePage(
        line=line,
        settings=record.source.settings if writes else None,
        credentials=sorted(held.names) if held else (),
        runs=runs,
        failed=await _failed(served, me, line),
        rhythm=asked or rhythm_of(record),
        rhythms=RHYTHMS,
        wrong=wrong,
    )


async def _failed(served: Services, me: Visitor, line: Line) -> Sequence[DocumentRecord]:
    """Give what could not be read; where nothing is, no list of all pages is looked through."""
    if line.counts is not None and not line.counts.get(DocumentState.FAILED):
        return ()
    where = PageFilter(me.caller.groups, line.record.source.id, DocumentState.FAILED)
    return await served.ledger.standing.stalest(me.caller.tenant, where, None, _FAILED)


async def _line(served: Services, me: Visitor, record: SourceRecord, last: SyncRun | None) -> Line:
    source = record.source
    counts = None
    if me.caller.groups is None:
        counts = await served.ledger.documents.count_documents(source.tenant, source.id)
    return Line(record, KINDS.get(source.kind, _UNKNOWN_KIND), last, counts)
