"""What the tools of /mcp take and give, where /v1 has no shape for it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationError, model_validator

from api.schemas.citations import CitationView
from api.schemas.common import Asked, Id, InRange, Name, Text, Told, shape
from api.schemas.context import (
    ContextBody,
    EvidenceView,
    HandoffView,
    MessageBody,
    PolicyBody,
)
from api.schemas.search import FilterBody
from ingest.reading import DocumentRecord, Revision
from retrieval.answer import Answer
from retrieval.model import Mode

MOST_CHARACTERS = 200_000


class ContextAsked(Asked):
    """A question, or a conversation that ends with one."""

    model_config = shape(
        {"question": "How long does a refund take?", "max_tokens": 4_000}, strict=True
    )

    question: Text | None = None
    messages: list[MessageBody] | None = None
    """Instead of `question`: the turns so far; the last one of the user is the question."""
    model: Name | None = None
    """The model that will read the text, so that it is measured and priced for it."""
    max_tokens: Annotated[int, InRange(1, 10_000_000)] | None = None
    """The longest text that there is room for."""
    instructions: Text = ""
    """Voice and rules of the answer."""
    facts: Text = ""
    """What is known of the customer; never logged."""
    filter: FilterBody = FilterBody()

    @model_validator(mode="after")
    def _asks_as_the_api_does(self) -> "ContextAsked":
        if (self.question is None) == (self.messages is None):
            raise ValueError("give either question or messages")
        try:
            self.body()
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error
        return self

    def body(self) -> ContextBody:
        """Give what /v1/context would be asked."""
        return ContextBody(
            query=self.question,
            messages=self.messages,
            model=self.model,
            filter=self.filter,
            instructions=self.instructions,
            facts=self.facts,
            policy=PolicyBody(max_tokens=self.max_tokens),
        )


class PromptView(Told):
    """A prompt that is ready to be read, and what it rests on."""

    plan_id: str
    """Name it in `/v1/plans/{id}/outcome` and `/v1/feedback`."""
    decision: Mode
    """How much of the knowledge the text carries."""
    why: str
    text: str
    """Rules, the knowledge with its tags, facts and the question, in the order to read them."""
    evidence: EvidenceView
    """Whether the knowledge answers the question."""
    handoff: HandoffView | None
    """Why a person should answer instead; null: nobody needs to."""
    citations: list[CitationView]
    """What each tag in the text stands for."""
    warnings: list[str]

    @classmethod
    def of(cls, answer: Answer) -> "PromptView":
        """Show the part of an answer that an agent works with."""
        plan = answer.plan
        return cls(
            plan_id=plan.id,
            decision=plan.decision,
            why=plan.why,
            text="\n\n".join(message.content for message in answer.pack.messages),
            evidence=EvidenceView.of(plan.evidence),
            handoff=HandoffView.of(plan.handoff),
            citations=[CitationView.of(one) for one in answer.pack.citations],
            warnings=list(answer.warnings),
        )


class DocumentAsked(Asked):
    """A document of a hit or a citation, or a part of one."""

    model_config = shape({"document_id": "d_51c0", "start": 0, "length": 8_000}, strict=True)

    document_id: Id
    version: Annotated[int, InRange(1, 2**31 - 1)] | None = None
    """Null: the one that is live now."""
    start: Annotated[int, InRange(0, 2**31 - 1)] = 0
    """The first character, as hits and citations count them."""
    length: Annotated[int, InRange(1, MOST_CHARACTERS)] = 20_000
    """How many characters at most."""


class DocumentTextView(Told):
    """A document's text, from one character to another."""

    document_id: str
    version: int
    title: str
    url: str
    text: str
    start: int
    end: int
    characters: int
    """Of the whole text; more follows where `end` is less."""
    synced_at: datetime
    """When the source was last looked at."""
    changed_at: datetime | None
    """When the source changed it."""
    verified_at: datetime | None
    """When a person last said that it is right."""
    retired_at: Annotated[datetime | None, Field(default=None)]
    """When a newer version took this one's place; null: it is live."""

    @classmethod
    def of(
        cls, record: DocumentRecord, revision: Revision, asked: DocumentAsked
    ) -> "DocumentTextView":
        """Show the part that was asked for."""
        text = revision.text[asked.start : asked.start + asked.length]
        return cls(
            document_id=record.facts.id,
            version=revision.number,
            title=revision.title,
            url=record.facts.url,
            text=text,
            start=asked.start,
            end=asked.start + len(text),
            characters=len(revision.text),
            synced_at=record.synced_at,
            changed_at=record.facts.changed_at,
            verified_at=record.verified_at,
            retired_at=revision.retired_at,
        )
