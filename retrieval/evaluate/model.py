"""The words of an evaluation: what was seen, and what was measured of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from retrieval.evaluate.gold import Piece, Sought
from retrieval.evaluate.questions import Question
from retrieval.model import Mode
from retrieval.planner.case import Case

SCHEMA = 1
"""Version of the report's JSON; it grows when a name changes or goes."""
FEW = 50
"""With fewer questions, intervals are wide and single questions decide."""

# --- what was seen ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planned:
    """What the planner decided about a question for one model."""

    decision: Mode
    probability: float
    """That the pack holds all that the answer needs, as estimated."""
    sufficient: bool
    handoff: str
    """The reason why a person should take over; "" without one."""
    tokens: int
    """Expected, of the prompt."""
    cost_usd: float | None
    pack: tuple[Piece, ...]
    case: Case
    """All inputs of the choice, to decide again."""
    passages: tuple[Piece, ...] = ()
    """In the order worth taking, each with its tokens."""
    reach: tuple[float, ...] = (0.0,)
    """Estimate that the first n passages hold all that the answer needs, n = 0 … all."""
    answerable: float = 0.0
    """Estimate that the knowledge answers the question."""
    calibration: str = ""
    """By which fit the estimates were made."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One question with all that was found and planned for it."""

    question: Question
    sought: tuple[Sought, ...]
    hits: tuple[Piece, ...]
    """In the order of the search, each with its tokens."""
    plans: Mapping[str, Planned]
    """By model."""


# --- what was measured ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure with its 95 % interval; `value` is None where nothing could be measured."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    """Questions that it rests on."""
    says: str


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions whose estimates lie close together: what was estimated, and what held."""

    low: float
    high: float
    n: int
    estimated: float
    held: float


@dataclass(frozen=True, slots=True)
class Share:
    """How often something was chosen among questions of a type; "" stands for all of them."""

    type: str
    mode: str
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class Simulated:
    """What one rule would cost and take at one rate of questions."""

    rule: str
    per_hour: float
    n: int
    """Questions that were let arrive."""
    usd_per_1000: float | None
    """None where a price that it needs is unknown."""
    evidence: float | None
    """Expected share of answerable questions whose prompt holds all that the answer needs."""
    ttft_p50_s: float
    ttft_p95_s: float
    full_share: float
    """Share of questions for which the whole knowledge was sent."""


@dataclass(frozen=True, slots=True)
class OfModel:
    """Everything that depends on the model that plans are made for."""

    name: str
    snapshot: str
    """Where its prices come from, and of which date."""
    measures: tuple[Measure, ...]
    bins: tuple[Bin, ...]
    shares: tuple[Share, ...]
    simulated: tuple[Simulated, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that went wrong, with what to look at."""

    line: int
    question: str
    why: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    """Titles of the best pages, in their order."""
    link: str
    """Of the best hit; "" where nothing was found."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that an evaluation found out."""

    schema: int
    made_at: datetime
    questions: int
    answerable: int
    unanswerable: int
    pieces: int
    """Questions whose gold names pieces of pages, all of which were found."""
    unchecked: int
    """Rows left out because a person has yet to look at them."""
    documents: int
    warnings: tuple[str, ...]
    problems: tuple[str, ...]
    """Gold that was not found."""
    retrieval: tuple[Measure, ...]
    models: tuple[OfModel, ...]
    failures: tuple[Failure, ...]
