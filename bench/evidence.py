"""How well the planner knows what its packs hold, and what can be answered at all.

    python -m bench.evidence [--write]

Everything is fitted on one half of the questions (of covidqa-long and LaRA: of the pages) and
measured on the other: asked of whole knowledge, and of the same with one page in seven gone, so
that some packs can hold nothing. `--write` fits on both and writes the calibration that ships,
with the scores of the halves.
"""

import argparse
import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import retrieval.planner
from bench.calibrating import (
    ANSWERED,
    BUDGETS,
    FEW,
    FEW_GONE,
    LABELLED,
    Ask,
    calibrate,
    halves,
)
from bench.figures import show
from bench.prepared import LARA, prepared
from bench.workload import Message
from retrieval.model import PartFound
from retrieval.planner.calibration import (
    Calibration,
    Scores,
    apart,
    auroc,
    write_calibration,
)
from retrieval.planner.curve import read_curve
from retrieval.planner.evidence import DEFAULT_THRESHOLD
from retrieval.planner.traits import Floats

_FILE = Path(retrieval.planner.__path__[0]) / "calibration.json"
_PACKED = 16
"""Passages of a pack of about 4,000 tokens."""
_BOUNDS = (0.2, 0.3, 0.4, 0.5, DEFAULT_THRESHOLD, 0.6, 0.7)
_UNANSWERABLE = ("mtrag-human-subset", LARA)


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack of one message at one budget: what was estimated, and whether it held all."""

    set: str
    questions: int
    budget: int
    estimate: float
    full: bool


def packs(asked: Sequence[Message], fitted: Mapping[int, Calibration]) -> list[Pack]:
    """Cut every message at every budget."""
    found = []
    for one in asked:
        curve = read_curve(one.parts, one.body, fitted[one.half])
        sizes, full = np.array(one.size(curve.hits)), one.full_at(curve.hits)
        for budget in BUDGETS:
            taken = int(np.searchsorted(sizes, budget, side="right")) - 1
            held = full is not None and full <= taken
            estimate = curve.probability[taken]
            found.append(Pack(one.set, one.questions, budget, estimate, held))
    return found


def scores_of(name: str, found: Sequence[Pack]) -> dict[str, object]:
    """Measure how well full packs are told from others, and how far estimates are off."""
    estimates = np.array([one.estimate for one in found])
    truths = np.array([one.full for one in found], float)
    return {
        "packs": name,
        "n": len(found),
        "full": float(truths.mean()),
        "AUROC": auroc(estimates, truths),
        "ECE": apart(estimates, truths),
    }


def by_group(found: Sequence[Pack]) -> Iterator[dict[str, object]]:
    """Measure all packs, and those of each size, set and budget."""
    yield scores_of("all", found)
    for number in sorted({one.questions for one in found}):
        yield scores_of(f"{number} at once", [one for one in found if one.questions == number])
    for name in dict.fromkeys(one.set for one in found):
        yield scores_of(name, [one for one in found if one.set == name])
        single = [one for one in found if one.set == name and one.questions == 1]
        yield scores_of(f"{name}, single", single)
    for budget in BUDGETS:
        yield scores_of(f"{budget:,} tokens", [one for one in found if one.budget == budget])


# --- answerable or not ------------------------------------------------------------


def estimate(part: PartFound, calibration: Calibration) -> float:
    """Give the probability that a pack of everyday size holds all evidence."""
    curve = read_curve([part], lambda hit: hit.passage.tokens, calibration)
    return curve.probability[min(_PACKED, len(curve.hits))]


def told(asks: Sequence[Ask], estimates: Floats) -> Iterator[dict[str, object]]:
    """Compare the questions with an answer with each other kind, by set."""
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, ask in enumerate(asks):
        groups[ask.set, ask.kind].append(place)
        groups["all but LaRA" if ask.set != LARA else "LaRA", ask.kind].append(place)
    for (name, kind), places in groups.items():
        answered = groups[name, FEW if kind in (FEW, FEW_GONE) else ANSWERED]
        truths = np.array([1.0] * len(answered) + [0.0] * len(places))
        yield {
            "set": name,
            "questions": kind,
            "n": len(places),
            "AUROC": ""
            if kind in (ANSWERED, FEW)
            else auroc(estimates[[*answered, *places]], truths),
            "called weak": float((estimates[places] < DEFAULT_THRESHOLD).mean()),
        }


def handoffs(asks: Sequence[Ask], estimates: Floats) -> Iterator[dict[str, object]]:
    """Show precision and recall of a hand-over for weak evidence, by the threshold."""
    for name in _UNANSWERABLE:
        chosen = [
            place
            for place, ask in enumerate(asks)
            if ask.set == name and ask.kind in (ANSWERED, LABELLED)
        ]
        open_ = np.array([asks[place].kind == LABELLED for place in chosen])
        for bound in _BOUNDS:
            handed = estimates[chosen] < bound
            yield {
                "set": name,
                "threshold": bound,
                "unanswerable": int(open_.sum()),
                "answerable": int((~open_).sum()),
                "precision": float(open_[handed].mean()) if handed.any() else "",
                "recall": float(handed[open_].mean()),
                "answerable handed over": float(handed[~open_].mean()),
            }


async def measure(*, write: bool) -> None:
    """Fit on halves, measure on the others, and write where that is asked for."""
    known = await prepared()
    fitted = halves([*known.messages, *known.more], known.asks)
    found = packs([*known.messages, *known.thinned], fitted)
    estimates = np.array([estimate(ask.part, fitted[ask.half]) for ask in known.asks])
    show("evidence: whether a pack holds it all", list(by_group(found)))
    whole = packs(known.messages, fitted)
    show("evidence-whole: of knowledge that lacks nothing", list(by_group(whole)))
    show("answerable: what is told from what", list(told(known.asks, estimates)))
    show("handoff: for weak evidence", list(handoffs(known.asks, estimates)))
    if write:
        now = datetime.now(UTC).replace(microsecond=0)
        of_all = scores_of("all", found)
        scores = Scores(
            round(float(str(of_all["AUROC"])), 4),
            round(float(str(of_all["ECE"])), 4),
            len(known.messages) + len(known.thinned),
            now,
        )
        both = calibrate([*known.messages, *known.more], known.asks)
        write_calibration(_FILE, replace(both, id=f"public-{now:%Y-%m-%d}", scores=scores))
        print(f"written to {_FILE}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="fit on both halves and ship that")
    asyncio.run(measure(write=parser.parse_args().write))
