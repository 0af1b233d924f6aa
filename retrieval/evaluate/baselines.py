"""The simpler rules that a planner is held against, each from a case to what it would send."""

from collections.abc import Callable
from dataclasses import dataclass

from retrieval.model import Mode
from retrieval.planner.budget import ASSUMED_WINDOW, input_window
from retrieval.planner.case import Case, Choice, Option

SNIPPET_TOKENS = 4_000
WHOLE_BELOW = 200_000
"""Anthropic's advice of 2024: a knowledge base under so many tokens goes into the prompt."""
WHOLE_SHARE = 0.6
"""Onyx's rule: whole files where they take less than this of the window."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A way to decide; it gives the prompts that are sent one after another for a question."""

    name: str
    says: str
    """What it does, with the assumptions that it needs."""
    send: Callable[[Case], tuple[Option, ...]]


def rules(choose: Callable[[Case], Choice]) -> tuple[Rule, ...]:
    """Give the planner, by its own choice, and the rules it must beat."""
    return (
        Rule(
            "planner",
            "Punnet's own choice, with caches as warm as they would be then.",
            lambda case: (case.options[choose(case).chosen],),
        ),
        Rule(
            "snippets",
            f"Always the largest cut of snippets within {SNIPPET_TOKENS:,} tokens.",
            lambda case: (snippets(case),),
        ),
        Rule(
            "full",
            "Always the whole knowledge; snippets where it does not fit the model.",
            lambda case: (_whole_if(case, wanted=True),),
        ),
        Rule(
            "self-route",
            "Snippets first; where the reader declines, the whole knowledge as well. No model is "
            "called: it is taken to decline exactly where the estimate says that the evidence is "
            "insufficient, with a reply that costs nothing and takes no time to write.",
            _self_route,
        ),
        Rule(
            "below 200k",
            f"The whole knowledge where it has fewer than {WHOLE_BELOW:,} tokens, else snippets.",
            lambda case: (_whole_if(case, wanted=case.knowledge.tokens < WHOLE_BELOW),),
        ),
        Rule(
            "below 60 %",
            "The whole knowledge where it takes less than 60 % of the window, else snippets.",
            lambda case: (
                _whole_if(case, wanted=case.knowledge.tokens < WHOLE_SHARE * _window(case)),
            ),
        ),
    )


def snippets(case: Case) -> Option:
    """Give the largest cut of snippets within the usual budget, else the smallest prompt."""
    cuts = [one for one in case.options if one.mode is Mode.SNIPPETS]
    within = [one for one in cuts if one.tokens.expected <= SNIPPET_TOKENS]
    if within:
        return max(within, key=lambda one: one.tokens.expected)
    return min(cuts or case.options, key=lambda one: one.tokens.expected)


def _self_route(case: Case) -> tuple[Option, ...]:
    first = snippets(case)
    if first.evidence >= case.limits.threshold:
        return (first,)
    second = _whole_if(case, wanted=True)
    return (first, second) if second.mode is Mode.FULL else (first,)


def _whole_if(case: Case, *, wanted: bool) -> Option:
    room = input_window(case.model, case.limits.output_tokens)
    whole = (one for one in case.options if one.mode is Mode.FULL and one.tokens.p99 <= room)
    return next(whole, snippets(case)) if wanted else snippets(case)


def _window(case: Case) -> int:
    return case.model.window or ASSUMED_WINDOW
