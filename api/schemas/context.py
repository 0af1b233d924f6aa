"""Plans and packs on the wire."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from api.schemas.citations import CITATION, CitationView
from api.schemas.common import Asked, Id, InRange, Name, Text, Told, shape
from api.schemas.search import QUERY_CHARACTERS, FilterBody, asked_words
from api.security import Caller
from retrieval.answer import Answer
from retrieval.cite import best_first
from retrieval.model import (
    Alternative,
    ContextRequest,
    Evidence,
    Handoff,
    Message,
    Mode,
    ModelFacts,
    Policy,
    Tier,
)
from retrieval.prices import Rate

MOST_MESSAGES = 200
_MESSAGE = {"role": "user", "content": "How long does a refund take?"}
_POLICY = {"mode": None, "max_tokens": 6_000, "max_cost_usd": 0.02, "citations": "strict"}
_ALTERNATIVE = {
    "mode": "snippets",
    "budget": 2_000,
    "tokens": 1_840,
    "tokens_p99": 1_990,
    "evidence": 0.91,
    "quality": 0.88,
    "cost_usd": 0.0009,
    "warm_usd": 0.0009,
    "cold_usd": 0.0009,
    "cost_p99_usd": 0.001,
    "hit_probability": 0.0,
    "ttft_s": 0.7,
    "utility_usd": 0.879,
    "feasible": True,
    "reasons": ["chosen"],
}
_MODEL = {
    "name": "gpt-4.1-mini",
    "window": 1_047_576,
    "effective": None,
    "tier": "routine",
    "input_usd": 0.4,
    "output_usd": 1.6,
    "cache_read_usd": 0.1,
    "snapshot": "genai-prices 0.2.3, prices of 2026-03-02",
}
_EVIDENCE = {"probability": 0.91, "sufficient": True, "missing_parts": []}
_HANDOFF = {
    "reason": "weak_evidence",
    "message": "What was found probably does not answer the question.",
}


class MessageBody(Asked):
    """One message of a conversation, in words."""

    model_config = shape(_MESSAGE, strict=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[Text, Field(max_length=200_000)]


class PolicyBody(Asked):
    """What a plan may cost; what is left out is decided by the operator's defaults."""

    model_config = shape(_POLICY, strict=True)

    mode: Mode | None = None
    """Null lets the planner choose."""
    max_tokens: Annotated[int, InRange(1, 10_000_000)] | None = None
    """Of the prompt."""
    max_cost_usd: Annotated[float, InRange(0, 100)] | None = None
    max_ttft_s: Annotated[float, InRange(0, 600)] | None = None
    """Seconds until the model's first token."""
    citations: Literal["normal", "strict"] = "normal"
    """`strict` drops what an answer does not cite, or cites wrongly."""
    escalate: bool = False
    """Whether `/v1/chat/completions` may ask again with more context when an answer declines."""

    def policy(self) -> Policy:
        """Give the policy as the planner reads it."""
        return Policy(
            mode=self.mode,
            max_tokens=self.max_tokens,
            max_cost_usd=self.max_cost_usd,
            max_ttft_s=self.max_ttft_s,
            strict_citations=self.citations == "strict",
            escalate=self.escalate,
        )


class ContextBody(Asked):
    """A question, or a conversation that ends with one, and what may be spent on it."""

    model_config = shape(
        {
            "query": "How long does a refund take?",
            "model": "gpt-4.1-mini",
            "instructions": "Answer in one friendly sentence.",
            "facts": "Order 1001 was returned on 1 March.",
            "policy": _POLICY,
        },
        strict=True,
    )

    query: Annotated[Text | None, Field(json_schema_extra={"maxLength": QUERY_CHARACTERS})] = None
    messages: Annotated[list[MessageBody] | None, Field(max_length=MOST_MESSAGES)] = None
    """Instead of `query`: the last message of the user is the question."""
    model: Name | None = None
    filter: FilterBody = FilterBody()
    instructions: Annotated[Text, Field(max_length=50_000)] = ""
    """Voice and rules of the answer."""
    facts: Annotated[Text, Field(max_length=200_000)] = ""
    """What is known of the customer; never logged, never in a shared prefix."""
    policy: PolicyBody = PolicyBody()
    after: Id | None = None
    """The plan whose answer declined: this one may carry more, where that can help."""
    trial: bool = False
    """Whether you only look: it counts neither as asked nor as sent to a model."""

    @model_validator(mode="after")
    def _asks_once(self) -> "ContextBody":
        if (self.query is None) == (self.messages is None):
            raise ValueError("give either query or messages")
        asked_words(self.question())
        return self

    def question(self) -> str:
        """Give the words that are asked."""
        return self.query or question_of(self.messages or [])

    def request(self, caller: Caller) -> ContextRequest:
        """Give the request as the asker takes it, but for the plan that it names."""
        given = self.messages or [MessageBody(role="user", content=self.query or "")]
        return ContextRequest(
            messages=tuple(Message(one.role, one.content) for one in given),
            where=self.filter.within(caller),
            model=self.model,
            instructions=self.instructions,
            facts=self.facts,
            policy=self.policy.policy(),
            fresh=self.filter.fresh,
            trial=self.trial,
        )


def question_of(messages: Sequence[MessageBody]) -> str:
    """Give the last message of the user; "" without one."""
    return next((one.content for one in reversed(messages) if one.role == "user"), "")


# --- answers ----------------------------------------------------------------------


class AlternativeView(Told):
    """One way to answer, and why it won or lost."""

    model_config = shape(_ALTERNATIVE, strict=False)

    mode: Mode
    budget: int | None
    """What the prompt was kept to; null where it holds all of something."""
    tokens: int
    """Expected tokens of the prompt."""
    tokens_p99: int
    evidence: float
    """Probability that all that the answer needs is in the prompt."""
    quality: float
    """Expected worth of the answer, from -1 (made up) to 1 (right)."""
    cost_usd: float | None
    """Of the expected tokens, with the cache as warm as it probably is; null where unknown."""
    warm_usd: float | None
    cold_usd: float | None
    cost_p99_usd: float | None
    """Cold, of `tokens_p99`; this is what a cap is compared with."""
    hit_probability: float
    """That the provider still holds the beginning that prompts share."""
    ttft_s: float
    """Seconds until the first token."""
    utility_usd: float | None
    """Worth of the answer less money and waiting."""
    feasible: bool
    reasons: list[str]

    @classmethod
    def of(cls, alternative: Alternative) -> "AlternativeView":
        """Show one alternative of a plan."""
        return cls(
            mode=alternative.mode,
            budget=alternative.budget,
            tokens=alternative.tokens.expected,
            tokens_p99=alternative.tokens.p99,
            evidence=alternative.evidence,
            quality=alternative.quality,
            cost_usd=alternative.cost_usd,
            warm_usd=alternative.warm_usd,
            cold_usd=alternative.cold_usd,
            cost_p99_usd=alternative.cost_p99_usd,
            hit_probability=alternative.hit_probability,
            ttft_s=alternative.ttft_s,
            utility_usd=alternative.utility_usd,
            feasible=alternative.feasible,
            reasons=list(alternative.reasons),
        )


class ModelView(Told):
    """What is known of the model that a plan is made for, with its date."""

    model_config = shape(_MODEL, strict=False)

    name: str
    window: int | None
    """Tokens of input and output together; null where unknown."""
    effective: int | None
    """Tokens of context that it still reads well; null where nobody measured it."""
    tier: Tier
    input_usd: float | None
    """US dollars for a million tokens, for a prompt of this length; null is unknown."""
    output_usd: float | None
    cache_read_usd: float | None
    snapshot: str
    """Where the figures come from and of which date."""

    @classmethod
    def of(cls, model: ModelFacts, prompt: int) -> "ModelView":
        """Show a model with its prices for a prompt of so many tokens."""

        def usd(rate: Rate | None) -> float | None:
            return None if rate is None else round(rate.of(1_000_000, prompt), 6)

        return cls(
            name=model.name,
            window=model.window,
            effective=model.effective,
            tier=model.tier,
            input_usd=usd(model.prices.input),
            output_usd=usd(model.prices.output),
            cache_read_usd=usd(model.prices.cache_read),
            snapshot=model.snapshot,
        )


class EvidenceView(Told):
    """Whether the knowledge answers the question."""

    model_config = shape(_EVIDENCE, strict=False)

    probability: float
    sufficient: bool
    missing_parts: list[str]

    @classmethod
    def of(cls, evidence: Evidence) -> "EvidenceView":
        """Show the evidence of a plan."""
        return cls(
            probability=round(evidence.probability, 4),
            sufficient=evidence.sufficient,
            missing_parts=list(evidence.missing_parts),
        )


class HandoffView(Told):
    """That a person should take over, and why."""

    model_config = shape(_HANDOFF, strict=False)

    reason: str
    message: str

    @classmethod
    def of(cls, handoff: Handoff | None) -> "HandoffView | None":
        """Show the reason for a person to take over, if there is one."""
        return None if handoff is None else cls(reason=handoff.reason, message=handoff.message)


class ContextView(Told):
    """A plan carried out: the prompt, what it rests on, and why it was chosen."""

    model_config = shape(
        {
            "plan_id": "p_2c44",
            "decision": "snippets",
            "tier": "routine",
            "reasons": ["The whole knowledge base would cost more than the cap."],
            "alternatives": [_ALTERNATIVE],
            "model": _MODEL,
            "evidence": _EVIDENCE,
            "handoff": None,
            "request": {"model": "gpt-4.1-mini", "messages": [_MESSAGE]},
            "requirements": {"min_window": 2_990, "min_input": 1_990, "model": "gpt-4.1-mini"},
            "model_hints": [],
            "citations": [CITATION],
            "warnings": [],
        },
        strict=False,
    )

    plan_id: str
    """Name it in `/v1/plans/{id}/outcome` and `/v1/feedback`."""
    decision: Mode
    tier: Tier
    """How strong a reader the prompt needs."""
    reasons: list[str]
    """The sentence why the winner won."""
    alternatives: list[AlternativeView]
    model: ModelView
    evidence: EvidenceView
    handoff: HandoffView | None
    request: dict[str, Any]
    """A body for any OpenAI-compatible chat endpoint."""
    requirements: dict[str, Any]
    model_hints: list[dict[str, Any]]
    citations: list[CitationView]
    """Every piece of the prompt, those that were found for the question first."""
    warnings: list[str]

    @classmethod
    def of(cls, answer: Answer) -> "ContextView":
        """Show a whole answer."""
        plan = answer.plan
        cited = best_first(answer.pack.citations, answer.hits)
        return cls(
            plan_id=plan.id,
            decision=plan.decision,
            tier=plan.tier,
            reasons=[plan.why],
            alternatives=[AlternativeView.of(one) for one in plan.alternatives],
            model=ModelView.of(plan.model, answer.pack.tokens.expected),
            evidence=EvidenceView.of(plan.evidence),
            handoff=HandoffView.of(plan.handoff),
            request=dict(answer.request),
            requirements=dict(answer.requirements),
            model_hints=[dict(hint) for hint in answer.hints],
            citations=[CitationView.of(one) for one in cited],
            warnings=list(answer.warnings),
        )
