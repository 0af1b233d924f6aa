"""Read a request: what is the question, and what was said before it."""

from dataclasses import dataclass

from retrieval.errors import QuestionInvalid
from retrieval.model import ContextRequest, Message

_OPERATOR_ROLES = ("system", "developer")
_TURN_ROLES = ("user", "assistant")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what belongs to it, sorted by whose voice it is."""

    question: str
    history: tuple[Message, ...]
    """Turns of the customer and the assistant before the question, oldest first."""
    instructions: str
    """The operator's voice and rules, from the request and its system messages."""
    facts: str
    strict: bool
    """Whether a statement without a citation must be left out."""


def read_request(request: ContextRequest) -> Asked:
    """Sort a conversation by voices; raises QuestionInvalid when no user asks anything."""
    turns = [message for message in request.messages if message.role in _TURN_ROLES]
    while turns and turns[-1].role != "user":
        turns.pop()
    if not turns or not turns[-1].content.strip():
        raise QuestionInvalid(
            "There is no question: give `query`, or `messages` that end with one of the user."
        )
    operator = [one.content for one in request.messages if one.role in _OPERATOR_ROLES]
    return Asked(
        question=turns[-1].content.strip(),
        history=tuple(turn for turn in turns[:-1] if turn.content.strip()),
        instructions="\n\n".join(part for part in (*operator, request.instructions) if part),
        facts=request.facts.strip(),
        strict=request.policy.strict_citations,
    )
