"""Answers and routers for chats, without a search or a ledger."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.model import Json, TenantId
from ingest.reading import DocumentFilter
from retrieval.answer import Answer
from retrieval.handover import request_body
from retrieval.model import (
    Citation,
    ContextPack,
    ContextRequest,
    Evidence,
    Freshness,
    Message,
    Mode,
    ModelFacts,
    Plan,
    Policy,
    Prefix,
    TokenEstimate,
)
from retrieval.planner.choose import choose
from retrieval.planner.escalate import ESCALATED
from retrieval.profiles import Dialect, Profile, dialect_of
from tests.cases import DEEPSEEK, NOON, case, option

ACME = TenantId("acme")
SECRET = b"of the tests"
FRESH = Freshness(NOON, None, None, stale=False, reasons=())
REFUNDS = "Refunds take five working days."
PLAIN = dialect_of(Profile.OPENAI, secret=SECRET)


def cited(tag: str, text: str = REFUNDS, title: str = "Refunds") -> Citation:
    """A piece of a prompt."""
    return Citation(tag, "doc", 1, title, "", "", 0, len(text), text, FRESH)


def pack(*pieces: Citation, prefix: bool = False) -> ContextPack:
    """A prompt with these pieces, which shares its beginning if it is said so."""
    knowledge = "\n\n".join(f"[{one.tag}]\n{one.text}" for one in pieces)
    messages = (
        Message("system", "Answer from the knowledge."),
        Message("user", f"<knowledge>\n{knowledge}\n</knowledge>"),
        Message("assistant", "I have read it."),
        Message("user", "Question: How long?"),
    )
    size = TokenEstimate(900, 990)
    shared = Prefix("f" * 64, 3, TokenEstimate(800, 880)) if prefix else None
    return ContextPack(messages, size, tuple(pieces), 0, prefix=shared)


def plan(mode: Mode = Mode.SNIPPETS, model: ModelFacts = DEEPSEEK, name: str = "p1") -> Plan:
    """A plan of a mode, decided as plans are."""
    given = case((option(mode, 900, 0.9),), model=model, policy=Policy(mode=mode))
    choice = choose(given)
    return Plan(
        id=name,
        decision=mode,
        why=choice.why,
        alternatives=choice.alternatives,
        chosen=choice.alternatives[choice.chosen],
        evidence=Evidence(0.9, sufficient=True),
        handoff=None,
        model=model,
        tier=choice.tier,
    )


def escalated(made: Plan) -> Plan:
    """The plan as a second try that went one rung up."""
    reasons = (*made.chosen.reasons, ESCALATED)
    return replace(made, chosen=replace(made.chosen, reasons=reasons))


def answered(made: Plan, given: ContextPack, dialect: Dialect = PLAIN) -> Answer:
    """A plan carried out."""
    return Answer(
        plan=made,
        case=case(),
        pack=given,
        hits=(),
        sequence=7,
        language="en",
        request=request_body(made, given, ACME, dialect),
        requirements={},
        hints=(),
        warnings=(),
        tenant=ACME,
        prefix_key="kb" if given.prefix else "",
    )


def asked(**policy: object) -> ContextRequest:
    """A question under a policy."""
    messages = (Message("user", "How long?"),)
    return ContextRequest(messages, DocumentFilter(), policy=replace(Policy(), **policy))  # type: ignore[arg-type]


@dataclass
class Asks:
    """Answers with what it was told to, one question after the other, and remembers them."""

    answers: Sequence[Answer]
    asked: list[ContextRequest] = field(default_factory=list)

    async def answer(self, tenant: TenantId, request: ContextRequest) -> Answer:
        self.asked.append(request)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@dataclass
class Says:
    """A router that says one text after the other, word by word, and remembers its bodies."""

    texts: Sequence[str] = ("Five days [D1§1].",)
    fails: Exception | None = None
    after: int = 0
    """Chunks before it fails."""
    bodies: list[Mapping[str, Json]] = field(default_factory=list)

    async def complete(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        self.bodies.append(body)
        if self.fails:
            raise self.fails
        return told(self._text(), body)

    async def stream(self, body: Mapping[str, Json]) -> AsyncIterator[Mapping[str, Json]]:
        self.bodies.append(body)
        for place, word in enumerate(self._text().split(" ")):
            if self.fails and place == self.after:
                raise self.fails
            yield chunk(word if place == 0 else f" {word}")
        yield chunk("", "stop")
        yield {"model": str(body["model"]), "choices": [], "usage": USAGE}

    def _text(self) -> str:
        return self.texts[min(len(self.bodies), len(self.texts)) - 1]


USAGE: dict[str, Json] = {
    "prompt_tokens": 1_000,
    "completion_tokens": 10,
    "prompt_tokens_details": {"cached_tokens": 900},
}


def told(text: str, body: Mapping[str, Json]) -> Mapping[str, Json]:
    """A whole completion."""
    message: Json = {"role": "assistant", "content": text, "reasoning": "Hm."}
    choices: Json = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return {"model": body["model"], "choices": choices, "usage": USAGE}


def chunk(text: str, finish: str | None = None) -> Mapping[str, Json]:
    """A chunk of a stream."""
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}
