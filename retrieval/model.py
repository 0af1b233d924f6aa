"""The words of an answer: what was found, what was chosen, what was packed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from connectors.model import Json, TenantId
from ingest.model import DocumentId, TwoLists
from ingest.reading import DocumentFilter, LivePassage

# --- search -----------------------------------------------------------------------


class Fresh(StrEnum):
    """How a question wants stale pages treated."""

    ANY = "any"
    PREFER = "prefer"
    REQUIRE = "require"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A question to the index, within what the caller may see."""

    query: str
    limit: int
    where: DocumentFilter
    fresh: Fresh = Fresh.ANY
    joined: bool = False
    """Whether hits that follow one another in a document come as one."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far a passage can be trusted today."""

    as_of: datetime
    """When the source was last looked at."""
    changed_at: datetime | None
    verified_at: datetime | None
    stale: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked passage; `rank` counts from 1, `score` is the fused one and stays inside."""

    rank: int
    score: float
    passage: LivePassage
    link: str
    """The document's URL, or its ref without one, down to the heading, the page or the second."""
    freshness: Freshness
    warnings: tuple[str, ...] = ()
    also_in: tuple[DocumentId, ...] = ()
    """Other documents that say the same, best first; they have no hit of their own for it."""


@dataclass(frozen=True, slots=True)
class Signals:
    """The shape of a retrieval, as the evidence estimate reads it."""

    dense: tuple[float, ...]
    """Cosines of the live dense list, best first."""
    sparse: tuple[float, ...]
    """BM25 sums of the live sparse list, best first."""
    agreement: float
    """Share of the ten best that both lists hold, 0 to 1."""
    coverage: float
    """Share of the question's own words that the best ten hold, 0 to 1."""
    documents: int
    """Distinct documents among the ten best."""
    unheld: float = 0.0
    """Share of the question's identifiers, such as E31, that none of the best ten holds, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search, as of one sequence."""

    sequence: int
    hits: tuple[Hit, ...]
    lists: TwoLists
    """What is alive and allowed of each list, before fusing."""
    warnings: tuple[str, ...] = ()
    """What fell short, such as a model that does not know the question's language."""


# --- planning ---------------------------------------------------------------------


class Mode(StrEnum):
    """How much of the knowledge a prompt carries."""

    NONE = "none"
    SNIPPETS = "snippets"
    EXPANDED = "expanded"
    DOCUMENTS = "documents"
    SCOPED = "scoped"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the catalogue knows of a model on a date; prices in US dollars for a million tokens."""

    name: str
    provider: str
    window: int | None
    """Tokens of input and output together."""
    input_limit: int | None
    """Tokens of input alone, where the vendor limits it apart."""
    priced: bool
    cache_read_priced: bool
    snapshot: str
    """Where the figures come from and of which date."""


@dataclass(frozen=True, slots=True)
class TokenEstimate:
    """How many tokens a text has for a model."""

    expected: int
    p99: int


@dataclass(frozen=True, slots=True)
class Policy:
    """What the caller allows a plan to cost."""

    mode: Mode | None = None
    """None: choose."""
    max_tokens: int | None = None
    """Of the prompt."""
    max_cost_usd: float | None = None
    max_ttft_s: float | None = None
    strict_citations: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to answer, and why it won or lost."""

    mode: Mode
    tokens: TokenEstimate
    cost_usd: float | None
    """Of the expected tokens; None where the model's price is unknown."""
    cost_p99_usd: float | None
    """Of the 99th percentile of the tokens; this is what a cap is compared with."""
    feasible: bool
    reasons: tuple[str, ...]
    """Codes such as does_not_fit, cost_cap, over_max_tokens, empty, chosen."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether the knowledge answers the question."""

    probability: float
    sufficient: bool
    missing_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handoff:
    """That a person should take over, and why."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The choice with its alternatives; the same inputs give the same plan."""

    id: str
    decision: Mode
    why: str
    """The sentence why the winner won."""
    alternatives: tuple[Alternative, ...]
    evidence: Evidence
    handoff: Handoff | None
    model: ModelFacts


# --- packing ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat, as OpenAI's API has it."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """A question with what the caller knows beside it."""

    messages: tuple[Message, ...]
    """The conversation; the last one of the user is the question."""
    where: DocumentFilter
    model: str | None = None
    instructions: str = ""
    facts: str = ""
    policy: Policy = field(default_factory=Policy)
    fresh: Fresh = Fresh.ANY
    reply_tokens: int | None = None
    """The longest reply that the caller asks the model for; None: the operator's default."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a tagged piece of a pack stands: `text` is `revision.text[start:end]`."""

    tag: str
    document: str
    revision: int
    title: str
    url: str
    link: str
    start: int
    end: int
    text: str
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class ContextPack:
    """What fits, in the order the model reads it."""

    messages: tuple[Message, ...]
    tokens: TokenEstimate
    citations: tuple[Citation, ...]
    left_out: int
    """Found passages that the budget had no room for."""
    warnings: tuple[str, ...] = ()
    """What else had no room, such as old turns of the conversation."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan carried out: everything a model router needs, and everything to check it by."""

    plan: Plan
    pack: ContextPack
    found: Found
    request: Mapping[str, Json]
    """A body for an OpenAI-compatible chat endpoint."""
    requirements: Mapping[str, Json]
    hints: Sequence[Mapping[str, Json]]
    warnings: tuple[str, ...]
    tenant: TenantId
