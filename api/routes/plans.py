"""POST /v1/plans/{id}/outcome and POST /v1/feedback: what became of an answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from api.deps import Reader, Reporter, Served, Services
from api.errors import Conflict, NotFound
from api.routes.access import actor_of
from api.routes.replies import reply
from api.schemas.feedback import FeedbackBody, OutcomeBody, RecordedView
from api.schemas.plans import PlanView
from api.security import Caller
from connectors.model import Json
from ingest.reading import DocumentFilter, QueryRecord, Reported
from retrieval.answer import Answer
from retrieval.experience import lesson_of, outcome_of
from retrieval.feedback import Feedback, FeedbackPorts
from retrieval.model import Citation
from retrieval.planner.case import Case
from retrieval.planner.choose import choose
from retrieval.planner.kept import case_from_json, case_to_json
from retrieval.resting import rests_on

router = APIRouter(prefix="/v1", tags=["feedback"])
TRIAL = "trial"
"""The kind of a question that nobody asked in earnest."""
CHAT = "chat"
"""The kind of a plan whose answer was asked for here: it carries its own outcome."""


@router.get("/plans/{plan_id}", summary="Read a plan", response_model=PlanView)
async def read_plan(plan_id: str, caller: Reader, served: Served) -> Response:
    """Give a plan with all that it depended on, and decide it again.

    Plans are kept as long as questions are (`PUNNET_KEEP_QUERIES_DAYS`). A key that is limited
    to groups cannot read what others asked.
    """
    if caller.groups is not None:
        raise NotFound
    record = await kept_plan(served, caller, plan_id)
    choice = choose(_case_of(record))
    reading = served.ledger.reading
    sequence = (await reading.snapshot(caller.tenant)).sequence
    alive = await reading.alive(caller.tenant, sequence, record.found, DocumentFilter())
    return reply(PlanView.of(record, choice, alive))


@router.post(
    "/plans/{plan_id}/outcome",
    status_code=201,
    summary="Report what a plan came to",
    response_model=RecordedView,
)
async def outcome(plan_id: str, body: OutcomeBody, caller: Reporter, served: Served) -> Response:
    """Keep what the provider counted and charged, so that later plans estimate better."""
    detail = await _keep(served, caller, plan_id, "outcome", body)
    record = await served.ledger.queries.query(caller.tenant, plan_id)
    # A chat has reported for itself.
    if record is not None and record.kind != CHAT:
        learned = outcome_of(Reported(caller.tenant, record.at, record.detail, detail))
        if learned is not None:
            served.experience.learn(learned)
    return reply(RecordedView(), 201)


@router.post(
    "/feedback", status_code=201, summary="Say what was wrong", response_model=RecordedView
)
async def feedback(body: FeedbackBody, caller: Reporter, served: Served) -> Response:
    """Keep what somebody says of a search or an answer, for those who look after the pages.

    What is bad counts against the pages of `chunk_ids`, or without any against all that the
    answer rested on. `outdated`, `missing` and `wrong_source` flag the pages of `chunk_ids`;
    without any, `outdated` flags the page of an answer that rested on one alone.
    """
    await keep_feedback(body, caller, served)
    return reply(RecordedView(), 201)


async def keep_feedback(body: FeedbackBody, caller: Caller, served: Services) -> None:
    """Keep what is said of an answer; raises NotFound where nobody of the tenant asked for it."""
    ledger = served.ledger
    ports = FeedbackPorts(ledger.queries, ledger.topics, ledger.reading, ledger.usage, ledger.flags)
    # Questions are written behind: one asked a moment ago may still wait.
    await served.queries.flush()
    if not await Feedback(ports, served.clock).take(actor_of(caller), body.said()):
        raise NotFound


def plan_record(
    answer: Answer,
    kind: str,
    question: str,
    at: datetime,
    cited: Sequence[Citation] = (),
    **more: Json,
) -> QueryRecord:
    """Give what is kept of a planned answer: the choice, never the caller's facts.

    `cited` are the pieces that the answer itself cites, where it is known.
    """
    plan = answer.plan
    detail: Mapping[str, Json] = {
        "decision": plan.decision.value,
        "budget": plan.chosen.budget,
        "why": plan.why,
        "case": case_to_json(answer.case),
        "reach": list(answer.reach),
        "answerable": answer.answerable,
        "calibration": answer.calibration,
        "model": plan.model.name,
        "evidence": plan.evidence.probability,
        "sufficient": plan.evidence.sufficient,
        "handoff": plan.handoff.reason if plan.handoff else None,
        "tokens": answer.pack.tokens.expected,
        "sequence": answer.sequence,
        **lesson_of(answer),
        **more,
    }
    points = tuple(hit.passage.id for hit in answer.hits)
    pages = () if kind == TRIAL else rests_on(answer, cited)
    return QueryRecord(plan.id, answer.tenant, at, kind, question, points, detail, pages)


async def kept_plan(served: Services, caller: Caller, plan_id: str) -> QueryRecord:
    """Give a plan of the caller's tenant; raises NotFound."""
    # Questions are written behind: one asked a moment ago may still wait.
    await served.queries.flush()
    record = await served.ledger.queries.query(caller.tenant, plan_id)
    if record is None or "case" not in record.detail:
        raise NotFound
    return record


def _case_of(record: QueryRecord) -> Case:
    """Read a kept case again; raises Conflict where another version wrote it."""
    try:
        return case_from_json(record.detail["case"])
    except ValidationError as error:
        raise Conflict(
            "Another version of Punnet kept this plan and it cannot be decided again: "
            "ask the question anew."
        ) from error


async def _keep(
    served: Services, caller: Caller, query_id: str, kind: str, body: BaseModel
) -> Mapping[str, Json]:
    detail: dict[str, Json] = body.model_dump(mode="json", exclude_none=True)
    # Questions are written behind: one asked a moment ago may still wait.
    await served.queries.flush()
    kept = await served.ledger.queries.add_outcome(
        caller.tenant, query_id, served.clock(), kind, detail
    )
    if not kept:
        raise NotFound
    return detail
