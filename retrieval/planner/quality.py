"""Expect what an answer is worth, from what is packed, how much, and who reads it.

Whether the evidence is in a pack is estimated elsewhere; these figures say how it is read. They
are priors from published measurements, the same for everybody.
LaRA: arXiv 2502.09977, 11 readers; NoLiMa: arXiv 2502.05167, 13 readers; both compare the
same questions with short and with long contexts.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from retrieval.model import Mode, ModelFacts, Tier
from retrieval.planner.budget import ASSUMED_WINDOW
from retrieval.planner.case import Option, QuestionType

WHOLE = frozenset({Mode.SCOPED, Mode.FULL})
"""Modes that carry knowledge unasked, whether or not a search finds it."""
RETRIEVED = frozenset({Mode.SNIPPETS, Mode.EXPANDED, Mode.DOCUMENTS})
HARD = frozenset(
    {
        QuestionType.REASONING,
        QuestionType.COMPARE,
        QuestionType.AGGREGATE,
        QuestionType.MULTI_PART,
    }
)
"""Types whose evidence stands in several places, so that a search misses some of it more often."""
BEYOND = frozenset({QuestionType.UNANSWERABLE, QuestionType.ACCOUNT})
"""Types that no knowledge base answers."""

SHORT_TOKENS = 3_000
"""The retrieved context of LaRA, which the rates of invention are counted from."""
_EFFECTIVE_SHARE = 0.25
"""Of a window, where nobody measured the effective length: MRCR of 2026 falls off about there."""
_LOSS_AT_EFFECTIVE = 0.15 / 0.85
"""NoLiMa calls a length effective up to which 85 % of the short score is left."""
_LOSS_POWER = 0.65
"""NoLiMa's GPT-4o: 85 % left at 8k, 70 % at 32k."""
_DISTRACTION = 0.01
"""Lost at each doubling of retrieved text: distractors that a search ranks well cost most
(arXiv 2410.05983: quality rises, then falls with the number of passages)."""
_DISTRACTION_FROM = 2_000
_DISTRACTION_MOST = 0.04
_INVENTED_MOST = 0.6
_CLUTTER = 0.1
"""Lost where a greeting is answered with help pages in hand."""
_TORN: Mapping[Mode, float] = {Mode.SNIPPETS: 1.0, Mode.EXPANDED: 0.5, Mode.DOCUMENTS: 0.2}
"""How much of the loss of torn-out passages a mode suffers; whole knowledge suffers none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How well questions of each type are answered; a table of figures from 0 to 1."""

    whole: Mapping[QuestionType, float]
    """Right answers where short, untorn evidence lies before the reader."""
    torn: Mapping[QuestionType, float]
    """Share of them that is left where the evidence is torn into passages."""
    answerable: Mapping[QuestionType, float]
    """That a knowledge base can answer a question of the type at all."""
    invented: Mapping[Tier, float]
    """Made-up answers where the pack lacks the evidence, at SHORT_TOKENS."""
    invented_more: Mapping[Tier, float]
    """Added at each doubling of the tokens."""
    tier: Mapping[Tier, float]
    """Share of right answers that a reader of the tier keeps."""


def _by_type(otherwise: float, **figures: float) -> Mapping[QuestionType, float]:
    return {name: figures.get(name.value, otherwise) for name in QuestionType}


SHIPPED = Reading(
    # MultiHop-RAG: GPT-4 answers .89 of multi-hop questions from the gold evidence.
    whole=_by_type(0.95, how_to=0.93, policy=0.93, reasoning=0.88, compare=0.87, aggregate=0.82),
    # LaRA at 32k, whole document less passages: location .1, reasoning 4.7, comparison 15.2
    # points, net of what the length costs; the types between them are guessed.
    torn=_by_type(0.99, how_to=0.97, multi_part=0.97, reasoning=0.94, compare=0.85, aggregate=0.85),
    # A page often says what to do about an account, though not how the account stands.
    answerable=_by_type(1.0, account=0.4, unanswerable=0.03),
    # LaRA's questions without an answer: declined 84 of 100 times from passages by strong
    # readers and 80 by weak ones; 10 points fewer at 32k, 22 fewer at 128k.
    invented={Tier.FRONTIER: 0.15, Tier.ROUTINE: 0.20},
    invented_more={Tier.FRONTIER: 0.03, Tier.ROUTINE: 0.045},
    tier={Tier.FRONTIER: 1.0, Tier.ROUTINE: 0.96},
)


def quality(
    option: Option,
    types: Mapping[QuestionType, float],
    model: ModelFacts,
    by: Reading,
) -> float:
    """Expect the worth of an answer over the question's types, from -1 (made up) to 1 (right)."""
    kept = kept_at(option, model) * by.tier[model.tier]
    invented = _invented(option.tokens.expected, model.tier, by)
    worth = 0.0
    for name in QuestionType:  # in an order of its own: sums of floats depend on it
        if share := types.get(name, 0.0):
            worth += share * _worth(option, name, kept, invented, by)
    return max(-1.0, min(1.0, worth))


def likeliest(types: Mapping[QuestionType, float]) -> QuestionType:
    """Give the most probable type; of equals the first, however the mapping is ordered."""
    return max(QuestionType, key=lambda name: types.get(name, 0.0))


def share_of(types: Mapping[QuestionType, float], names: frozenset[QuestionType]) -> float:
    """Give the probability that the question is of one of these types."""
    return sum(types.get(name, 0.0) for name in QuestionType if name in names)


def _worth(option: Option, name: QuestionType, kept: float, invented: float, by: Reading) -> float:
    if name is QuestionType.CHIT_CHAT:
        return by.whole[name] * (1.0 if option.mode is Mode.NONE else 1 - _CLUTTER)
    held = by.answerable[name] * option.evidence
    torn = 1 - (1 - by.torn[name]) * _TORN.get(option.mode, 0.0)
    return held * by.whole[name] * torn * kept - (1 - held) * invented


def kept_at(option: Option, model: ModelFacts) -> float:
    """Give the share of right answers that is left at the length of the pack."""
    tokens = option.tokens.expected
    effective = model.effective or int((model.window or ASSUMED_WINDOW) * _EFFECTIVE_SHARE)
    strain = tokens / max(1, effective)
    left = 1 / (1 + _LOSS_AT_EFFECTIVE * math.pow(strain, _LOSS_POWER))
    if option.mode in RETRIEVED:
        doublings = math.log2(max(1.0, tokens / _DISTRACTION_FROM))
        left -= min(_DISTRACTION_MOST, _DISTRACTION * doublings)
    return left


def _invented(tokens: int, tier: Tier, by: Reading) -> float:
    doublings = math.log2(max(1.0, tokens / SHORT_TOKENS))
    return min(_INVENTED_MOST, by.invented[tier] + by.invented_more[tier] * doublings)
