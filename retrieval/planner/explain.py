"""Say why the winner won, with the figures that decided, in words that need no manual."""

import math
from collections.abc import Sequence

from retrieval.model import Alternative, Mode
from retrieval.planner.case import Case
from retrieval.planner.rules import BLOCKING, cost_cap, room
from retrieval.planner.weigh import Weighed, best

_NAMES = {
    Mode.NONE: "no knowledge",
    Mode.SNIPPETS: "snippets",
    Mode.EXPANDED: "snippets with their surroundings",
    Mode.DOCUMENTS: "whole documents",
    Mode.SCOPED: "the whole section of the knowledge",
    Mode.FULL: "the whole knowledge",
}
_REFUSED = {
    "not_escalated_forced": "the caller fixed it",
    "not_escalated_unanswerable": "the question is probably beyond the knowledge",
    "not_escalated_account": "only the customer's own data could answer",
    "not_escalated_chit_chat": "nothing was asked",
    "not_escalated_top": "there is no more knowledge to send",
    "not_escalated_limits": "the next step up breaks a limit",
    "not_escalated_low_evidence": "nothing points to an answer in more text",
}
_NOTICED_S = 1.0
"""A wait that much longer is worth telling."""


def alternative(one: Weighed, marks: Sequence[str]) -> Alternative:
    """Write down one option, rounded so that equal inputs give equal JSON."""
    option, costs = one.option, one.costs
    return Alternative(
        mode=option.mode,
        budget=option.budget,
        tokens=option.tokens,
        evidence=round(option.evidence, 4),
        quality=one.quality,
        cost_usd=_rounded(costs.expected),
        warm_usd=_rounded(costs.warm),
        cold_usd=_rounded(costs.cold),
        cost_p99_usd=_rounded(costs.p99_cold),
        hit_probability=round(costs.hit, 4),
        ttft_s=one.ttft_s,
        utility_usd=one.utility_usd,
        feasible=one.feasible,
        reasons=tuple(dict.fromkeys((*one.codes, *marks))),
    )


def sentence(case: Case, weighed: Sequence[Weighed], taken: Weighed, ground: Sequence[str]) -> str:
    """Say in one sentence why this option was taken; `ground` are the codes of the choice."""
    asked = case.policy.mode
    if asked is taken.option.mode:
        return f"{_head(taken)}: the caller asked for it."
    wish = ""
    if asked is not None:
        wish = f"{asked.value} was asked for and cannot be given{_hindrance(case, weighed)}; "
    return f"{wish}{_head(taken)}: {_ground(case, weighed, taken, ground)}."


def _ground(case: Case, weighed: Sequence[Weighed], taken: Weighed, ground: Sequence[str]) -> str:
    for code in ground:
        if code in _REFUSED:
            return f"kept although its answer declined, because {_REFUSED[code]}"
    if taken.option.mode is Mode.NONE:
        return _lack(case, weighed, taken)
    if "cheapest" in ground:
        return f"nothing keeps to every limit and this costs least; it {_obstacles(case, taken)}"
    if "escalated" in ground:
        return f"one step up from {_before(case)}, whose answer declined; {_gives(taken)}"
    if "habit" in ground and case.habit:
        return (
            f"sent {case.habit.age_s:,.0f} s ago and still cached, so it is kept; "
            f"{_gives(taken)}; {_rival(case, weighed, taken)}"
        )
    return f"{_gives(taken)}; {_rival(case, weighed, taken)}"


def _lack(case: Case, weighed: Sequence[Weighed], taken: Weighed) -> str:
    codes = {code for one in weighed if one is not taken for code in one.codes}
    if "type_chit_chat" in taken.codes:
        return "the message asks nothing that knowledge could answer"
    if "empty" in codes:
        return "the caller may see no document"
    carrying = [one for one in weighed if one is not taken and not one.pointless]
    snippets = [one for one in carrying if one.option.mode is Mode.SNIPPETS]
    whole = [one for one in carrying if one.option.mode is Mode.FULL]
    if snippets:
        lack = _ruled_out(case, min(snippets, key=lambda one: one.rung))
    else:
        lack = "no passage found has room" if "no_room" in codes else "no passage was found"
    return ", and ".join((lack, *(_ruled_out(case, one) for one in whole)))


def _before(case: Case) -> str:
    return _NAMES[case.after] if case.after else "the plan before"


def _gives(one: Weighed) -> str:
    return f"{one.option.evidence:.0%} likely to hold the evidence for {_dollars(one)}"


def _rival(case: Case, weighed: Sequence[Weighed], taken: Weighed) -> str:
    """Compare with what would have answered better, else with the next best."""
    left_out = (Mode.NONE, taken.option.mode, case.policy.mode)
    others = [one for one in weighed if one.option.mode not in left_out]
    better = [one for one in others if one.quality > taken.quality and not one.pointless]
    if better:
        one = max(better, key=lambda one: (one.quality, one.rank))
        return _compared(one, taken) if one.feasible else _ruled_out(case, one)
    same = [one for one in weighed if one.option.mode is taken.option.mode and one is not taken]
    for group in (others, same):
        if feasible := [one for one in group if one.feasible]:
            return _compared(best(feasible), taken)
    ruled_out = [one for one in others if not one.pointless]
    return _ruled_out(case, best(ruled_out)) if ruled_out else "nothing else could be sent"


def _ruled_out(case: Case, one: Weighed) -> str:
    return f"{_NAMES[one.option.mode]} ({_tokens(one)}) {_obstacles(case, one)}"


def _compared(rival: Weighed, taken: Weighed) -> str:
    points = round(100 * (rival.quality - taken.quality))
    if points:
        number = f"{abs(points)} point{'' if abs(points) == 1 else 's'}"
        gain = f"{number} {'more' if points > 0 else 'less'}"
    else:
        gain = "an equally good answer"
    later = rival.ttft_s - taken.ttft_s
    wait = f" and start {later:.0f} s later" if later >= _NOTICED_S else ""
    name = f"{_NAMES[rival.option.mode]} ({_tokens(rival)})"
    return f"{name} would cost {_dollars(rival)} for {gain}{wait}"


def _hindrance(case: Case, weighed: Sequence[Weighed]) -> str:
    same = [one for one in weighed if one.option.mode is case.policy.mode]
    if not same:
        return ""
    one = min(same, key=lambda one: one.rung)
    return f", as it {_obstacles(case, one)}"


def _obstacles(case: Case, one: Weighed) -> str:
    said = [_obstacle(case, one, code) for code in one.codes if code in BLOCKING]
    return " and ".join(said) or "was not needed"


def _obstacle(case: Case, one: Weighed, code: str) -> str:
    policy, limits = case.policy, case.limits
    cap = cost_cap(case, one.option.mode) or 0.0
    return {
        "empty": "would hold nothing that the caller may see",
        "nothing_matches": "would hold nothing, as nothing matches",
        "no_room": "would have no room for what was found",
        "acl_mixed": "would mix documents of different access",
        "does_not_fit": f"would not fit in {room(case, one.option):,} tokens",
        "over_max_tokens": f"would be more than the {policy.max_tokens or 0:,} tokens allowed",
        "over_effective_ctx": f"would be more than the {case.model.effective or 0:,} tokens that "
        f"{case.model.name} reads well",
        "cost_cap": f"could cost {_above(one.costs.p99_cold or 0.0, cap)}",
        "cap_unknown": "would have no known price, so no cap can be kept",
        "latency_cap": f"would start after {one.ttft_s:.1f} s, later than the "
        f"{policy.max_ttft_s or 0:g} s allowed",
        "citation_strict": f"would be more than the {limits.strict_tokens:,} tokens of which "
        "every statement can be cited",
        "type_unanswerable": "would invite inventions, as the question is probably beyond the "
        "knowledge",
        "type_account": "would not help, as only the customer's own data could answer",
    }[code]


def _head(one: Weighed) -> str:
    return f"{one.option.mode.value} ({_tokens(one)})"


def _tokens(one: Weighed) -> str:
    return f"{one.option.tokens.expected:,} tokens"


def _dollars(one: Weighed) -> str:
    return dollars(one.costs.expected)


def _above(cost: float, cap: float) -> str:
    """Write both with as many digits as it takes to tell them apart."""
    digits = next((n for n in (2, 3, 4) if dollars(cost, n) != dollars(cap, n)), 5)
    return f"{dollars(cost, digits)}, above the cap of {dollars(cap, digits)}"


def dollars(cost: float | None, digits: int = 2) -> str:
    """Write a price with so many digits that count, and at least cents."""
    if cost is None:
        return "an unknown price"
    places = 2 if cost <= 0 else max(2, digits - 1 - math.floor(math.log10(cost)))
    return f"${cost:,.{places}f}"


def _rounded(cost: float | None) -> float | None:
    return None if cost is None else round(cost, 7)
