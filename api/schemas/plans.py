"""A kept plan on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.schemas.common import Example, Told, shape
from api.schemas.context import AlternativeView
from connectors.model import Json
from ingest.model import PointId
from ingest.reading import LivePassage, QueryRecord
from retrieval.model import Mode
from retrieval.planner.case import Choice

_PASSAGE: Example = {
    "chunk_id": "6f1b2a9e-3f0e-5d59-9a52-0a4a6f3f7c11",
    "document_id": "d_51c0",
    "start": 412,
    "end": 461,
    "text": "Refunds reach your card within five working days.",
    "tokens": 11,
}


class PlanView(Told):
    """A plan as it was made, and as the same case is decided today."""

    model_config = shape(
        {
            "plan_id": "p_2c44",
            "at": "2026-03-02T09:00:00Z",
            "kind": "context",
            "question": "How long does a refund take?",
            "decision": "snippets",
            "reasons": ["snippets (1,840 tokens): 91 % likely to hold the evidence."],
            "alternatives": [],
            "case": {},
            "passages": [_PASSAGE],
            "reach": [0.0, 0.91],
            "answerable": 0.94,
            "calibration": "2026-11-22",
            "replayed": {"decision": "snippets", "same": True},
        },
        strict=False,
    )

    plan_id: str
    at: datetime
    kind: str
    """`context`, `chat`, or `trial`."""
    question: str
    decision: Mode
    reasons: list[str]
    alternatives: list[AlternativeView]
    """As the kept case is weighed today."""
    case: dict[str, Any]
    """Everything that the choice depended on."""
    passages: "list[PassageView]"
    """What was found, in the order worth taking, where it stands now."""
    reach: list[float]
    """Probability that the first n passages hold all that the answer needs, from n = 0."""
    answerable: float
    """Probability that the knowledge answers the question, whatever is taken of it."""
    calibration: str
    """By which fit both were estimated."""
    replayed: "ReplayView"

    @classmethod
    def of(
        cls, record: QueryRecord, choice: Choice, alive: Mapping[PointId, LivePassage]
    ) -> "PlanView":
        """Show a kept plan beside the choice that its case gives today."""
        today = choice.alternatives[choice.chosen].mode
        case, why = record.detail["case"], record.detail.get("why")
        return cls(
            plan_id=record.id,
            at=record.at,
            kind=record.kind,
            question=record.text,
            decision=Mode(str(record.detail["decision"])),
            reasons=[str(why)],
            alternatives=[AlternativeView.of(one) for one in choice.alternatives],
            case=case if isinstance(case, dict) else {},
            passages=[PassageView.of(point, alive.get(point)) for point in record.found],
            reach=_numbers(record.detail.get("reach")),
            answerable=sum(_numbers([record.detail.get("answerable")])),
            calibration=str(record.detail.get("calibration") or ""),
            replayed=ReplayView(decision=today, same=choice.why == why),
        )


class PassageView(Told):
    """One passage that was found for a question."""

    model_config = shape(_PASSAGE, strict=False)

    chunk_id: str
    document_id: str | None
    """Null where it is not live any more."""
    start: int
    end: int
    text: str
    tokens: int

    @classmethod
    def of(cls, point: PointId, passage: LivePassage | None) -> "PassageView":
        """Show where a passage stands now."""
        if passage is None:
            return cls(chunk_id=str(point), document_id=None, start=0, end=0, text="", tokens=0)
        return cls(
            chunk_id=str(point),
            document_id=passage.document,
            start=passage.start,
            end=passage.end,
            text=passage.text,
            tokens=passage.tokens,
        )


class ReplayView(Told):
    """What the kept case gives when it is decided again."""

    model_config = shape({"decision": "snippets", "same": True}, strict=False)

    decision: Mode
    same: bool
    """Whether it is the same choice for the same reason, to the last digit."""


def _numbers(value: Json) -> list[float]:
    """Give the numbers that were kept; plans of before they were have none."""
    found = value if isinstance(value, list) else []
    return [float(one) for one in found if isinstance(one, int | float)]
