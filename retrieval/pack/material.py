"""What a pack is made of."""

from dataclasses import dataclass
from datetime import datetime

from connectors.model import TenantId
from ingest.reading import DocumentFilter
from retrieval.model import Hit
from retrieval.pack.asked import Asked
from retrieval.pack.holdings import Holdings
from retrieval.pack.scope import Scope
from retrieval.planner.tokens import Gauge


@dataclass(frozen=True, slots=True)
class Material:
    """A question with all that a prompt may hold, as of one sequence."""

    tenant: TenantId
    sequence: int
    where: DocumentFilter
    """What the holdings were read by."""
    holdings: Holdings
    asked: Asked
    hits: tuple[Hit, ...]
    """In the order in which they are worth taking, ranks counting from 1: `Curve.hits`."""
    gauge: Gauge
    at: datetime
    room: int
    """Tokens of a usual prompt, or as many as the caller allows: of what the question leaves
    of them, facts and history may each take a quarter, in every mode."""
    scope: Scope | None = None
    notes: tuple[str, ...] = ()
    """What else the reader should know, such as contradictions; guarded already."""
