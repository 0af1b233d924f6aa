"""/v1/runs: what became of syncs, and their progress as it happens."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from api.deps import Reader, Sealed, Served, Services
from api.routes.access import run_of
from api.routes.replies import Responses, reply
from api.schemas.runs import ENDED, RunList, RunQuery, RunView
from api.security import Caller
from connectors.model import SourceId
from ingest.records import SyncRun

router = APIRouter(prefix="/v1/runs", tags=["sources"])
POLL_SECONDS = 0.25
_LINE_END = re.compile("\r\n|\r|\n")
"""All that ends a line of an event."""
_KEEP_ALIVE_SECONDS = 15.0
_LONGEST_SECONDS = 600.0
"""A stream ends then, without `end`: browsers come again by themselves, with a key that counts."""
_EVENTS: Responses = {
    200: {
        "description": "Events named `run` with the run as JSON; the last one is named `end`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("", summary="List runs", response_model=RunList)
async def list_runs(
    asked: Annotated[RunQuery, Query()], caller: Reader, served: Served, sealed: Sealed
) -> Response:
    """Give the newest runs first, of all sources or of one."""
    before = sealed.open("runs", caller.tenant, asked.cursor)
    source = None if asked.source_id is None else SourceId(asked.source_id)
    found = await served.ledger.runs.list_runs(caller.tenant, source, before, asked.limit + 1)
    page, further = sealed.page("runs", caller.tenant, found, asked.limit, lambda run: run.id)
    return reply(RunList.of(await _visible(served, caller, page), caller, further))


@router.get("/{run_id}", summary="Read a run", response_model=RunView)
async def read_run(run_id: str, caller: Reader, served: Served) -> Response:
    """Give a run with its counts; `listed` is accounted for by what became of each document."""
    return reply(RunView.of(await run_of(served, caller, run_id), caller))


@router.get(
    "/{run_id}/events",
    summary="Follow a run",
    response_class=StreamingResponse,
    responses=_EVENTS,
)
async def follow_run(run_id: str, caller: Reader, served: Served) -> Response:
    """Send the run whenever it changes, as server-sent events, until it ends."""
    run = await run_of(served, caller, run_id)
    return StreamingResponse(
        _events(served, caller, run),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _visible(served: Services, caller: Caller, runs: Sequence[SyncRun]) -> list[SyncRun]:
    if caller.groups is None:
        return list(runs)
    held = await served.ledger.sources.list_sources(caller.tenant)
    seen = {record.source.id for record in held if caller.sees(record.source.access)}
    return [run for run in runs if run.source in seen]


async def followed(
    served: Services, run: SyncRun
) -> AsyncIterator[tuple[Literal["run", "end", ""], SyncRun]]:
    """Give the run whenever it changes, until it ends; now and then "" where it stands still."""
    began = spoke = time.monotonic()
    yield "run", run
    while run.state not in ENDED and time.monotonic() - began < _LONGEST_SECONDS:
        await asyncio.sleep(POLL_SECONDS)
        now = await served.ledger.runs.run(run.tenant, run.id)
        if now is None:
            return
        if now != run:
            run, spoke = now, time.monotonic()
            yield "run", run
        elif time.monotonic() - spoke > _KEEP_ALIVE_SECONDS:
            spoke = time.monotonic()
            yield "", run
    if run.state in ENDED:
        yield "end", run


async def _events(served: Services, caller: Caller, run: SyncRun) -> AsyncIterator[bytes]:
    async for name, now in followed(served, run):
        yield event(name, RunView.of(now, caller).model_dump_json() if name else "")


def event(name: str, data: str) -> bytes:
    """Write a server-sent event; without a name it only keeps the line open."""
    if not name:
        return b": still here\n\n"
    lines = "\n".join(f"data: {line}" for line in _LINE_END.split(data))
    return f"event: {name}\n{lines}\n\n".encode()
