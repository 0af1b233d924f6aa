"""On the wire: what an answer cites, what of it does not stand there, and what was paid for it."""

from api.schemas.common import Told, shape
from retrieval.cited import AnswerCheck, Doubt
from retrieval.model import Mode

_DOUBT = {"words": "14 days", "tags": ["D1§2"]}
CHECK = {
    "statements": 3,
    "cited": 2,
    "uncited": 1,
    "unknown_tags": [],
    "misquoted": [],
    "unsupported_numbers": [_DOUBT],
    "dropped": 0,
}
ATTEMPT = {
    "plan_id": "p_2c44",
    "decision": "snippets",
    "served_by": "router",
    "model": "gpt-4.1-mini-2025-04-14",
    "cost_usd": 0.0008,
}


class DoubtView(Told):
    """Something in a statement that none of the pieces it cites holds."""

    model_config = shape(_DOUBT, strict=False)

    words: str
    tags: list[str]
    """What the statement cites."""

    @classmethod
    def of(cls, doubt: Doubt) -> "DoubtView":
        """Show one doubt."""
        return cls(words=doubt.words, tags=list(doubt.tags))


class CheckView(Told):
    """An answer held against the pieces that it cites.

    A statement is a sentence, a list, a table or code that claims something; greetings,
    questions and refusals are none.
    """

    model_config = shape(CHECK, strict=False)

    statements: int
    cited: int
    uncited: int
    unknown_tags: list[str]
    """Tags that no piece of the prompt carries."""
    misquoted: list[DoubtView]
    """Words in quotation marks that do not stand in the cited pieces."""
    unsupported_numbers: list[DoubtView]
    """Numbers, dates and names with digits that do not stand there."""
    dropped: int
    """Statements that were left out because `policy.citations` is `strict`."""

    @classmethod
    def of(cls, check: AnswerCheck, dropped: int) -> "CheckView":
        """Show a check."""
        return cls(
            statements=check.statements,
            cited=check.cited,
            uncited=check.statements - check.cited,
            unknown_tags=list(check.unknown_tags),
            misquoted=[DoubtView.of(one) for one in check.misquoted],
            unsupported_numbers=[DoubtView.of(one) for one in check.unsupported],
            dropped=dropped,
        )


class AttemptView(Told):
    """One answer that was asked of a router."""

    model_config = shape(ATTEMPT, strict=False)

    plan_id: str
    decision: Mode
    served_by: str
    """`router`, or `fallback`."""
    model: str
    """As the router says it; empty where it does not."""
    cost_usd: float | None
    """Of the tokens that the provider counted; null where they or their price are unknown."""
