"""Everything that a plan depends on, as plain values: kept with it, and decided again from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from retrieval.model import Alternative, Mode, ModelFacts, Policy, Tier, TokenEstimate

# --- the question -----------------------------------------------------------------


class QuestionType(StrEnum):
    """What kind of answer a question wants."""

    LOOKUP = "lookup"
    """One fact that stands in one place."""
    HOW_TO = "how_to"
    REASONING = "reasoning"
    """Something that follows from several statements."""
    COMPARE = "compare"
    AGGREGATE = "aggregate"
    """All of something: a list, a count, a summary."""
    MULTI_PART = "multi_part"
    POLICY = "policy"
    """What is allowed, promised or due."""
    ACCOUNT = "account"
    """Only this customer's own data could answer it."""
    UNANSWERABLE = "unanswerable"
    """Beyond what a support knowledge base could hold."""
    CHIT_CHAT = "chit_chat"
    """Asks nothing: a greeting, thanks, a goodbye."""


@dataclass(frozen=True, slots=True)
class QuestionFeatures:
    """A question as the planner sees it."""

    types: Mapping[QuestionType, float]
    """Probabilities of all types; they add up to 1."""
    parts: int
    """Questions of the message that can be answered apart, 1 or more; a case keeps no words."""
    language: str
    """ISO 639-1; "" where it cannot be told."""
    history_tokens: int
    follow_up: bool
    """Whether it was found to lean on the conversation."""
    covered: float = 0.0
    """Share of its own words that the best passages hold, 0 to 1; 0 where it has none."""

    @property
    def type(self) -> QuestionType:
        """The most probable type."""
        return max(self.types, key=lambda name: self.types[name])


# --- the knowledge and what could be packed of it ---------------------------------


@dataclass(frozen=True, slots=True)
class KnowledgeFeatures:
    """What the caller may see, in the tokens of the plan's model."""

    documents: int
    tokens: int
    languages: Mapping[str, int]
    """Tokens by language."""
    changed_per_day: float
    """Documents whose text changed, a day, over the last week."""
    access_sets: int
    """Distinct sets of groups among the documents."""
    near_duplicates: int
    """Documents that say what another, better hit says."""


@dataclass(frozen=True, slots=True)
class Warmth:
    """How likely a provider still holds a shared prefix."""

    per_hour: float = 0.0
    """Questions lately that a prompt with this very prefix could have answered, by this model."""
    last_s: float | None = None
    """Seconds since the last one; None where there was none."""
    hits: int = 0
    misses: int = 0
    """What providers reported of this prefix lately."""


@dataclass(frozen=True, slots=True)
class Option:
    """One pack that could be made, with what is known before it is."""

    mode: Mode
    tokens: TokenEstimate
    """Of the whole prompt."""
    evidence: float
    """Probability that all that the answer needs is in the pack, 0 to 1."""
    budget: int | None = None
    """What the prompt was kept to; None where it holds all of something."""
    shared: int = 0
    """Tokens at its beginning that other prompts share byte by byte."""
    documents: int = 0
    passages: int = 0
    warmth: Warmth = field(default_factory=Warmth)
    reasons: tuple[str, ...] = ()
    """Codes known before the choice, such as empty, no_room, acl_mixed."""


# --- the state and the limits -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds until the first token: a fixed part and a part for each token of the prompt."""

    base_s: float
    fresh_s: float
    """For each token that no cache held."""
    cached_s: float
    observed: int = 0
    """Outcomes that it was fitted on; 0 for a prior."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What was chosen last for the same knowledge and model, for as long as a cache lives."""

    mode: Mode
    age_s: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator sets where the caller's policy says nothing."""

    output_tokens: int
    cost_cap_usd: float
    value_usd: float
    """What an answered question is worth."""
    second_usd: float
    """What a second of waiting for the first token costs, beyond `patience_s`."""
    patience_s: float
    full_share: float
    """Share of the input window that whole knowledge may take while token counts are estimates."""
    strict_tokens: int
    """Most tokens of a prompt whose every statement must be cited."""
    threshold: float
    """Evidence below it is insufficient."""


@dataclass(frozen=True, slots=True)
class Case:
    """All inputs of a choice: the same case gives the same choice, to the last digit."""

    question: QuestionFeatures
    knowledge: KnowledgeFeatures
    options: tuple[Option, ...]
    model: ModelFacts
    latency: Latency
    policy: Policy
    limits: Limits
    at: datetime
    habit: Habit | None = None
    after: Mode | None = None
    """The mode whose answer declined, where this is a second try: one rung up at most."""
    after_budget: int | None = None
    """What its prompt was kept to."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The option that won, with all that were weighed, in the order of `Case.options`."""

    chosen: int
    why: str
    """The sentence why the winner won."""
    alternatives: tuple[Alternative, ...]
    tier: Tier
    """How strong a reader the winning pack needs."""
