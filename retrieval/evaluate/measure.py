"""Measure what a search found and what a planner decided, against what was sought."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np

from retrieval.evaluate import figures
from retrieval.evaluate.figures import Floats, Statistic
from retrieval.evaluate.gold import Piece, Sought, finds_page, holds
from retrieval.evaluate.model import Measure, Planned, Seen, Share
from retrieval.model import Mode

DEPTHS = (1, 5, 10)
BUDGETS = (1_000, 2_000, 4_000, 8_000)
"""Tokens of passages, best first, in which all gold pieces are looked for."""
_PER = 1_000
SAYS: Mapping[str, str] = {
    **{f"recall@{depth}": f"Gold pages up to rank {depth}" for depth in DEPTHS},
    "hit@10": "Questions with a gold page up to rank 10",
    "ndcg@10": "How high the gold pages stand among the first 10",
    "mrr": "One over the rank of the first gold page",
    **{
        f"evidence@{budget // _PER}k": f"Questions with all gold in {budget:,} tokens of passages"
        for budget in BUDGETS
    },
    "evidence@pack": "Questions whose prompt holds all of the gold",
    "auroc": "How well the estimate tells prompts that hold it all (0.5: not at all)",
    "ece": "Mean gap between the estimate and what the prompts held",
    **{
        f"{name}@{budget // _PER}k": f"The same of the first {budget:,} tokens of passages"
        for name in ("auroc", "ece")
        for budget in BUDGETS
    },
    "handoff_precision": "Hand-offs that were of unanswerable questions",
    "handoff_recall": "Unanswerable questions that were handed off",
    "cost": "US dollars per 1,000 questions, with caches as warm as now",
    "tokens": "Tokens of a prompt",
}
"""Every measure by the name that a limit may give it."""


def measure_search(seen: Sequence[Seen]) -> tuple[Measure, ...]:
    """Measure the ranking of pages, and how soon all gold pieces are held."""
    found = [ranks(one) for one in seen if one.sought]
    exact = [one for one in seen if has_pieces(one)]
    return (
        *(
            _mean(f"recall@{depth}", [figures.recall(one, depth) for one in found])
            for depth in DEPTHS
        ),
        _mean("hit@10", [float(figures.recall(one, 10) > 0) for one in found]),
        _mean("ndcg@10", [figures.ndcg(one, 10) for one in found]),
        _mean("mrr", [figures.reciprocal_rank(one) for one in found]),
        *(
            _mean(f"evidence@{budget // _PER}k", [_held_within(one, budget) for one in exact])
            for budget in BUDGETS
        ),
    )


def measure_plans(seen: Sequence[Seen], model: str) -> tuple[Measure, ...]:
    """Measure the evidence estimate, the hand-offs, and what the plans for a model come to."""
    planned = [(one, one.plans[model]) for one in seen]
    judged = figures.rows_of(estimates(seen, model))
    within = {
        f"@{budget // _PER}k": figures.rows_of(estimates_within(seen, model, budget))
        for budget in BUDGETS
    }
    handed = figures.rows_of(
        (not one.question.answerable, bool(plan.handoff)) for one, plan in planned
    )
    costs = [plan.cost_usd for _, plan in planned]
    priced = [_PER * cost for cost in costs if cost is not None]
    return (
        _mean("evidence@pack", [is_held(one, plan) for one, plan in planned if one.sought]),
        _measure("auroc", judged, figures.auroc),
        *(_measure(f"auroc{at}", rows, figures.auroc) for at, rows in within.items()),
        _measure("ece", judged, figures.calibration_error),
        *(_measure(f"ece{at}", rows, figures.calibration_error) for at, rows in within.items()),
        _measure("handoff_precision", handed, figures.share_right),
        _measure("handoff_recall", handed[:, ::-1], figures.share_right),
        _mean("cost", priced if len(priced) == len(costs) else []),
        _mean("tokens", [plan.tokens for _, plan in planned]),
    )


def estimates(seen: Sequence[Seen], model: str) -> Iterator[tuple[float, float]]:
    """Give each question's estimate, and 1 where its prompt did hold all that was sought.

    A question that is answerable but has no gold says nothing of its prompt.
    """
    for one in seen:
        if one.sought or not one.question.answerable:
            plan = one.plans[model]
            yield plan.probability, float(is_held(one, plan))


def estimates_within(
    seen: Sequence[Seen], model: str, budget: int
) -> Iterator[tuple[float, float]]:
    """Give the same of the passages worth taking that so many tokens have room for."""
    for one in seen:
        if one.sought or not one.question.answerable:
            plan = one.plans[model]
            taken = _taken(plan.passages, budget)
            held = held_by(one, with_copies(taken, one.hits))
            yield plan.reach[min(len(taken), len(plan.reach) - 1)], float(held)


def count_shares(seen: Sequence[Seen], model: str) -> tuple[Share, ...]:
    """Count the modes that were chosen, of all questions and by their types."""
    chosen = [(type_of(one, model), one.plans[model].decision) for one in seen]
    types = sorted({name for name, _ in chosen})
    groups = {"": [mode for _, mode in chosen]} | {
        name: [mode for of, mode in chosen if of == name] for name in types
    }
    return tuple(
        Share(name, mode.value, modes.count(mode), modes.count(mode) / len(modes))
        for name, modes in groups.items()
        for mode in Mode
        if mode in modes
    )


def type_of(one: Seen, model: str) -> str:
    """Give the type that the question's author names, else the one that the planner saw."""
    return one.question.type or one.plans[model].case.question.type.value


def ranks(one: Seen) -> list[int | None]:
    """Give the rank of each page that is sought, among pages in the order of their best hit."""
    pages: dict[str, Piece] = {}
    for hit in one.hits:
        pages.setdefault(hit.document, hit)
    best = list(pages.values())
    return [_rank(sought, best) for sought in _distinct(one.sought)]


def is_held(one: Seen, plan: Planned) -> bool:
    """Say whether the pack of a plan holds all that is sought."""
    return held_by(one, with_copies(plan.pack, one.hits))


def held_by(one: Seen, pieces: Sequence[Piece]) -> bool:
    """Say whether pieces hold all that is sought; where nothing is, nothing can."""
    return bool(one.sought) and all(holds(sought, pieces) for sought in one.sought)


def has_pieces(one: Seen) -> bool:
    """Say whether all that is sought is known to the character."""
    return bool(one.sought) and all(sought.has_piece for sought in one.sought)


def with_copies(pack: Sequence[Piece], hits: Sequence[Piece]) -> list[Piece]:
    """Tell each piece of a pack which pages the search knows to say the same."""
    same: dict[str, frozenset[str]] = {}
    for hit in hits:
        same[hit.document] = same.get(hit.document, frozenset()) | hit.same
    return [
        Piece(one.document, one.start, one.end, one.text, same.get(one.document, frozenset()))
        for one in pack
    ]


def _held_within(one: Seen, budget: int) -> bool:
    return held_by(one, _taken(one.hits, budget))


def _taken(pieces: Sequence[Piece], budget: int) -> Sequence[Piece]:
    sums = accumulate(piece.tokens for piece in pieces)
    return pieces[: sum(tokens <= budget for tokens in sums)]


def _rank(sought: Sought, pages: Sequence[Piece]) -> int | None:
    found = (rank for rank, page in enumerate(pages, start=1) if finds_page(sought, page))
    return next(found, None)


def _distinct(sought: Sequence[Sought]) -> Iterable[Sought]:
    """Take each page once, however many of its pieces are sought; a lost one stays lost."""
    by_page = {
        frozenset(place.document for place in one.places) or one.gold.name: one for one in sought
    }
    return by_page.values()


def _mean(name: str, values: Sequence[float]) -> Measure:
    return _measure(name, np.asarray(values, np.float64).reshape(-1, 1), figures.mean)


def _measure(name: str, rows: Floats, statistic: Statistic) -> Measure:
    value = statistic(rows)
    between = None if value is None else figures.interval(rows, statistic)
    low, high = between or (None, None)
    n = int(rows[:, 1].sum()) if statistic is figures.share_right else len(rows)
    return Measure(name, value, low, high, n, SAYS[name])
