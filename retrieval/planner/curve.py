"""Put found passages in the order worth taking, and say how far the first so many reach.

A part's passages go by how probably each holds something that the answer needs. That the
first n hold all of it is one minus the chance that each of them left something open, a
discrete-time hazard (Singer and Willett 1993), so that the probability cannot fall. Several
parts are taken together where the next token buys most of the probability that all are held.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.model import Curve, Hit, PartFound
from retrieval.planner.calibration import Calibration
from retrieval.planner.traits import PASSAGE, Floats, Traits, traits_of

_ANOTHER = 0.2
"""What remains of an answer where no passage holds the question's identifier: what is said of
E30 is no answer about E31. A judgement; public questions have too few of them to fit it."""
_LEAST = 1e-4
"""What no passage at all is worth, so that the first of each part buys much but not all."""
_COLUMN = {name: place for place, name in enumerate(PASSAGE)}
_CARRIED = ("covers_new", "beside", "length", "score", "cosine", "bm25", "covers")


@dataclass(frozen=True, slots=True)
class Reach:
    """One part: its hits in the order worth taking, and what the first so many give."""

    hits: tuple[Hit, ...]
    answerable: float
    """That the knowledge answers it, before the stretch."""
    probability: Floats
    """That the first n hold all if so, before the stretch, n = 0 … len(hits)."""


def read_curve(
    parts: Sequence[PartFound], sizes: Callable[[Hit], int], calibration: Calibration
) -> Curve:
    """Order the hits of all parts, each once; `sizes` gives a hit's tokens as it is packed."""
    reaches = [read_part(part, calibration) for part in parts]
    hits = _merged(reaches, sizes)
    places = {hit.passage.id.int: place for place, hit in enumerate(hits, start=1)}
    found = np.array([_along(reach, places) for reach in reaches])
    alone = np.array([reach.answerable for reach in reaches])
    answers = calibration.answers.of(alone) ** calibration.doubt
    own = answers[:, None] * calibration.reach.of(found)
    answerable = float(calibration.answers.of(np.array([alone.prod()]))[0] ** calibration.doubt)
    whole = answerable * calibration.reach.of(np.prod(found, axis=0))
    return Curve(
        hits=tuple(_ranked(hit, place) for place, hit in enumerate(hits, start=1)),
        probability=tuple(whole.tolist()),
        parts=tuple(tuple(one) for one in own.tolist()),
        answerable=answerable,
    )


def read_part(part: PartFound, calibration: Calibration) -> Reach:
    """Order one part's hits; a part that found nothing has no answer here."""
    if not part.found.hits:
        return Reach((), 0.0, np.zeros(1))
    traits = traits_of(part)
    relevance = calibration.relevance.of(relevance_columns(traits))
    order = np.argsort(-relevance, kind="stable")
    hazard = calibration.hazard.of(hazard_columns(traits, relevance, order))
    answerable = calibration.answerable.of(answerable_columns(traits, relevance))
    held = 1.0 - part.signals.unheld
    return Reach(
        hits=tuple(part.found.hits[place] for place in order),
        answerable=float(answerable[0]) * (_ANOTHER + (1.0 - _ANOTHER) * held),
        probability=np.concatenate([[0.0], 1.0 - np.cumprod(1.0 - hazard)]),
    )


# --- what the logistics read ------------------------------------------------------


def relevance_columns(traits: Traits) -> Floats:
    """Describe each hit, in the search's order, together with its search."""
    whole = np.broadcast_to(traits.whole, (len(traits.passages), len(traits.whole)))
    return np.hstack([traits.passages, whole])


def hazard_columns(traits: Traits, relevance: Floats, order: NDArray[np.intp]) -> Floats:
    """Describe each hit at its place in the order, given what comes before and behind it."""
    rows, chance = traits.passages[order], relevance[order]
    rank = np.arange(1, len(order) + 1)
    before = np.concatenate([[0.0], np.cumsum(chance)[:-1]])
    behind = np.maximum(chance.sum() - before - chance, 0.0)
    none = np.concatenate([[0.0], np.cumsum(np.log1p(-chance))[:-1]])
    logit = np.log(chance) - np.log1p(-chance)
    own = np.column_stack(
        [
            logit,
            logit[0] - logit,
            np.log(rank),
            rank == 1,
            rank == 2,
            before,
            none,
            np.log(behind + 1e-3),
            np.log(chance / (chance + behind)),
            np.maximum.accumulate(rows[:, _COLUMN["covers"]]),
            *(rows[:, _COLUMN[name]] for name in _CARRIED),
        ]
    )
    whole = np.broadcast_to(traits.whole, (len(order), len(traits.whole)))
    return np.hstack([own, whole, whole * (rank == 1)[:, None], whole * np.log(rank)[:, None]])


def answerable_columns(traits: Traits, relevance: Floats) -> Floats:
    """Describe a whole search in one row."""
    best = np.sort(relevance)[::-1]
    led = [
        np.log(best[0] / (1.0 - best[0])),
        np.log(best[:3].sum()),
        np.log(best.sum()),
        float(np.log1p(-best).sum()),
    ]
    return np.concatenate([traits.whole, led])[None]


# --- several parts ----------------------------------------------------------------


def _merged(reaches: Sequence[Reach], sizes: Callable[[Hit], int]) -> tuple[Hit, ...]:
    """Take from the part where a token buys most, each passage where it is first wanted."""
    if len(reaches) == 1:
        return reaches[0].hits
    wanted = [
        (-gain, place, number, hit)
        for number, reach in enumerate(reaches)
        for place, (hit, gain) in enumerate(zip(reach.hits, _gains(reach, sizes), strict=True))
    ]
    taken: dict[int, Hit] = {}
    for *_, hit in sorted(wanted, key=lambda one: one[:3]):
        taken.setdefault(hit.passage.id.int, hit)
    return tuple(taken.values())


def _ranked(hit: Hit, rank: int) -> Hit:
    # `replace` takes ten times as long, and there are hundreds.
    return Hit(
        rank,
        hit.score,
        hit.passage,
        hit.link,
        hit.freshness,
        hit.warnings,
        hit.also_in,
        hit.disputes,
    )


def _gains(reach: Reach, sizes: Callable[[Hit], int]) -> list[float]:
    """Give for each hit what a token of it buys, looking ahead to where the next step pays.

    These are the slopes of the least concave curve above the logarithm of the probability:
    taking by them is the best use of any budget (the greedy solution of a concave split).
    """
    tokens = np.concatenate([[0.0], np.cumsum([max(sizes(hit), 1) for hit in reach.hits])])
    value = np.log(reach.probability + _LEAST)
    gains, at = [], 0
    while at < len(reach.hits):
        slopes = (value[at + 1 :] - value[at]) / (tokens[at + 1 :] - tokens[at])
        step = int(np.argmax(slopes)) + 1
        gains += [float(slopes[step - 1])] * step
        at += step
    return gains


def _along(reach: Reach, places: dict[int, int]) -> Floats:
    """Say what the first n of all hits give one part: its own first m, where all m are taken."""
    taken = np.array([places[hit.passage.id.int] for hit in reach.hits], int)
    complete = np.maximum.accumulate(taken) if len(taken) else taken
    held = np.searchsorted(complete, np.arange(len(places) + 1), side="right")
    return reach.probability[held]
