"""What somebody asks on the page of questions, and what may be spent on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form

from api.desk.words import N_
from api.schemas.context import ContextBody
from retrieval.model import Mode

MODES: Mapping[str, str] = {
    "": N_("What fits best"),
    Mode.NONE: N_("Nothing"),
    Mode.SNIPPETS: N_("Single passages"),
    Mode.EXPANDED: N_("Passages with their surroundings"),
    Mode.DOCUMENTS: N_("Whole pages"),
    Mode.SCOPED: N_("A part of the knowledge, whole"),
    Mode.FULL: N_("All knowledge, whole"),
}
Short = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was filled in."""

    question: str = ""
    model: str = ""
    mode: str = ""
    max_cost_usd: str = ""
    max_tokens: str = ""
    fresh: str = "any"
    strict: bool = False
    counts: bool = False
    """Whether the question is kept like one that a customer asked."""

    @property
    def has_options(self) -> bool:
        """Say whether anything beside the question was filled in."""
        named = (self.model, self.mode, self.max_cost_usd, self.max_tokens)
        return any(named) or self.fresh != "any" or self.strict or self.counts

    def body(self) -> ContextBody:
        """Give it as the API takes it; raises ValidationError."""
        policy: dict[str, Any] = {
            "mode": self.mode or None,
            "max_cost_usd": self.max_cost_usd.replace(",", ".") or None,
            "max_tokens": self.max_tokens or None,
            "citations": "strict" if self.strict else "normal",
        }
        return ContextBody.model_validate(
            {
                "query": self.question,
                "model": self.model or None,
                "filter": {"fresh": self.fresh},
                "policy": policy,
                "trial": not self.counts,
            }
        )


def asked_form(
    question: Annotated[str, Form(max_length=20_000)] = "",
    model: Short = "",
    mode: Short = "",
    max_cost_usd: Short = "",
    max_tokens: Short = "",
    fresh: Short = "any",
    *,
    strict: Annotated[bool, Form()] = False,
    counts: Annotated[bool, Form()] = False,
) -> Asked:
    """Read the form."""
    spent = (max_cost_usd.strip(), max_tokens.strip())
    return Asked(question.strip(), model.strip(), mode, *spent, fresh, strict, counts)
