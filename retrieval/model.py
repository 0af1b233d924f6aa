"""The words of an answer: what was found, what was chosen, what was packed."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ingest.model import DocumentId, PointId, TwoLists
from ingest.reading import DocumentFilter, LivePassage, Snapshot
from retrieval.prices import PriceCard

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
    earlier: tuple["Message", ...] = ()
    """Turns before the question, oldest first: a follow-up is found by what it leans on."""
    as_of: Snapshot | None = None
    """The moment to hold still at, where several searches make one answer; None: now."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far a passage can be trusted today."""

    as_of: datetime
    """When the source was last looked at."""
    changed_at: datetime | None
    verified_at: datetime | None
    stale: bool
    """Whether an answer that rests on it should say so."""
    reasons: tuple[str, ...]
    staleness: float = 0.0
    """0 as fresh as can be, 1 surely outdated."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """That another page says something else than a passage does."""

    flag: str
    """The id of the contradiction's flag."""
    says: str
    """The sentence of the passage."""
    against: str
    """The sentence of the other page."""
    document: DocumentId
    """The other page."""
    point: PointId | None
    """The passage of it."""


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
    disputes: tuple[Dispute, ...] = ()
    """What other pages say against it, where that is known and the caller may see them."""


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
    follow_up: bool = False
    """Whether the turns before the question were searched for as well."""


@dataclass(frozen=True, slots=True)
class PartFound:
    """One part of a question, and what a search of its own found for it."""

    text: str
    found: Found
    signals: Signals


@dataclass(frozen=True, slots=True)
class Curve:
    """Passages in the order in which they are worth taking, and what the first so many give."""

    hits: tuple[Hit, ...]
    """Of all parts together, each once, ranks counting from 1 in this order."""
    probability: tuple[float, ...]
    """That the first n hold all that the answer needs, for n = 0 … len(hits); never falls."""
    parts: tuple[tuple[float, ...], ...]
    """The same for each part alone."""
    answerable: float = 1.0
    """That the knowledge answers all parts, whatever is taken of it."""


# --- planning ---------------------------------------------------------------------


class Mode(StrEnum):
    """How much of the knowledge a prompt carries."""

    NONE = "none"
    SNIPPETS = "snippets"
    EXPANDED = "expanded"
    DOCUMENTS = "documents"
    SCOPED = "scoped"
    FULL = "full"


class Tier(StrEnum):
    """How strong a reader a prompt needs, or a model is."""

    ROUTINE = "routine"
    FRONTIER = "frontier"


class CacheKind(StrEnum):
    """How a provider comes to keep a prefix."""

    NONE = "none"
    AUTOMATIC = "automatic"
    """By itself, for any prefix that is long enough."""
    MARKED = "marked"
    """Where the request marks its end."""


@dataclass(frozen=True, slots=True)
class Caching:
    """How long a provider keeps a prefix, and from which length."""

    kind: CacheKind = CacheKind.NONE
    ttl_s: int = 0
    """Since its last use."""
    least_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the catalogue knows of a model on a date."""

    name: str
    provider: str
    window: int | None
    """Tokens of input and output together."""
    input_limit: int | None
    """Tokens of input alone, where the vendor limits it apart."""
    prices: PriceCard
    caching: Caching
    effective: int | None
    """Tokens of context that it still reads well; None where nobody measured it."""
    tier: Tier
    snapshot: str
    """Where the figures come from and of which date."""


@dataclass(frozen=True, slots=True)
class TokenEstimate:
    """How many tokens a text has for a model."""

    expected: int
    p99: int


@dataclass(frozen=True, slots=True)
class TokenRatio:
    """Tokens that a provider counted for each one that was estimated."""

    expected: float = 1.0
    p99: float | None = None
    """Of the 99th percentile against the expected estimate; None: the prior margin holds."""
    observed: int = 0


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
    escalate: bool = False
    """Whether an answer that declines may be asked for again, one rung up."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to answer, and why it won or lost."""

    mode: Mode
    budget: int | None
    """What the prompt was kept to; None where it holds all of something."""
    tokens: TokenEstimate
    evidence: float
    """Probability that all that the answer needs is in the pack, 0 to 1."""
    quality: float
    """Expected worth of the answer, from -1 (made up) to 1 (right)."""
    cost_usd: float | None
    """Of the expected tokens, with the cache as warm as it probably is; None where unknown."""
    warm_usd: float | None
    """With the shared beginning read from a cache."""
    cold_usd: float | None
    """With nothing cached."""
    cost_p99_usd: float | None
    """Cold, of the 99th percentile of the tokens; this is what a cap is compared with."""
    hit_probability: float
    """That the provider still holds the shared beginning, 0 to 1."""
    ttft_s: float
    """Seconds until the first token."""
    utility_usd: float | None
    """Worth of the answer less cost and waiting; None where the cost is unknown."""
    feasible: bool
    reasons: tuple[str, ...]
    """Codes such as does_not_fit, cost_cap, cache_cold, low_evidence, type_compare, chosen."""


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
    chosen: Alternative
    evidence: Evidence
    handoff: Handoff | None
    model: ModelFacts
    tier: Tier
    """How strong a reader the pack needs."""


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
    after: Mode | None = None
    """The mode of an earlier plan whose answer declined: this one may go one rung up."""
    after_budget: int | None = None
    """What that plan's prompt was kept to, where a larger one of the same mode is a rung."""
    trial: bool = False
    """Whether nothing is sent after all: no cache is taken to be warm for it."""


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
    disputes: tuple[Dispute, ...] = ()
    """What other pages say against it, as far as it was found for the question."""


@dataclass(frozen=True, slots=True)
class Prefix:
    """A beginning that is the same, byte by byte, in every prompt with the same knowledge."""

    id: str
    """The sha256 of its bytes, in hex."""
    messages: int
    """How many of the pack's messages it takes, from the first."""
    tokens: TokenEstimate


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
    prefix: Prefix | None = None
    """The beginning that other prompts share, where there is one."""
