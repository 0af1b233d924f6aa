"""/v1/audit: who did what to flags and pages."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import Administrator, Sealed, Served
from api.routes.access import actor_of
from api.routes.replies import reply
from api.schemas.review import AuditQuery, DeedList, DeedView

router = APIRouter(prefix="/v1/audit", tags=["administration"])


@router.get("", summary="Read the audit", response_model=DeedList)
async def read_audit(
    asked: Annotated[AuditQuery, Query()], caller: Administrator, served: Served, sealed: Sealed
) -> Response:
    """Give who did what, the latest first; nobody can change or delete a line."""
    last = sealed.open("audit", caller.tenant, asked.cursor)
    before = None if last is None else int(last)
    found = await served.review.deeds(actor_of(caller), asked.subject, before, asked.limit + 1)
    page, further = sealed.page(
        "audit", caller.tenant, found, asked.limit, lambda deed: str(deed.id)
    )
    return reply(DeedList(items=[DeedView.of(deed) for deed in page], next_cursor=further))
