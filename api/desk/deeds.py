"""What people do with a page: verify it, report it, keep it from answering, look after it."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from api.deps import Served
from api.desk.asking import chosen
from api.desk.document import ONE
from api.desk.documents import PATH
from api.desk.doors import Reporting, Shown, Writing, desk_router
from api.desk.shell import Desk, Visitor
from api.desk.words import N_
from api.routes.access import actor_of
from ingest.errors import LedgerConflict, ReviewConflict, ReviewInvalid
from ingest.freshness.model import FlagKind
from ingest.freshness.reporting import Report
from ingest.model import DocumentId

router = desk_router()
_VERIFIED = N_("Noted: you say that this page is right.")
_REPORTED = N_("Thank you. It stands in the queue now.")
_HELD = N_("This page does not answer any more.")
_RELEASED = N_("This page answers again.")
_ENTRUSTED = N_("Noted who looks after this page.")
_NO_KIND = N_("Say what is wrong with the page.")
_NO_DAY = N_("This is not a day: write it as year, month and day.")

Words = Annotated[str, Form(max_length=4_000)]


@router.post(ONE + "/verify")
async def verify(document_id: str, me: Writing, desk: Shown, served: Served) -> Response:
    """Note that a person says that the page is right."""
    deed = served.review.verify(actor_of(me.caller), DocumentId(document_id))
    return await _done(desk, me, document_id, deed, _VERIFIED)


@router.post(ONE + "/report")
async def report(
    document_id: str,
    me: Reporting,
    desk: Shown,
    served: Served,
    kind: Annotated[str, Form()] = "",
    comment: Words = "",
    quote: Words = "",
) -> Response:
    """Raise a flag on the page, on the words that are quoted."""
    said = chosen(FlagKind, kind)
    if said is None:
        return desk.go_wrong(me, _page(document_id), me.say(_NO_KIND))
    told = Report(said, DocumentId(document_id), comment=comment.strip(), quote=quote.strip())
    deed = served.review.report(actor_of(me.caller), told)
    return await _done(desk, me, document_id, deed, _REPORTED)


@router.post(ONE + "/quarantine")
async def quarantine(
    document_id: str, me: Writing, desk: Shown, served: Served, reason: Words = ""
) -> Response:
    """Keep the page from answering at once."""
    deed = served.review.quarantine(actor_of(me.caller), DocumentId(document_id), reason.strip())
    return await _done(desk, me, document_id, deed, _HELD)


@router.post(ONE + "/release")
async def release(
    document_id: str, me: Writing, desk: Shown, served: Served, reason: Words = ""
) -> Response:
    """Let the page answer again."""
    deed = served.review.release(actor_of(me.caller), DocumentId(document_id), reason.strip())
    return await _done(desk, me, document_id, deed, _RELEASED)


@router.post(ONE + "/entrust")
async def entrust(
    document_id: str,
    me: Writing,
    desk: Shown,
    served: Served,
    owner: Annotated[str, Form(max_length=200)] = "",
    due: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Note who looks after the page, and by when."""
    try:
        due_at = datetime.strptime(due, "%Y-%m-%d").replace(tzinfo=UTC) if due else None
    except ValueError:
        return desk.go_wrong(me, _page(document_id), me.say(_NO_DAY))
    deed = served.review.entrust(actor_of(me.caller), DocumentId(document_id), owner, due_at)
    return await _done(desk, me, document_id, deed, _ENTRUSTED)


async def _done(
    desk: Desk, me: Visitor, document_id: str, deed: Awaitable[object], told: str
) -> Response:
    """Do it, and lead back with what came of it."""
    try:
        await deed
    except (ReviewInvalid, ReviewConflict, LedgerConflict) as error:
        return desk.go_wrong(me, _page(document_id), str(error))
    return desk.go(me, _page(document_id), me.say(told))


def _page(document_id: str) -> str:
    return f"{PATH}/{document_id}"
