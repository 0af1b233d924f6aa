"""A kept plan on the wire."""

from datetime import datetime
from typing import Any

from api.schemas.common import Told, shape
from api.schemas.context import AlternativeView
from connectors.model import Json
from ingest.reading import QueryRecord
from retrieval.model import Mode
from retrieval.planner.case import Choice


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
            "replayed": {"decision": "snippets", "same": True},
        },
        strict=False,
    )

    plan_id: str
    at: datetime
    kind: str
    """`context`, or `chat`."""
    question: str
    decision: Mode
    reasons: list[str]
    alternatives: list[AlternativeView]
    """As the kept case is weighed today."""
    case: dict[str, Any]
    """Everything that the choice depended on."""
    replayed: "ReplayView"

    @classmethod
    def of(cls, record: QueryRecord, case: Json, choice: Choice) -> "PlanView":
        """Show a kept plan beside the choice that its case gives today."""
        today = choice.alternatives[choice.chosen].mode
        why = record.detail.get("why")
        return cls(
            plan_id=record.id,
            at=record.at,
            kind=record.kind,
            question=record.text,
            decision=Mode(str(record.detail["decision"])),
            reasons=[str(why)],
            alternatives=[AlternativeView.of(one) for one in choice.alternatives],
            case=case if isinstance(case, dict) else {},
            replayed=ReplayView(decision=today, same=choice.why == why),
        )


class ReplayView(Told):
    """What the kept case gives when it is decided again."""

    model_config = shape({"decision": "snippets", "same": True}, strict=False)

    decision: Mode
    same: bool
    """Whether it is the same choice for the same reason, to the last digit."""
