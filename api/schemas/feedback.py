"""What became of an answer, on the wire."""

from typing import Annotated

from pydantic import Field

from api.schemas.common import Asked, Id, InRange, Name, Text, Told, shape
from retrieval.feedback import Said
from retrieval.gaps.standing import Verdict

Tokens = Annotated[int, InRange(0, 100_000_000)]


class FeedbackBody(Asked):
    """What somebody says of an answer."""

    model_config = shape(
        {
            "query_id": "p_2c44",
            "verdict": "outdated",
            "chunk_ids": ["6f1b2a9e-3f0e-5d59-9a52-0a4a6f3f7c11"],
            "comment": "The page still names last year's price.",
        },
        strict=True,
    )

    query_id: Id
    """The `query_id` of a search, or the `plan_id` of a context or chat."""
    verdict: Verdict
    chunk_ids: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    """The passages that it is about."""
    comment: Annotated[Text, Field(max_length=4_000)] = ""

    def said(self) -> Said:
        """Give what is said."""
        return Said(self.query_id, self.verdict, self.chunk_ids, self.comment)


class UsageBody(Asked):
    """Tokens as the provider counted them."""

    model_config = shape(
        {"prompt_tokens": 1_850, "completion_tokens": 42, "cached_tokens": 1_024}, strict=True
    )

    prompt_tokens: Tokens
    completion_tokens: Tokens = 0
    cached_tokens: Tokens | None = None
    """Of the prompt, those read from the provider's cache; left out where it does not say."""


class OutcomeBody(Asked):
    """What happened when a plan was carried out elsewhere."""

    model_config = shape(
        {
            "model": "gpt-4.1-mini",
            "usage": {"prompt_tokens": 1_850, "completion_tokens": 42, "cached_tokens": 1_024},
            "ttft_s": 0.42,
            "cost_usd": 0.0011,
            "finish_reason": "stop",
        },
        strict=True,
    )

    model: Name | None = None
    usage: UsageBody | None = None
    ttft_s: Annotated[float, InRange(0, 3_600)] | None = None
    """Seconds until the first token."""
    cost_usd: Annotated[float, InRange(0, 10_000)] | None = None
    finish_reason: Name | None = None
    escalated: bool | None = None
    """Whether a person took over."""


class RecordedView(Told):
    """That something was kept."""

    model_config = shape({"recorded": True}, strict=False)

    recorded: bool = True
