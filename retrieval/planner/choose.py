"""Choose how much of the knowledge a prompt carries, and say why."""

from dataclasses import dataclass

from retrieval.model import Alternative, Mode, ModelFacts, Policy, TokenEstimate
from retrieval.planner.budget import Price, fits, input_window

_BLOCKING = frozenset({"does_not_fit", "over_max_tokens", "cost_cap", "price_unknown", "empty"})
"""Codes that rule the whole knowledge out."""
_POINTLESS = frozenset({"empty", "nothing_matches", "no_room"})
"""Codes that rule snippets out; the others only inform, since something must be sent."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan keeps to where the caller's policy says nothing."""

    full_share: float
    """Share of the input window that the whole knowledge may take."""
    cost_cap_usd: float
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Case:
    """What there is to choose from; the sizes are those of whole prompts."""

    none: TokenEstimate
    snippets: TokenEstimate
    full: TokenEstimate
    documents: int
    """That the caller may see."""
    hits: int
    packed: int
    """Passages that the prompt with snippets holds."""
    policy: Policy
    model: ModelFacts


@dataclass(frozen=True, slots=True)
class Choice:
    """The mode that won, with all that were weighed."""

    decision: Mode
    why: str
    alternatives: tuple[Alternative, ...]


def choose(case: Case, limits: Limits, price: Price) -> Choice:
    """Take the whole knowledge where it fits and is within the cap, else snippets.

    Nothing is carried only where nothing may be seen, nothing was found, nothing has room,
    or it was asked for.
    """
    reasons = {
        Mode.FULL: _full_reasons(case, limits, price),
        Mode.SNIPPETS: _snippet_reasons(case, price),
        Mode.NONE: _cap_reasons(case.none, case.policy.max_cost_usd, price),
    }
    feasible = [
        mode
        for mode, ruled_out in (
            (Mode.FULL, _BLOCKING & set(reasons[Mode.FULL])),
            (Mode.SNIPPETS, _POINTLESS & set(reasons[Mode.SNIPPETS])),
            (Mode.NONE, frozenset()),
        )
        if not ruled_out
    ]
    asked = case.policy.mode
    decision = asked if asked in feasible else feasible[0]
    sizes = {Mode.FULL: case.full, Mode.SNIPPETS: case.snippets, Mode.NONE: case.none}
    weighed = tuple(
        Alternative(
            mode=mode,
            tokens=sizes[mode],
            cost_usd=price(sizes[mode].expected),
            cost_p99_usd=price(sizes[mode].p99),
            feasible=mode in feasible,
            reasons=_marked(codes, forced=mode is asked, chosen=mode is decision),
        )
        for mode, codes in reasons.items()
    )
    return Choice(decision, _why(case, limits, decision, weighed), weighed)


def _full_reasons(case: Case, limits: Limits, price: Price) -> tuple[str, ...]:
    policy = case.policy
    # Who asks for the whole knowledge has waived our cap, not their own.
    forced = policy.mode is Mode.FULL
    cap = policy.max_cost_usd if forced else _cap(policy, limits)
    over = policy.max_tokens is not None and case.full.p99 > policy.max_tokens
    found = {
        "empty": case.documents == 0,
        "does_not_fit": not fits(case.full, _full_room(case, limits)),
        "over_max_tokens": over,
        "price_unknown": cap is not None and price(case.full.p99) is None,
        "window_unknown": case.model.window is None,
    }
    codes = tuple(code for code, holds in found.items() if holds)
    return (*codes, *_cap_reasons(case.full, cap, price))


def _snippet_reasons(case: Case, price: Price) -> tuple[str, ...]:
    """The packer keeps to the window and to `max_tokens`; a cap may still be too small."""
    found = {
        "empty": case.documents == 0,
        "nothing_matches": case.documents > 0 and case.hits == 0,
        "no_room": case.hits > 0 and case.packed == 0,
        "price_unknown": price(case.snippets.p99) is None,
        "window_unknown": case.model.window is None,
    }
    codes = tuple(code for code, holds in found.items() if holds)
    return (*codes, *_cap_reasons(case.snippets, case.policy.max_cost_usd, price))


def _cap_reasons(tokens: TokenEstimate, cap: float | None, price: Price) -> tuple[str, ...]:
    cost = price(tokens.p99)
    return ("cost_cap",) if cap is not None and cost is not None and cost > cap else ()


def _marked(codes: tuple[str, ...], *, forced: bool, chosen: bool) -> tuple[str, ...]:
    return (*codes, *(("forced",) if forced else ()), *(("chosen",) if chosen else ()))


def _cap(policy: Policy, limits: Limits) -> float:
    return limits.cost_cap_usd if policy.max_cost_usd is None else policy.max_cost_usd


def _full_room(case: Case, limits: Limits) -> int:
    return int(input_window(case.model, limits.output_tokens) * limits.full_share)


# --- the sentence -----------------------------------------------------------------


def _why(case: Case, limits: Limits, decision: Mode, alternatives: tuple[Alternative, ...]) -> str:
    full = alternatives[0]
    asked = case.policy.mode
    if asked is decision:
        return f"{decision.value}: the caller asked for it."
    wish = f"{asked.value} was asked for and cannot be given; " if asked else ""
    if decision is Mode.FULL:
        return (
            f"{wish}full: all {case.documents} documents fit ({full.tokens.p99:,} of "
            f"{_full_room(case, limits):,} tokens at the 99th percentile) and cost "
            f"{_dollars(full.cost_p99_usd)}, within the cap of "
            f"{_dollars(_cap(case.policy, limits))}."
        )
    if decision is Mode.NONE:
        return f"{wish}none: {_lack(case)}."
    return f"{wish}snippets: the whole knowledge {_obstacle(case, limits, full)}."


def _lack(case: Case) -> str:
    if case.documents == 0:
        return "the caller may see no document"
    return "no passage was found" if case.hits == 0 else "no passage found has room"


def _obstacle(case: Case, limits: Limits, full: Alternative) -> str:
    tokens, cost = f"{full.tokens.p99:,} tokens", _dollars(full.cost_p99_usd)
    sentences = {
        "does_not_fit": f"({tokens}) does not fit in {_full_room(case, limits):,}",
        "over_max_tokens": f"({tokens}) is more than the {case.policy.max_tokens or 0:,} allowed",
        "cost_cap": f"({tokens}) costs {cost}, above the cap of "
        f"{_dollars(_cap(case.policy, limits))}",
        "price_unknown": f"({tokens}) has no known price, so no cap can be kept",
    }
    held = [sentence for code, sentence in sentences.items() if code in full.reasons]
    return " and ".join(held) or f"({tokens}) was not asked for"


def _dollars(cost: float | None) -> str:
    return "an unknown price" if cost is None else f"${cost:.4f}"
