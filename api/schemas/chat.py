"""OpenAI's chat completions on the wire, with our part under `punnet`."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, field_validator, model_validator

from api.schemas.checked import ATTEMPT, CHECK, AttemptView, CheckView
from api.schemas.citations import CitationView
from api.schemas.common import Asked, InRange, Name, Text, Told, shape
from api.schemas.context import (
    MOST_MESSAGES,
    EvidenceView,
    HandoffView,
    MessageBody,
    PolicyBody,
    question_of,
)
from api.schemas.search import FilterBody, asked_words
from api.security import Caller
from connectors.model import Json
from retrieval.answer import Answer
from retrieval.listening import Listener
from retrieval.model import ContextRequest, Message, Mode

_PUNNET = {"filter": {"tags": ["returns"]}, "facts": "Order 1001 was returned on 1 March."}
_RESTS_ON = {
    "plan_id": "p_2c44",
    "decision": "snippets",
    "evidence": {"probability": 0.91, "sufficient": True, "missing_parts": []},
    "handoff": None,
    "citations": [],
    "warnings": [],
    "served_by": "router",
    "model": "gpt-4.1-mini-2025-04-14",
    "check": CHECK,
    "attempts": [ATTEMPT],
}
_OWN = frozenset({"model", "messages", "stream", "punnet"})


class TextPart(Asked):
    """A part of a message's content; only words are carried."""

    model_config = shape({"type": "text", "text": "How long does a refund take?"}, strict=True)

    type: Literal["text"]
    text: Annotated[Text, Field(max_length=200_000)]


class ChatMessageBody(Asked):
    """One message of the conversation."""

    model_config = shape({"role": "user", "content": "How long does a refund take?"}, strict=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: (
        Annotated[Text, Field(max_length=200_000)]
        | Annotated[list[TextPart], Field(max_length=100)]
    )
    name: Name | None = None

    def spoken(self) -> MessageBody:
        """Give the message with its parts joined."""
        parts = self.content
        words = parts if isinstance(parts, str) else "\n".join(part.text for part in parts)
        return MessageBody(role=self.role, content=words)


class ChatPunnetBody(Asked):
    """What Punnet is told beside the conversation."""

    model_config = shape(_PUNNET, strict=True)

    filter: FilterBody = FilterBody()
    instructions: Annotated[Text, Field(max_length=50_000)] = ""
    facts: Annotated[Text, Field(max_length=200_000)] = ""
    policy: PolicyBody = PolicyBody()


class ChatBody(Asked):
    """A chat completion; how to generate is handed to the router as it stands.

    Tools are not carried: a caller with tools takes the prompt from `/v1/context`.
    """

    model_config = shape(
        {
            "model": "gpt-4.1-mini",
            "messages": [{"role": "user", "content": "How long does a refund take?"}],
            "stream": False,
            "punnet": _PUNNET,
        },
        strict=True,
    )

    model: Name | None = None
    """The operator's default where it is left out."""
    messages: Annotated[list[ChatMessageBody], Field(min_length=1, max_length=MOST_MESSAGES)]
    stream: bool = False
    punnet: ChatPunnetBody = ChatPunnetBody()

    stream_options: dict[str, JsonValue] | None = None
    n: Literal[1] | None = None
    temperature: Annotated[float, InRange(0, 2)] | None = None
    top_p: Annotated[float, InRange(0, 1)] | None = None
    max_tokens: Annotated[int, InRange(1, 1_000_000)] | None = None
    max_completion_tokens: Annotated[int, InRange(1, 1_000_000)] | None = None
    stop: Text | list[Text] | None = None
    seed: int | None = None
    user: Name | None = None
    presence_penalty: Annotated[float, InRange(-2, 2)] | None = None
    frequency_penalty: Annotated[float, InRange(-2, 2)] | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, InRange(0, 20)] | None = None
    response_format: dict[str, JsonValue] | None = None
    reasoning_effort: Name | None = None
    verbosity: Name | None = None
    service_tier: Name | None = None
    prompt_cache_key: Name | None = None
    safety_identifier: Name | None = None
    metadata: dict[str, JsonValue] | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_tools(cls, body: object) -> object:
        tools = {"tools", "functions", "tool_choice", "function_call", "parallel_tool_calls"}
        if isinstance(body, dict) and any(body.get(name) for name in tools):
            raise ValueError("tools are not carried here: take the prompt from /v1/context")
        if isinstance(body, dict):
            return {name: value for name, value in body.items() if name not in tools}
        return body

    @field_validator("messages")
    @classmethod
    def _asks(cls, messages: list[ChatMessageBody]) -> list[ChatMessageBody]:
        asked_words(question_of([message.spoken() for message in messages]))
        return messages

    def question(self) -> str:
        """Give the words that are asked."""
        return question_of([message.spoken() for message in self.messages])

    def request(self, caller: Caller) -> ContextRequest:
        """Give the request as the asker takes it."""
        said = [message.spoken() for message in self.messages]
        return ContextRequest(
            messages=tuple(Message(one.role, one.content) for one in said),
            where=self.punnet.filter.within(caller),
            model=self.model,
            instructions=self.punnet.instructions,
            facts=self.punnet.facts,
            policy=self.punnet.policy.policy(),
            fresh=self.punnet.filter.fresh,
            reply_tokens=self.max_completion_tokens or self.max_tokens,
        )

    @property
    def wants_usage(self) -> bool:
        """Whether the usage of a stream was asked for."""
        return bool((self.stream_options or {}).get("include_usage"))

    def generation(self) -> dict[str, Json]:
        """Give what is handed to the router beside the packed prompt."""
        return self.model_dump(mode="json", exclude=set(_OWN), exclude_none=True)


class ChatPunnetView(Told):
    """What an answer rests on."""

    model_config = shape(_RESTS_ON, strict=False)

    plan_id: str
    decision: Mode
    evidence: EvidenceView
    handoff: HandoffView | None
    citations: list[CitationView]
    """The pieces that the answer cites; before it is finished, all that its prompt holds."""
    warnings: list[str]
    served_by: str
    """`router`, or `fallback` where the first one gave no byte of an answer."""
    model: str
    """What the router says to have answered; empty where it does not say."""
    check: CheckView | None = None
    """The answer held against what it cites; null before it is finished."""
    attempts: list[AttemptView]
    """What was asked of a router, in turn; two where the first answer declined."""

    @classmethod
    def begun(cls, answer: Answer, served_by: str, model: str) -> "ChatPunnetView":
        """Show what an answer may cite before it is finished."""
        return cls(
            plan_id=answer.plan.id,
            decision=answer.plan.decision,
            evidence=EvidenceView.of(answer.plan.evidence),
            handoff=HandoffView.of(answer.plan.handoff),
            citations=[CitationView.of(one) for one in answer.pack.citations],
            warnings=list(answer.warnings),
            served_by=served_by,
            model=model,
            attempts=[],
        )

    @classmethod
    def done(cls, heard: Listener, attempts: Sequence[AttemptView]) -> "ChatPunnetView":
        """Show what a finished answer rests on; the last attempt is the one that is shown."""
        answer, check, shown = heard.answer, heard.check(), attempts[-1]
        begun = cls.begun(answer, shown.served_by, shown.model)
        unknown = (
            f"the answer cites {tag}, which its prompt does not hold" for tag in check.unknown_tags
        )
        return begun.model_copy(
            update={
                "citations": [CitationView.of(one) for one in heard.cited()],
                "warnings": [*begun.warnings, *unknown],
                "check": CheckView.of(check, heard.dropped),
                "attempts": list(attempts),
                "handoff": HandoffView.of(heard.handoff),
            }
        )

    def told(self) -> Json:
        """Give it as JSON, to stand inside a completion of somebody else's."""
        shown: dict[str, Json] = self.model_dump(mode="json")
        return shown


class ChatView(Told):
    """The router's completion as it came, with our part."""

    model_config = shape(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_772_000_000,
            "model": "gpt-4.1-mini",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": "Within five working days [D1§2]."},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 1_850, "completion_tokens": 9, "total_tokens": 1_859},
            "punnet": _RESTS_ON,
        },
        strict=False,
    )

    id: str
    object: str
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, Any] | None = None
    punnet: ChatPunnetView
