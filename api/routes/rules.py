"""/v1/review-rules: how often pages are to be looked at, and by whom."""

from fastapi import APIRouter
from starlette.responses import Response

from api.deps import Reader, Served, Writer
from api.routes.access import actor_of
from api.routes.replies import reply
from api.schemas.review import RuleBody, RuleList

router = APIRouter(prefix="/v1/review-rules", tags=["review"])


@router.get("", summary="List review rules", response_model=RuleList)
async def list_rules(caller: Reader, served: Served) -> Response:
    """Give all rules, the widest first; a key limited to groups sees those of its pages."""
    return reply(RuleList.of(await served.review.rules(actor_of(caller))))


@router.put("", summary="Set a review rule", response_model=RuleList)
async def set_rule(body: RuleBody, caller: Writer, served: Served) -> Response:
    """Set the rule of a scope and a subject, or take it away, and give all rules."""
    actor = actor_of(caller)
    await served.review.set_rule(actor, body.rule())
    return reply(RuleList.of(await served.review.rules(actor)))
