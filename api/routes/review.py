"""/v1/review: the queue of what waits for somebody, and what is decided of pages."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import Reader, Sealed, Served, Writer
from api.routes.access import actor_of
from api.routes.replies import reply
from api.schemas.documents import DocumentView
from api.schemas.flags import ReviewQuery, ReviewView
from api.schemas.review import EntrustBody, ReasonBody
from ingest.model import DocumentId

router = APIRouter(prefix="/v1", tags=["review"])


@router.get("/review", summary="Read the queue", response_model=ReviewView)
async def read_queue(
    asked: Annotated[ReviewQuery, Query()], caller: Reader, served: Served, sealed: Sealed
) -> Response:
    """Give what is open, by impact, and how many there are of each kind.

    Impact is how often the page answers, times how stale it is, times how severe the flag is.
    """
    actor, where = actor_of(caller), asked.filter()
    last = sealed.open("review", caller.tenant, asked.cursor)
    found = await served.review.flags(actor, where, last, asked.limit + 1)
    page, further = sealed.page("review", caller.tenant, found, asked.limit, lambda flag: flag.id)
    return reply(ReviewView.of(page, await served.review.counts(actor, where), further))


@router.post(
    "/documents/{document_id}/verify", summary="Say: still right", response_model=DocumentView
)
async def verify(document_id: str, caller: Writer, served: Served) -> Response:
    """Note that a person looked at the document just now and says that it is right.

    That ends the flags that speak of its age; an edit voids it.
    """
    record = await served.review.verify(actor_of(caller), DocumentId(document_id))
    return reply(DocumentView.of(record))


@router.post(
    "/documents/{document_id}/quarantine",
    summary="Keep from answering",
    response_model=DocumentView,
)
async def quarantine(
    document_id: str, body: ReasonBody, caller: Writer, served: Served
) -> Response:
    """Keep a page out of every answer at once, until it is released or its text changes."""
    actor = actor_of(caller)
    record = await served.review.quarantine(actor, DocumentId(document_id), body.reason)
    return reply(DocumentView.of(record))


@router.post(
    "/documents/{document_id}/release", summary="Let answer again", response_model=DocumentView
)
async def release(document_id: str, body: ReasonBody, caller: Writer, served: Served) -> Response:
    """Let a quarantined page answer again as it is."""
    actor = actor_of(caller)
    record = await served.review.release(actor, DocumentId(document_id), body.reason)
    return reply(DocumentView.of(record))


@router.post(
    "/documents/{document_id}/entrust",
    summary="Say who looks after it",
    response_model=DocumentView,
)
async def entrust(document_id: str, body: EntrustBody, caller: Writer, served: Served) -> Response:
    """Say who looks after a page, and by when somebody is to look at it."""
    record = await served.review.entrust(
        actor_of(caller), DocumentId(document_id), body.owner, body.due_at
    )
    return reply(DocumentView.of(record))
