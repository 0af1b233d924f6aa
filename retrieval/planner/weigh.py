"""Weigh each option: what it gives, what it costs, which rules it breaks."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.model import Mode
from retrieval.planner.case import Case, Option, QuestionType
from retrieval.planner.cost import Costs, first_token, price
from retrieval.planner.quality import RETRIEVED, Reading, likeliest, quality
from retrieval.planner.rules import BLOCKING, POINTLESS, broken, told

LADDER = tuple(Mode)
"""From the least knowledge to the most."""
_ASSUMED_USD = 1e-6
"""What a token of unknown price counts for in the ranking; it is never shown."""
_TEARING = 0.05
"""From this loss on, torn-out passages are named as a reason against them."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """An option on the scales."""

    option: Option
    costs: Costs
    ttft_s: float
    quality: float
    utility_usd: float | None
    """None where the cost is unknown."""
    rank: float
    """What options are ordered by: the utility, with an assumed cost where none is known."""
    codes: tuple[str, ...]

    @property
    def feasible(self) -> bool:
        """Whether no rule speaks against it."""
        return BLOCKING.isdisjoint(self.codes)

    @property
    def pointless(self) -> bool:
        """Whether it holds no knowledge."""
        return not POINTLESS.isdisjoint(self.codes)

    @property
    def order(self) -> tuple[float, int, int]:
        """Sort the better one first; equals go to the lower rung, then to the shorter pack."""
        return -self.rank, *self.rung

    @property
    def rung(self) -> tuple[int, int]:
        """Its place on the ladder."""
        return LADDER.index(self.option.mode), self.option.tokens.expected


def weigh(case: Case, by: Reading) -> tuple[Weighed, ...]:
    """Weigh all options of a case, in its order."""
    name = likeliest(case.question.types)
    return tuple(_weighed(case, option, name, by) for option in case.options)


def found_of(case: Case) -> float:
    """Give the probability that the search, at its longest, found all evidence."""
    return max((one.evidence for one in case.options if one.mode in RETRIEVED), default=0.0)


def best(weighed: Sequence[Weighed]) -> Weighed:
    """Give the one of the highest rank; raises ValueError of none."""
    return min(weighed, key=lambda one: one.order)


def _weighed(case: Case, option: Option, name: QuestionType, by: Reading) -> Weighed:
    limits = case.limits
    costs = price(option, case.model, limits.output_tokens)
    ttft = round(first_token(option, case.latency, costs.hit), 3)
    worth = round(quality(option, case.question.types, case.model, by), 4)
    waiting = limits.second_usd * max(0.0, ttft - limits.patience_s)
    gain = limits.value_usd * worth - waiting
    spent = _first_known(costs.expected, costs.cold, option.tokens.expected * _ASSUMED_USD)
    codes = (
        *broken(case, option, costs, ttft),
        *told(case, option, costs),
        *_judged(case, option, name, by, waits=waiting > 0),
    )
    return Weighed(
        option=option,
        costs=costs,
        ttft_s=ttft,
        quality=worth,
        utility_usd=None if costs.expected is None else round(gain - costs.expected, 6),
        rank=round(gain - spent, 6),
        codes=tuple(dict.fromkeys(codes)),
    )


def _judged(
    case: Case, option: Option, name: QuestionType, by: Reading, *, waits: bool
) -> tuple[str, ...]:
    torn = option.mode is Mode.SNIPPETS and by.torn[name] <= 1 - _TEARING
    none = option.mode is Mode.NONE and name is QuestionType.CHIT_CHAT
    low = option.mode is not Mode.NONE and option.evidence < case.limits.threshold
    found = {"latency": waits, f"type_{name.value}": torn or none, "low_evidence": low}
    return tuple(code for code, holds in found.items() if holds)


def _first_known(*costs: float | None) -> float:
    return next(cost for cost in costs if cost is not None)
