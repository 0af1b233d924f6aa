"""Go one rung up the ladder after an answer that declined, where that can help.

Escalating every refusal is what Self-Route does (arXiv 2407.16833); on questions without an
answer it pushes readers into long contexts, where they make things up: 18 points lost on LaRA.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.model import Mode
from retrieval.planner.case import Case, QuestionType
from retrieval.planner.quality import HARD, likeliest, share_of
from retrieval.planner.weigh import LADDER, Weighed, best, found_of

_BEYOND = (QuestionType.UNANSWERABLE, QuestionType.ACCOUNT, QuestionType.CHIT_CHAT)
_PROBABLY = 0.5
ESCALATED = "escalated"
"""The code of a second try that went up."""


@dataclass(frozen=True, slots=True)
class Rung:
    """Where a second try stands, and the code that says why it went up or stayed."""

    stays: Weighed
    """What the first try took, as far as it is still offered."""
    goes: Weighed | None
    """One rung up; None where the gate holds it back."""
    code: str


def step_up(case: Case, weighed: Sequence[Weighed], first: Weighed, after: Mode) -> Rung:
    """Go exactly one rung up from what was taken in the mode that declined.

    `first` is what a first try would take now, where the budget of the one before is not known.
    """
    stays = _again(weighed, after, case.after_budget)
    if stays is None:
        stays = first if first.option.mode is after else _stood_on(weighed, after) or first
    ladder = [
        one
        for one in weighed
        if not one.pointless
        and one.rung > stays.rung
        and one.option.tokens.expected > stays.option.tokens.expected
    ]
    above = _next(ladder, stays)
    refused = _refused(case, stays, above)
    return Rung(stays, None, refused) if refused else Rung(stays, above, ESCALATED)


def _again(weighed: Sequence[Weighed], after: Mode, budget: int | None) -> Weighed | None:
    """Find the very option that declined: after it a second rung up is another than the first."""
    if budget is None:
        return None
    same = (one for one in weighed if one.feasible and one.option.mode is after)
    return next((one for one in same if one.option.budget == budget), None)


def _stood_on(weighed: Sequence[Weighed], after: Mode) -> Weighed | None:
    """Take the best of the highest mode up to it that may be sent."""
    highest = LADDER.index(after)
    allowed = [one for one in weighed if one.feasible and one.rung[0] <= highest]
    mode = max((one.rung[0] for one in allowed), default=0)
    return best([one for one in allowed if one.rung[0] == mode]) if allowed else None


def _next(ladder: Sequence[Weighed], stays: Weighed) -> Weighed | None:
    """Take the next larger budget of snippets, else the best of the next mode."""
    if not ladder:
        return None
    lowest = min(ladder, key=lambda one: one.rung)
    if lowest.option.mode is stays.option.mode:
        return lowest
    same = [one for one in ladder if one.option.mode is lowest.option.mode]
    return best([one for one in same if one.feasible] or same)


def _refused(case: Case, stays: Weighed, above: Weighed | None) -> str:
    """Give the code of what speaks against going up; "" where nothing does."""
    types, name = case.question.types, likeliest(case.question.types)
    if case.policy.mode is not None:
        return "not_escalated_forced"
    if name in _BEYOND and stays.option.mode is not Mode.NONE:
        return f"not_escalated_{name.value}"
    if above is None:
        return "not_escalated_top"
    if not above.feasible:
        return "not_escalated_limits"
    found = found_of(case)
    held = found >= case.limits.threshold and above.option.evidence > stays.option.evidence
    hard = share_of(types, HARD) >= _PROBABLY or case.question.parts > 1
    return "" if held or hard or stays.option.mode is Mode.NONE else "not_escalated_low_evidence"
