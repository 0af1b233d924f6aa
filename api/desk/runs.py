"""One run of a source: how far it is, what it did, and what it waits for a person to say."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Form
from starlette.responses import Response, StreamingResponse

from api.deps import Served, Services
from api.desk.doors import Seeing, Shown, Writing, desk_router
from api.desk.shell import Desk, Visitor
from api.desk.words import N_
from api.routes.access import run_of
from api.routes.runs import event, followed
from api.routes.sources import confirm as confirm_deletion
from api.routes.sources import refuse as refuse_deletion
from api.schemas.runs import ENDED, ConfirmBody
from ingest.records import RunKind, RunState, SourceRecord, SyncError, SyncRun

router = desk_router()
ONE = "/runs/{run_id}"
_SHOWN = 200
"""How many of the documents that would be deleted are listed."""
_MISCOUNTED = N_("Nothing was deleted: type the number of documents as it is shown.")
_CONFIRMED = N_("The documents are deleted now.")
_REFUSED = N_("Nothing was deleted. The next run that looks at everything asks again.")
KINDS = {
    RunKind.CHANGES: N_("What changed"),
    RunKind.FULL: N_("Everything"),
    RunKind.RETRY: N_("What failed"),
}


@dataclass(frozen=True, slots=True)
class Leaving:
    """A document whose deletion waits for a person."""

    ref: str
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """The page; what names documents is for who sees all of them."""

    run: SyncRun
    source: SourceRecord | None
    kind: str
    errors: Sequence[SyncError]
    awaiting: Sequence[Leaving]
    hidden: bool

    @property
    def path(self) -> str:
        """Give its address."""
        return f"/runs/{self.run.id}"

    @property
    def ended(self) -> bool:
        """Say whether nothing more will happen."""
        return self.run.state in ENDED

    @property
    def waits(self) -> bool:
        """Say whether it waits for a person."""
        return self.run.state is RunState.NEEDS_CONFIRMATION

    @property
    def done(self) -> int:
        """Count the documents that are accounted for."""
        counts = self.run.counts
        settled = counts.unchanged + counts.indexed + counts.failed + counts.no_content
        return min(settled, counts.listed)


@router.get(ONE)
async def run(run_id: str, me: Seeing, desk: Shown, served: Served) -> Response:
    """Show a run; to htmx what changes while it runs."""
    page = await _page(served, me, await run_of(served, me.caller, run_id))
    return desk.show(me, "run_part" if me.partial else "run", page=page)


@router.get(ONE + "/events")
async def follow(run_id: str, me: Seeing, desk: Shown, served: Served) -> Response:
    """Send what the page shows of the run whenever that changes, until the run ends."""
    found = await run_of(served, me.caller, run_id)
    headers = {"X-Accel-Buffering": "no"}
    told = _events(desk, me, served, found)
    return StreamingResponse(told, media_type="text/event-stream", headers=headers)


@router.post(ONE + "/confirm")
async def confirm(
    run_id: str,
    me: Writing,
    desk: Shown,
    served: Served,
    count: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Let a braked run delete, once the number of documents was typed."""
    waiting = await run_of(served, me.caller, run_id)
    if waiting.awaiting and count.strip() != str(len(waiting.awaiting)):
        return desk.go_wrong(me, f"/runs/{run_id}", me.say(_MISCOUNTED))
    body = ConfirmBody(run_id=waiting.id)
    await confirm_deletion(waiting.source, body, me.caller, served)
    return desk.go(me, f"/runs/{run_id}", me.say(_CONFIRMED))


@router.post(ONE + "/refuse")
async def refuse(run_id: str, me: Writing, desk: Shown, served: Served) -> Response:
    """Give a braked run up, so that nothing is deleted."""
    waiting = await run_of(served, me.caller, run_id)
    body = ConfirmBody(run_id=waiting.id)
    await refuse_deletion(waiting.source, body, me.caller, served)
    return desk.go(me, f"/runs/{run_id}", me.say(_REFUSED))


async def _events(
    desk: Desk, me: Visitor, served: Services, found: SyncRun
) -> AsyncIterator[bytes]:
    async for name, now in followed(served, found):
        # What the page tells as passed is told from this moment, not from when it was opened.
        reader = replace(me, formats=replace(me.formats, now=desk.clock()))
        page = await _page(served, reader, now) if name else None
        shown = desk.show(reader, "run_part", page=page).body if page else b""
        yield event(name, bytes(shown).decode())


async def _page(served: Services, me: Visitor, found: SyncRun) -> RunPage:
    hidden = me.caller.groups is not None
    source = await served.ledger.sources.source(me.caller.tenant, found.source)
    awaiting = () if hidden else await _leaving(served, found)
    errors = () if hidden else found.errors
    return RunPage(found, source, KINDS[found.kind], errors, awaiting, hidden)


async def _leaving(served: Services, found: SyncRun) -> Sequence[Leaving]:
    refs = found.awaiting[:_SHOWN]
    if not refs:
        return ()
    heads = await served.ledger.documents.heads(found.tenant, found.source, refs)
    titles: Mapping[str, Leaving] = {
        ref: Leaving(ref, head.facts.id, head.facts.title or ref) for ref, head in heads.items()
    }
    return [titles.get(ref, Leaving(ref, "", ref)) for ref in refs]
