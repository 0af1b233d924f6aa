"""Choose how much of the knowledge a prompt carries, and say why."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.model import Mode, Tier
from retrieval.planner.budget import input_window
from retrieval.planner.case import Case, Choice, QuestionType
from retrieval.planner.escalate import step_up
from retrieval.planner.explain import alternative, sentence
from retrieval.planner.quality import SHIPPED, WHOLE, Reading, share_of
from retrieval.planner.weigh import Weighed, best, weigh

_PROBABLY = 0.5
_MARGIN = 0.10
"""How much better another mode must be before a cached prefix is left to go cold."""
_LONG_TOKENS = 32_000
"""From here on most models have lost half of what they read in short texts (NoLiMa)."""
_DEMANDING = frozenset({QuestionType.REASONING, QuestionType.COMPARE, QuestionType.AGGREGATE})


@dataclass(frozen=True, slots=True)
class _Pick:
    """An option that was taken, and the codes that say on what ground."""

    taken: Weighed
    codes: tuple[str, ...] = ()


def choose(case: Case, by: Reading = SHIPPED) -> Choice:
    """Take the option of the highest utility that no rule speaks against.

    Nothing is carried only where nothing may be seen, nothing was found, nothing has room, it
    was asked for, or nothing was asked. A case has at least one option.
    """
    weighed = weigh(case, by)
    pick = _pick(case, weighed)
    feasible = [one for one in weighed if one.feasible]
    return Choice(
        chosen=next(number for number, one in enumerate(weighed) if one is pick.taken),
        why=sentence(case, weighed, pick.taken, pick.codes),
        alternatives=tuple(alternative(one, _marks(case, one, pick, feasible)) for one in weighed),
        tier=_tier(case, pick.taken),
    )


def _pick(case: Case, weighed: Sequence[Weighed]) -> _Pick:
    asked = [one for one in weighed if one.feasible and one.option.mode is case.policy.mode]
    first = _first(case, weighed, asked)
    if case.after is None or asked:
        return first
    rung = step_up(case, weighed, first.taken, case.after)
    taken = rung.goes or rung.stays
    return _Pick(taken, (*(first.codes if taken is first.taken else ()), rung.code))


def _first(case: Case, weighed: Sequence[Weighed], asked: Sequence[Weighed]) -> _Pick:
    if asked:
        return _Pick(best(asked))
    nothing = [one for one in weighed if one.option.mode is Mode.NONE]
    if nothing and _chats(case):
        return _Pick(best(nothing))
    carrying = [one for one in weighed if one.option.mode is not Mode.NONE]
    feasible = [one for one in carrying if one.feasible]
    if feasible:
        return _kept(case, feasible)
    possible = [one for one in carrying if _possible(case, one)]
    if possible:
        return _Pick(min(possible, key=_price), ("cheapest",))
    return _Pick(best(nothing or weighed))


def _kept(case: Case, feasible: Sequence[Weighed]) -> _Pick:
    """Stay with whole knowledge that a cache still holds, unless another is clearly better."""
    first, habit = best(feasible), case.habit
    if habit is None or habit.mode not in WHOLE or habit.age_s > case.model.caching.ttl_s:
        return _Pick(first)
    same = [one for one in feasible if one.option.mode is habit.mode]
    if not same or first in same:
        return _Pick(first)
    held = best(same)
    stays = held.rank > 0 and first.rank <= held.rank * (1 + _MARGIN)
    return _Pick(held, ("habit",)) if stays else _Pick(first)


def _possible(case: Case, one: Weighed) -> bool:
    """Say that these snippets break no more than what a prompt may cost or take.

    Snippets alone were cut to the limits as far as they can be; nothing else is sent against one.
    """
    sent = one.option.mode is Mode.SNIPPETS and not one.pointless
    window = input_window(case.model, case.limits.output_tokens)
    fits = one.option.tokens.p99 <= window and "over_max_tokens" not in one.codes
    return sent and fits and "acl_mixed" not in one.codes


def _chats(case: Case) -> bool:
    """Say that the message asks nothing: not in its kind, nor in what it is about.

    "Boots." sounds like small talk, and is none where pages speak of boots or it was asked for.
    """
    asked = case.question
    sounds = asked.types.get(QuestionType.CHIT_CHAT, 0.0) >= _PROBABLY
    return sounds and not asked.follow_up and asked.covered < 1.0


def _price(one: Weighed) -> tuple[float, int, tuple[int, int]]:
    return one.costs.p99_cold or 0.0, one.option.tokens.expected, one.rung


def _marks(case: Case, one: Weighed, pick: _Pick, feasible: Sequence[Weighed]) -> tuple[str, ...]:
    forced = ("forced",) if one.option.mode is case.policy.mode else ()
    if one is pick.taken:
        return (*forced, *pick.codes, "chosen")
    beaten = any(_dominates(other, one) for other in feasible)
    return (*(("dominated",) if beaten else ()), *forced)


def _dominates(other: Weighed, one: Weighed) -> bool:
    """Say that the other is at least as good, cheap and quick, and better in one of them."""
    if other is one:
        return False
    ours = (-one.quality, _spent(one), one.ttft_s)
    theirs = (-other.quality, _spent(other), other.ttft_s)
    return theirs != ours and all(a <= b for a, b in zip(theirs, ours, strict=True))


def _spent(one: Weighed) -> float:
    return one.option.tokens.expected if one.costs.expected is None else one.costs.expected


def _tier(case: Case, taken: Weighed) -> Tier:
    demanding = share_of(case.question.types, _DEMANDING) >= _PROBABLY
    long = taken.option.tokens.expected > _LONG_TOKENS
    carries = taken.option.mode is not Mode.NONE
    return Tier.FRONTIER if carries and (demanding or long) else Tier.ROUTINE
