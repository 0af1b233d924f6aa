"""POST /v1/plans/{id}/outcome and POST /v1/feedback: what became of an answer."""

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.deps import Reporter, Served, Services
from api.errors import NotFound
from api.routes.replies import reply
from api.schemas.feedback import FeedbackBody, OutcomeBody, RecordedView
from api.security import Caller
from connectors.model import Json
from ingest.reading import QueryRecord
from retrieval.model import Answer

router = APIRouter(prefix="/v1", tags=["feedback"])


@router.post(
    "/plans/{plan_id}/outcome",
    status_code=201,
    summary="Report what a plan came to",
    response_model=RecordedView,
)
async def outcome(plan_id: str, body: OutcomeBody, caller: Reporter, served: Served) -> Response:
    """Keep what the provider counted and charged, so that later plans estimate better."""
    await _keep(served, caller, plan_id, "outcome", body)
    return reply(RecordedView(), 201)


@router.post(
    "/feedback", status_code=201, summary="Say what was wrong", response_model=RecordedView
)
async def feedback(body: FeedbackBody, caller: Reporter, served: Served) -> Response:
    """Keep what somebody says of a search or an answer, for those who look after the pages."""
    await _keep(served, caller, body.query_id, "feedback", body)
    return reply(RecordedView(), 201)


def plan_record(
    answer: Answer, kind: str, question: str, at: datetime, **more: Json
) -> QueryRecord:
    """Give what is kept of a planned answer: the choice, never the caller's facts."""
    plan = answer.plan
    detail: Mapping[str, Json] = {
        "decision": plan.decision.value,
        "model": plan.model.name,
        "evidence": plan.evidence.probability,
        "sufficient": plan.evidence.sufficient,
        "handoff": plan.handoff.reason if plan.handoff else None,
        "tokens": answer.pack.tokens.expected,
        "sequence": answer.found.sequence,
        **more,
    }
    points = tuple(hit.passage.id for hit in answer.found.hits)
    return QueryRecord(plan.id, answer.tenant, at, kind, question, points, detail)


async def _keep(
    served: Services, caller: Caller, query_id: str, kind: str, body: BaseModel
) -> None:
    detail = body.model_dump(mode="json", exclude_none=True)
    # Questions are written behind: one asked a moment ago may still wait.
    await served.queries.flush()
    kept = await served.ledger.queries.add_outcome(
        caller.tenant, query_id, served.clock(), kind, detail
    )
    if not kept:
        raise NotFound
