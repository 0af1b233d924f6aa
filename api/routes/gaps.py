"""/v1/gaps and /v1/topics: what is asked, and what is not answered."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.deps import Reader, Sealed, Served, Services, Writer
from api.errors import Forbidden
from api.paging import after
from api.routes.replies import reply
from api.schemas.common import PageQuery
from api.schemas.gaps import (
    GapDecisionBody,
    GapExamplesView,
    GapList,
    GapQuery,
    TopicList,
    TopicView,
    shown,
)
from api.security import Caller
from ingest.topics import TopicState
from retrieval.gaps.review import GapPorts, GapReview

router = APIRouter(prefix="/v1", tags=["gaps"])


@router.get("/gaps", summary="List gaps", response_model=GapList)
async def list_gaps(
    asked: Annotated[GapQuery, Query()], caller: Reader, served: Served, sealed: Sealed
) -> Response:
    """Give the topics whose questions got no answer or a bad one, those that matter most first.

    Questions are gathered after every run and every 20 seconds. Gaps show what others asked: a
    key that is limited to groups gets none.
    """
    review, place = gap_review(served, caller), f"gaps {asked.state}"
    found = await review.gaps(caller.tenant, asked.state)
    last = sealed.open(place, caller.tenant, asked.cursor)
    rest = after(found, last, lambda gap: gap.topic.id)
    page, further = sealed.page(place, caller.tenant, rest, asked.limit, lambda gap: gap.topic.id)
    gaps = await review.with_pages(caller.tenant, page)
    return reply(GapList(items=shown(gaps), next_cursor=further))


@router.get("/gaps/{gap_id}", summary="Read a gap", response_model=GapExamplesView)
async def read_gap(gap_id: str, caller: Reader, served: Served) -> Response:
    """Give a gap with questions as they were kept, and its weeks."""
    examples = await gap_review(served, caller).gap(caller.tenant, gap_id)
    return reply(GapExamplesView.of_examples(examples))


@router.post("/gaps/{gap_id}/dismiss", summary="Dismiss", response_model=GapExamplesView)
async def dismiss(gap_id: str, body: GapDecisionBody, caller: Writer, served: Served) -> Response:
    """Say why it needs no page; it comes back when it goes wrong twice as often."""
    return await _decided(gap_id, body, caller, served, TopicState.DISMISSED)


@router.post("/gaps/{gap_id}/resolve", summary="Resolve", response_model=GapExamplesView)
async def resolve(gap_id: str, body: GapDecisionBody, caller: Writer, served: Served) -> Response:
    """Say how it is answered now; it comes back with the next question that is not."""
    return await _decided(gap_id, body, caller, served, TopicState.RESOLVED)


@router.post("/gaps/{gap_id}/reopen", summary="Reopen", response_model=GapExamplesView)
async def reopen(gap_id: str, body: GapDecisionBody, caller: Writer, served: Served) -> Response:
    """Open a gap again."""
    return await _decided(gap_id, body, caller, served, TopicState.OPEN)


@router.get("/topics", summary="List topics", response_model=TopicList)
async def list_topics(
    asked: Annotated[PageQuery, Query()], caller: Reader, served: Served, sealed: Sealed
) -> Response:
    """Give what was asked about in the last eight weeks, most first, with how that changes."""
    found = await gap_review(served, caller).topics(caller.tenant)
    last = sealed.open("topics", caller.tenant, asked.cursor)
    rest = after(found, last, lambda one: one.topic.id)
    page, further = sealed.page(
        "topics", caller.tenant, rest, asked.limit, lambda one: one.topic.id
    )
    items = [TopicView.of(volume) for volume in page]
    return reply(TopicList(items=items, next_cursor=further))


def gap_review(served: Services, caller: Caller) -> GapReview:
    """Give what gaps are reviewed with, to a caller who may know all that was asked.

    Raises Forbidden.
    """
    if caller.groups is not None:
        raise Forbidden(
            "Gaps show what others asked: this needs a key that is not limited to groups."
        )
    ledger = served.ledger
    return GapReview(GapPorts(ledger.topics, ledger.reading, ledger.audit), served.clock)


async def _decided(
    gap_id: str, body: GapDecisionBody, caller: Caller, served: Services, state: TopicState
) -> Response:
    review = gap_review(served, caller)
    decided = await review.decide(caller.tenant, gap_id, state, body.reason, caller.key_id)
    return reply(GapExamplesView.of_examples(decided))
