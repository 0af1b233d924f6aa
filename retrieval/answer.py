"""A plan carried out, whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.model import Json, TenantId
from retrieval.model import ContextPack, Hit, Plan
from retrieval.planner.case import Case


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan carried out: everything a model router needs, and everything to check it by."""

    plan: Plan
    case: Case
    """What the plan was decided from."""
    pack: ContextPack
    hits: tuple[Hit, ...]
    """What was found, in the order in which it is worth taking."""
    sequence: int
    """The moment of the ledger that all of it is as of."""
    language: str
    """Of the question, ISO 639-1; "" where it cannot be told."""
    request: Mapping[str, Json]
    """A body for an OpenAI-compatible chat endpoint."""
    requirements: Mapping[str, Json]
    hints: Sequence[Mapping[str, Json]]
    warnings: tuple[str, ...]
    tenant: TenantId
    ratio: float = 1.0
    """What was learned multiplied the token estimates by this."""
    prefix_key: str = ""
    """By which the experience knows the beginning that it shares; "" where none is."""
    reach: tuple[float, ...] = ()
    """Probability that the first n hits hold all that the answer needs, n = 0 … len(hits)."""
    answerable: float = 0.0
    """Probability that the knowledge answers the question, whatever is taken of it."""
    calibration: str = ""
    """By which fit the evidence was estimated."""
