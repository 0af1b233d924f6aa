"""/v1/flags: what is wrong with pages, said by detectors, people and agents."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from api.deps import Raiser, Reader, Sealed, Served, Services, Writer
from api.flag_rows import HEADER, line, row_of
from api.routes.access import actor_of
from api.routes.replies import Responses, reply
from api.schemas.flag_bodies import (
    ActionsBody,
    AssignBody,
    CommentBody,
    DismissBody,
    FlagBody,
    NoteBody,
    SnoozeBody,
)
from api.schemas.flags import ActedView, FlagHistoryView, FlagList, FlagQuery, FlagView
from api.security import Caller
from ingest.freshness.model import FlagAction, FlagFilter
from ingest.freshness.reporting import Move

router = APIRouter(prefix="/v1", tags=["review"])
_BATCH = 200
_CSV: Responses = {
    200: {
        "description": "One line a flag, with a header; cells that a spreadsheet would take for "
        "a formula begin with an apostrophe.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}


@router.get("/flags", summary="List flags", response_model=FlagList)
async def list_flags(
    asked: Annotated[FlagQuery, Query()], caller: Reader, served: Served, sealed: Sealed
) -> Response:
    """Give flags by impact, highest first: those that are open, or in any states asked for.

    A key that is limited to groups sees those whose pages it may see, both of them where there
    are two.
    """
    last = sealed.open("flags", caller.tenant, asked.cursor)
    found = await served.review.flags(actor_of(caller), asked.filter(), last, asked.limit + 1)
    page, further = sealed.page("flags", caller.tenant, found, asked.limit, lambda flag: flag.id)
    return reply(FlagList(items=[FlagView.of(flag) for flag in page], next_cursor=further))


@router.get(
    "/flags.csv",
    summary="Export flags",
    response_class=StreamingResponse,
    responses=_CSV,
)
async def export_flags(
    asked: Annotated[FlagQuery, Query()], caller: Reader, served: Served
) -> Response:
    """Give all flags that are asked for as a table; `limit` and `cursor` count for nothing."""
    return StreamingResponse(
        _lines(served, caller, asked.filter()),
        media_type="text/csv; charset=utf-8",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="flags.csv"',
        },
    )


@router.post("/flags", status_code=201, summary="Raise a flag", response_model=FlagView)
async def raise_flag(body: FlagBody, caller: Raiser, served: Served) -> Response:
    """Say what is wrong with a page; who said the same before is joined, not doubled.

    Agents need the scope `feedback`, content teams `write`.
    """
    return reply(FlagView.of(await served.review.report(actor_of(caller), body.report())), 201)


@router.post("/flags/actions", summary="Act on many flags", response_model=ActedView)
async def act_on_many(body: ActionsBody, caller: Writer, served: Served) -> Response:
    """Do one thing with up to 500 flags: with all, or with none and the reason why not."""
    flags = await served.review.act(actor_of(caller), body.flag_ids, body.move())
    return reply(ActedView(items=[FlagView.of(flag) for flag in flags]))


@router.get("/flags/{flag_id}", summary="Read a flag", response_model=FlagHistoryView)
async def read_flag(flag_id: str, caller: Reader, served: Served) -> Response:
    """Give a flag with the words that it speaks of, side by side, and all that was done."""
    actor = actor_of(caller)
    flag = await served.review.flag(actor, flag_id)
    history = await served.review.history(actor, flag_id)
    names = {key.id: key.name for key in await served.ledger.tenants.list_keys(actor.tenant)}
    return reply(FlagHistoryView.with_history(flag, history, names))


@router.post("/flags/{flag_id}/comment", summary="Comment", response_model=FlagView)
async def comment(flag_id: str, body: CommentBody, caller: Writer, served: Served) -> Response:
    """Add a word to a flag that waits."""
    return await _acted(served, caller, flag_id, Move(FlagAction.COMMENT, body.note))


@router.post("/flags/{flag_id}/assign", summary="Assign", response_model=FlagView)
async def assign(flag_id: str, body: AssignBody, caller: Writer, served: Served) -> Response:
    """Say who is to mend the page."""
    move = Move(FlagAction.ASSIGN, body.note, body.assigned_to)
    return await _acted(served, caller, flag_id, move)


@router.post("/flags/{flag_id}/snooze", summary="Snooze", response_model=FlagView)
async def snooze(flag_id: str, body: SnoozeBody, caller: Writer, served: Served) -> Response:
    """Take a flag out of the queue until then."""
    return await _acted(served, caller, flag_id, Move(FlagAction.SNOOZE, body.note, "", body.until))


@router.post("/flags/{flag_id}/reopen", summary="Reopen", response_model=FlagView)
async def reopen(flag_id: str, body: NoteBody, caller: Writer, served: Served) -> Response:
    """Put a flag back into the queue that has ended, or sleeps."""
    return await _acted(served, caller, flag_id, Move(FlagAction.REOPEN, body.note))


@router.post("/flags/{flag_id}/resolve", summary="Resolve", response_model=FlagView)
async def resolve(flag_id: str, body: NoteBody, caller: Writer, served: Served) -> Response:
    """Say that the page is mended; detectors say it again only when the page changes."""
    return await _acted(served, caller, flag_id, Move(FlagAction.RESOLVE, body.note))


@router.post("/flags/{flag_id}/dismiss", summary="Dismiss", response_model=FlagView)
async def dismiss(flag_id: str, body: DismissBody, caller: Writer, served: Served) -> Response:
    """Say why there is nothing to mend; detectors never say it again."""
    return await _acted(served, caller, flag_id, Move(FlagAction.DISMISS, body.reason))


async def _acted(served: Services, caller: Caller, flag_id: str, move: Move) -> Response:
    (flag,) = await served.review.act(actor_of(caller), [flag_id], move)
    return reply(FlagView.of(flag))


async def _lines(served: Services, caller: Caller, where: FlagFilter) -> AsyncIterator[bytes]:
    actor, last = actor_of(caller), None
    yield line(HEADER)
    while True:
        found = await served.review.flags(actor, where, last, _BATCH)
        if found:
            yield b"".join(line(row_of(flag)) for flag in found)
        if len(found) < _BATCH:
            return
        last = found[-1].id
