"""Say how many tokens a prompt may have."""

from collections.abc import Callable

from retrieval.model import ModelFacts, TokenEstimate

ASSUMED_WINDOW = 32_768
"""What a model of unknown window is trusted with; most of 2023 and later have more."""

Price = Callable[[int], float | None]
"""Gives the price of a call with this many tokens of prompt; None where it is unknown."""


def input_window(model: ModelFacts, reserve: int) -> int:
    """Give the tokens that a prompt may have beside `reserve` tokens of output."""
    room = (model.window or ASSUMED_WINDOW) - reserve
    return max(0, min(room, model.input_limit) if model.input_limit else room)


def fits(estimate: TokenEstimate, budget: int) -> bool:
    """Say whether the prompt fits even at the 99th percentile of the token estimate."""
    return estimate.p99 <= budget


def affordable(budget: int, cap_usd: float | None, price: Price) -> int:
    """Give the largest prompt within the budget that costs no more than the cap.

    An unknown price limits nothing: the plan says that it is unknown.
    """
    cost = price(budget)
    if cap_usd is None or cost is None or cost <= cap_usd:
        return budget
    low, high = 0, budget
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if (price(middle) or 0.0) <= cap_usd else (low, middle - 1)
    return low
