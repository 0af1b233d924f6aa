"""/v1/digest: what a content team is told once a week, and looks through once a month."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import Decided, Reader, Served, Services
from api.digest_page import as_html, as_markdown
from api.routes.access import actor_of
from api.routes.gaps import gap_review
from api.routes.replies import Responses, reply
from api.schemas.digest import DigestMonthView, DigestQuery, DigestWeekView
from api.security import Caller
from ingest.freshness.digest import WEEK, DigestPorts, Digests, GapLine, MonthList, WeekDigest
from ingest.topics import TopicState
from retrieval.gaps.model import Gap

router = APIRouter(prefix="/v1", tags=["review"])
_MOST_GAPS = 10
_WRITTEN: Responses = {
    200: {
        "description": "The digest: JSON, or with `format` Markdown or one HTML page.",
        "content": {
            kind: {"schema": {"type": "string"}} for kind in ("text/markdown", "text/html")
        },
    }
}
_ALONE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@router.get(
    "/digest",
    summary="Read a digest",
    response_model=DigestWeekView | DigestMonthView,
    responses=_WRITTEN,
)
async def read_digest(
    asked: Annotated[DigestQuery, Query()], caller: Reader, served: Served, decided: Decided
) -> Response:
    """Give the last seven days with what waits, or the pages to look through this month.

    The HTML loads nothing, so that it can be sent by mail as it is.
    """
    told = await _made(served, caller, asked.kind)
    headers = {"Cache-Control": "no-store"}
    if asked.format == "md":
        written = as_markdown(told, decided.public_url)
        return Response(written, headers=headers, media_type="text/markdown")
    if asked.format == "html":
        headers["Content-Security-Policy"] = _ALONE
        page = as_html(told, decided.public_url)
        return Response(page, headers=headers, media_type="text/html")
    return reply(
        DigestWeekView.of(told) if isinstance(told, WeekDigest) else DigestMonthView.of(told)
    )


async def _made(served: Services, caller: Caller, kind: str) -> WeekDigest | MonthList:
    actor, ledger = actor_of(caller), served.ledger
    ports = DigestPorts(ledger.flags, ledger.freshness, ledger.sources, ledger.runs)
    digests = Digests(ports, served.clock)
    if kind == "month":
        return await digests.month(actor)
    return await digests.week(actor, await _gaps(served, caller))


async def _gaps(served: Services, caller: Caller) -> Sequence[GapLine]:
    """Give the gaps that are new or grew; what others asked is not for keys of some groups."""
    if caller.groups is not None:
        return ()
    since, review = served.clock() - WEEK, gap_review(served, caller)
    found = await review.gaps(caller.tenant, TopicState.OPEN)
    told = [gap for gap in found if gap.topic.first_at >= since or gap.volume.change > 0]
    with_pages = await review.with_pages(caller.tenant, told[:_MOST_GAPS])
    return [_line(gap, new=gap.topic.first_at >= since) for gap in with_pages]


def _line(gap: Gap, *, new: bool) -> GapLine:
    topic, volume = gap.topic, gap.volume
    title = gap.page.facts.title if gap.page else ""
    return GapLine(topic.id, topic.name, topic.lately.last, volume.change, new, title)
