"""Rules that no worth of an answer outweighs, each with a code of its own."""

from retrieval.model import CacheKind, Mode
from retrieval.planner.budget import input_window
from retrieval.planner.case import Case, Option
from retrieval.planner.cost import Costs
from retrieval.planner.quality import BEYOND, WHOLE, likeliest, share_of

POINTLESS = frozenset({"empty", "nothing_matches", "no_room"})
"""Codes of a pack that would hold no knowledge."""
BLOCKING = POINTLESS | {
    "acl_mixed",
    "does_not_fit",
    "over_max_tokens",
    "over_effective_ctx",
    "cost_cap",
    "cap_unknown",
    "latency_cap",
    "citation_strict",
    "type_unanswerable",
    "type_account",
}

_SAFE_SHARE = 0.9
"""Of the input window: routers and vendors add tokens of their own."""
_BIG_TOKENS = 16_000
"""From here on readers make up clearly more where nothing can be answered (LaRA)."""
_PROBABLY = 0.5


def room(case: Case, option: Option) -> int:
    """Give the most tokens, at the 99th percentile, that the option's prompt may have."""
    estimated = option.tokens.p99 > option.tokens.expected
    share = case.limits.full_share if estimated and option.mode in WHOLE else _SAFE_SHARE
    return int(input_window(case.model, case.limits.output_tokens) * min(share, _SAFE_SHARE))


def cost_cap(case: Case, mode: Mode) -> float | None:
    """Give what a prompt of the mode may cost; None where nothing limits it.

    Who asks for a mode has waived the operator's cap, not their own.
    """
    if case.policy.max_cost_usd is not None:
        return case.policy.max_cost_usd
    return None if mode in (case.policy.mode, Mode.NONE) else case.limits.cost_cap_usd


def broken(case: Case, option: Option, costs: Costs, ttft_s: float) -> tuple[str, ...]:
    """Name the rules that the option breaks; what it was made with counts among them."""
    tokens, policy, whole = option.tokens, case.policy, option.mode in WHOLE
    unasked = whole and policy.mode is not option.mode
    cap = cost_cap(case, option.mode)
    found = {
        "empty": case.knowledge.documents == 0 and option.mode is not Mode.NONE,
        "does_not_fit": tokens.p99 > room(case, option),
        "over_max_tokens": _over(tokens.p99, policy.max_tokens),
        "over_effective_ctx": unasked and _over(tokens.expected, case.model.effective),
        "cost_cap": _over(costs.p99_cold, cap),
        "cap_unknown": whole and cap is not None and _unpriced(case, option, costs),
        "latency_cap": _over(ttft_s, policy.max_ttft_s),
        "citation_strict": policy.strict_citations and tokens.expected > case.limits.strict_tokens,
    }
    codes = [code for code, holds in found.items() if holds]
    if unasked and tokens.expected > _BIG_TOKENS:
        codes += _beyond(case)
    return tuple(dict.fromkeys((*option.reasons, *codes)))


def told(case: Case, option: Option, costs: Costs) -> tuple[str, ...]:
    """Name what is worth knowing of an option's price and window, without ruling it out."""
    rate, cached = case.model.prices.input, _cached(case, option)
    read = case.model.prices.cache_read is not None
    found = {
        "price_unknown": costs.p99_cold is None,
        "window_unknown": case.model.window is None,
        "price_step": rate is not None and any(option.tokens.p99 > s.above for s in rate.steps),
        "cache_price_unknown": cached and not read,
        "cache_warm": cached and read and costs.hit >= _PROBABLY,
        "cache_cold": cached and read and costs.hit < _PROBABLY,
    }
    return tuple(code for code, holds in found.items() if holds)


def _over(figure: float | None, limit: float | None) -> bool:
    """Say that a figure is above a limit; what is unknown is not."""
    return figure is not None and limit is not None and figure > limit


def _unpriced(case: Case, option: Option, costs: Costs) -> bool:
    """Say that no cap can be kept; what is no longer than a retrieved pack needs none."""
    retrieved = [one.tokens.p99 for one in case.options if one.mode not in WHOLE]
    return costs.p99_cold is None and option.tokens.p99 > max(retrieved, default=0)


def _beyond(case: Case) -> tuple[str, ...]:
    """Name the type that no knowledge answers, where the question is probably of one."""
    types = case.question.types
    if share_of(types, BEYOND) < _PROBABLY:
        return ()
    return (f"type_{likeliest({name: types.get(name, 0.0) for name in BEYOND}).value}",)


def _cached(case: Case, option: Option) -> bool:
    caching = case.model.caching
    return caching.kind is not CacheKind.NONE and option.shared >= max(1, caching.least_tokens)
