"""POST /v1/context."""

import time
from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import Counted, Reader, Served
from api.routes.plans import TRIAL, kept_plan, plan_record
from api.routes.replies import reply
from api.schemas.context import ContextBody, ContextView
from retrieval.model import Mode

router = APIRouter(prefix="/v1", tags=["answers"])


@router.post("/context", summary="Plan and pack a prompt", response_model=ContextView)
async def context(body: ContextBody, caller: Reader, served: Served, counted: Counted) -> Response:
    """Choose how much of the knowledge a question needs, and give the prompt that holds it.

    `request` goes to any OpenAI-compatible endpoint as it stands. `handoff` says when a
    person should answer instead. Report what came of it to `/v1/plans/{id}/outcome`.
    """
    start = time.perf_counter()
    asked = body.request(caller)
    if body.after:
        earlier = (await kept_plan(served, caller, body.after)).detail
        budget = earlier.get("budget")
        asked = replace(
            asked,
            after=Mode(str(earlier["decision"])),
            after_budget=budget if isinstance(budget, int) else None,
        )
    answer = await served.asker.answer(caller.tenant, asked)
    counted.stage("context", time.perf_counter() - start)
    kind = TRIAL if body.trial else "context"
    served.queries.note(plan_record(answer, kind, body.question(), served.clock()))
    return reply(ContextView.of(answer))
