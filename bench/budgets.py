"""Full evidence for fewer tokens: the planner's curve beside fixed budgets and Adaptive-k.

    python -m bench.budgets

A message has full evidence where all that its answer needs, to the last character, is in the
pack. The planner takes the n that maximises P(n) - lambda * tokens(n); each lambda is a point
of its line, each budget one of a fixed budget's, each buffer one of Adaptive-k's (Taguchi and
others 2025: cut at the largest gap of the sorted similarities). At a level of full evidence
each line's tokens are read between its two nearest points. All that is fitted is fitted on
the other half of the questions, of covidqa-long on other pages.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.calibrating import halves
from bench.figures import show
from bench.prepared import prepared
from bench.workload import TOGETHER, Message
from ingest.model import PointId
from retrieval.model import Found, Hit
from retrieval.planner.calibration import Calibration
from retrieval.planner.curve import read_curve
from retrieval.planner.traits import Floats

LEVELS = tuple(np.arange(0.5, 0.96, 0.05).round(2).tolist())
SHOWN = (1_000, 2_000, 4_000, 8_000)
_BUDGETS = np.unique(np.geomspace(150, 24_000, 120).astype(int))
_LAMBDAS = np.geomspace(1e-6, 3e-3, 90)
_BUFFERS = range(61)
_USUAL_BUFFER = 5
_DRAWS = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A way to cut, at each of its settings: tokens and full evidence of every message."""

    tokens: Floats
    """A row a setting, a column a message."""
    full: Floats


def line_of(
    cuts: Sequence[NDArray[np.intp]], sizes: Sequence[Floats], fulls: Sequence[float]
) -> Line:
    """Put together what the cuts of each message give; a message that is never full has inf."""
    tokens = [size[cut] for size, cut in zip(sizes, cuts, strict=True)]
    full = [cut >= at for cut, at in zip(cuts, fulls, strict=True)]
    return Line(np.array(tokens).T, np.array(full, float).T)


def fixed(sizes: Sequence[Floats], fulls: Sequence[float]) -> Line:
    """Take passages in order while the budget holds them."""
    cuts = [np.searchsorted(size, _BUDGETS, side="right") - 1 for size in sizes]
    return line_of(cuts, sizes, fulls)


def planned(curves: Sequence[Floats], sizes: Sequence[Floats], fulls: Sequence[float]) -> Line:
    """Take what is worth its tokens."""
    cuts = [
        np.argmax(curve[None] - _LAMBDAS[:, None] * size[None], axis=1)
        for curve, size in zip(curves, sizes, strict=True)
    ]
    return line_of(cuts, sizes, fulls)


def adaptive(messages: Sequence[Message], sizes: Sequence[Floats], fulls: Sequence[float]) -> Line:
    """Cut at the largest gap of the cosines, and take so many passages more."""
    cuts = [
        np.minimum(_gap(message.whole) + np.array(_BUFFERS), len(size) - 1)
        for message, size in zip(messages, sizes, strict=True)
    ]
    return line_of(cuts, sizes, fulls)


def adaptive_by_part(messages: Sequence[Message]) -> Line:
    """Cut each part's own search at its largest gap, and take so many of each more."""
    tokens = np.zeros((len(_BUFFERS), len(messages)))
    full = np.zeros_like(tokens)
    for column, message in enumerate(messages):
        ranked = [(_by_cosine(part.found), _gap(part.found)) for part in message.parts]
        for row, buffer in enumerate(_BUFFERS):
            taken = _once(hit for hits, at in ranked for hit in hits[: at + buffer])
            tokens[row, column] = message.size(taken)[-1]
            full[row, column] = message.full_at(taken) is not None
    return Line(tokens, full)


def _gap(found: Found) -> int:
    """Say after how many passages the cosines fall most."""
    cosines = np.array([one.score for one in found.lists.dense])
    return int(np.argmax(-np.diff(cosines))) + 1 if len(cosines) > 1 else len(cosines)


def tokens_at(line: Line, level: float, drawn: NDArray[np.intp]) -> float:
    """Read the least mean tokens for a share of full evidence, between two settings."""
    tokens, full = line.tokens[:, drawn].mean(axis=1), line.full[:, drawn].mean(axis=1)
    order = np.argsort(tokens, kind="stable")
    tokens, full = tokens[order], np.maximum.accumulate(full[order])
    if full[-1] < level:
        return float("nan")
    after = int(np.argmax(full >= level))
    if after == 0:
        return float(tokens[0])
    share = (level - full[after - 1]) / (full[after] - full[after - 1])
    return float(tokens[after - 1] + share * (tokens[after] - tokens[after - 1]))


def saving(ours: Line, theirs: Line, drawn: NDArray[np.intp]) -> dict[float, float]:
    """Give the share of tokens saved at each level that both reach."""
    found = {
        level: 1 - tokens_at(ours, level, drawn) / tokens_at(theirs, level, drawn)
        for level in LEVELS
    }
    return {level: share for level, share in found.items() if not np.isnan(share)}


# --- orders -----------------------------------------------------------------------


def round_robin(message: Message) -> tuple[Hit, ...]:
    """Take the parts' best in turn, each passage once."""
    ranked = [part.found.hits for part in message.parts]
    last = max(map(len, ranked))
    return _once(hits[at] for at in range(last) for hits in ranked if at < len(hits))


def _once(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    once: dict[PointId, Hit] = {}
    for hit in hits:
        once.setdefault(hit.passage.id, hit)
    return tuple(once.values())


def _by_cosine(found: Found) -> tuple[Hit, ...]:
    cosine = {one.id: one.score for one in found.lists.dense}
    hits = [hit for hit in found.hits if hit.passage.id in cosine]
    return tuple(sorted(hits, key=lambda hit: -cosine[hit.passage.id]))


def lines(messages: Sequence[Message], fitted: Mapping[int, Calibration]) -> dict[str, Line]:
    """Draw the planner's line and those that it is compared with."""
    curves = [read_curve(one.parts, one.body, fitted[one.half]) for one in messages]

    def measured(orders: Iterator[Sequence[Hit]]) -> tuple[list[Floats], list[float]]:
        kept = list(orders)
        sizes = [np.array(m.size(hits), float) for m, hits in zip(messages, kept, strict=True)]
        fulls = [m.full_at(hits) or np.inf for m, hits in zip(messages, kept, strict=True)]
        return sizes, fulls

    own = measured(curve.hits for curve in curves)
    return {
        "planner": planned([np.array(curve.probability) for curve in curves], *own),
        "fixed, whole message": fixed(*measured(one.whole.hits for one in messages)),
        "adaptive-k, whole message": adaptive(
            messages, *measured(_by_cosine(one.whole) for one in messages)
        ),
        "adaptive-k, part by part": adaptive_by_part(messages),
        "fixed, part by part": fixed(*measured(map(round_robin, messages))),
        "fixed, the planner's order": fixed(*own),
    }


# --- figures ----------------------------------------------------------------------


def at_budgets(name: str, found: Mapping[str, Line]) -> Iterator[dict[str, object]]:
    """Show the full evidence that each way has for the same mean tokens."""
    for way, line in found.items():
        tokens, full = line.tokens.mean(axis=1), line.full.mean(axis=1)
        order = np.argsort(tokens)
        best = np.maximum.accumulate(full[order])
        shares = np.interp(SHOWN, tokens[order], best)
        yield {
            "messages": name,
            "way": way,
            **{f"{budget:,}": share for budget, share in zip(SHOWN, shares.tolist(), strict=True)},
        }


def savings(name: str, found: Mapping[str, Line]) -> Iterator[dict[str, object]]:
    """Show how many tokens less the planner needs at equal full evidence."""
    ours = found["planner"]
    every = np.arange(ours.tokens.shape[1])
    rng = np.random.default_rng(0)
    draws = [rng.choice(every, len(every)) for _ in range(_DRAWS)]
    for way, line in found.items():
        if line is ours:
            continue
        shares = saving(ours, line, every)
        if not shares:
            continue
        medians = [
            float(np.median(list(saving(ours, line, one).values()) or [0.0])) for one in draws
        ]
        low, high = np.quantile(medians, (0.025, 0.975))
        values = list(shares.values())
        yield {
            "messages": name,
            "against": way,
            "n": len(every),
            "fewer tokens": float(np.median(values)),
            "95 %": f"{low:.2f} to {high:.2f}",
            "least to most": f"{min(values):.2f} to {max(values):.2f}",
            "levels": f"{min(shares)} to {max(shares)}",
        }


def _groups(messages: Sequence[Message]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    yield "all", np.ones(len(messages), np.bool_)
    for number in TOGETHER:
        yield f"{number} at once", np.array([one.questions == number for one in messages])
    for name in dict.fromkeys(one.set for one in messages):
        yield name, np.array([one.set == name for one in messages])


async def measure() -> None:
    """Show full evidence at budgets, and the tokens saved."""
    known = await prepared()
    fitted = halves([*known.messages, *known.more], known.asks)
    first: list[dict[str, object]] = []
    second: list[dict[str, object]] = []
    found = lines(known.messages, fitted)
    for name, chosen in _groups(known.messages):
        part = {
            way: Line(line.tokens[:, chosen], line.full[:, chosen]) for way, line in found.items()
        }
        first += at_budgets(name, part)
        second += savings(name, part)
    show("budgets: full evidence for so many tokens", first)
    show("tokens saved: at equal full evidence", second)


if __name__ == "__main__":
    asyncio.run(measure())
