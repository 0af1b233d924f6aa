"""The numbers that the evidence estimate was fitted to, and how they move to somebody's own.

What ships was fitted by `python -m bench.evidence --write` on public sets. A fit on one's own
questions keeps the ranking of passages and learns how sure to be: a slope and a shift for
each of the two factors, drawn towards those that ship (`fit`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.errors import CalibrationInvalid, TooFewQuestions
from retrieval.model import Curve
from retrieval.planner.traits import Floats

FEWEST = 50
_FILE = "calibration.json"
_PRIOR = 12.0
"""Weight of the shipped slope and shift: they count as about so many questions of one's own."""
_STEPS = 30
_FOLDS = 5
_EDGE = 1e-6
_LEAST_SLOPE = 0.05
"""A fit that turns the estimate upside down is chance."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A bias and a weight for each column, and for what exceeds each of its knots."""

    bias: float
    weights: tuple[float, ...]
    """The columns first, then row after row of the knots."""
    knots: tuple[tuple[float, ...], ...] = ()
    """Rows of one length, each with a knot for as many of the first columns."""

    def of(self, columns: Floats) -> Floats:
        """Give a probability for each row, never quite 0 or 1."""
        score = hinged(columns, self.knots) @ np.array(self.weights) + self.bias
        return np.asarray(np.clip(1.0 / (1.0 + np.exp(-score)), _EDGE, 1.0 - _EDGE))


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is done to a probability's logit: `slope * logit + shift`."""

    slope: float = 1.0
    shift: float = 0.0

    def of(self, probability: Floats) -> Floats:
        """Stretch probabilities; 0 stays 0 and 1 stays 1."""
        with np.errstate(over="ignore"):
            score = self.slope * _logit(np.clip(probability, 0.0, 1.0)) + self.shift
            return np.asarray(1.0 / (1.0 + np.exp(-score)))

    def then(self, other: "Stretch") -> "Stretch":
        """Give the stretch that does first this and then the other."""
        return Stretch(other.slope * self.slope, other.slope * self.shift + other.shift)


@dataclass(frozen=True, slots=True)
class Scores:
    """How well a calibration did on questions that it was not fitted on."""

    auroc: float
    """That a pack with all evidence scores above one without, 0.5 to 1."""
    ece: float
    """Mean distance of probability and share of packs that hold all, ten bins."""
    n: int
    """Questions."""
    fitted_at: datetime


@dataclass(frozen=True, slots=True)
class Calibration:
    """All that the estimate of evidence was fitted to."""

    id: str
    relevance: Logistic
    """That a passage holds something the answer needs; it puts them in order."""
    hazard: Logistic
    """That the n-th passage completes the evidence which those before it did not."""
    answerable: Logistic
    """That the knowledge answers the question at all."""
    reach: Stretch
    """Of the probability that the first n hold all, where the question is answerable."""
    answers: Stretch
    """Of the probability that it is answerable."""
    doubt: float
    """Power of the second factor: both read the same signs, which must not count twice."""
    beyond: float
    """Share of what no hit holds that the pages of the hits hold elsewhere, 0 to 1."""
    scores: Scores


@dataclass(frozen=True, slots=True)
class Example:
    """A question of one's own with what is known of its evidence."""

    curve: Curve
    """As read with the calibration that is to be moved."""
    held: tuple[bool, ...]
    """Whether the first n of the curve's hits hold all that is needed, n = 0 … len(hits)."""
    answerable: bool


def hinged(columns: Floats, knots: Sequence[Sequence[float]]) -> Floats:
    """Add how far the first columns exceed each row of knots: bends in a straight line."""
    if not knots:
        return columns
    rows = np.array(knots)
    beyond = np.maximum(columns[:, None, : rows.shape[1]] - rows, 0.0)
    return np.hstack([columns, beyond.reshape(len(columns), -1)])


# --- files ------------------------------------------------------------------------


def shipped() -> Calibration:
    """Read the calibration that comes with the program."""
    return _read(resources.files(__package__).joinpath(_FILE).read_text("utf-8"), _FILE)


def read_calibration(path: Path) -> Calibration:
    """Read a fitted calibration; raises CalibrationInvalid."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CalibrationInvalid(f"{path} cannot be read: {error}. {_MEND}") from error
    return _read(text, str(path))


def write_calibration(path: Path, calibration: Calibration) -> None:
    """Write a calibration as JSON that `read_calibration` reads back the same."""
    said = json.dumps(asdict(calibration), indent=1, default=datetime.isoformat)
    path.write_text(f"{said}\n", "utf-8")


_MEND = "Fit it again by `punnet eval fit`, or remove it: then the shipped one holds."


def _read(text: str, name: str) -> Calibration:
    try:
        row = json.loads(text)
        return Calibration(
            id=str(row["id"]),
            relevance=_logistic(row["relevance"]),
            hazard=_logistic(row["hazard"]),
            answerable=_logistic(row["answerable"]),
            reach=Stretch(**row["reach"]),
            answers=Stretch(**row["answers"]),
            doubt=float(row["doubt"]),
            beyond=float(row["beyond"]),
            scores=_scores(row["scores"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CalibrationInvalid(f"{name} is no calibration ({error!r}). {_MEND}") from error


def _logistic(row: Mapping[str, Any]) -> Logistic:
    knots = tuple(tuple(map(float, one)) for one in row["knots"])
    return Logistic(float(row["bias"]), tuple(map(float, row["weights"])), knots)


def _scores(row: Mapping[str, Any]) -> Scores:
    at = datetime.fromisoformat(row["fitted_at"])
    return Scores(float(row["auroc"]), float(row["ece"]), int(row["n"]), at)


# --- fitting ----------------------------------------------------------------------


def fit(examples: Sequence[Example], base: Calibration, at: datetime) -> Calibration:
    """Move the slope and the shift of both factors to one's own questions.

    Each is a logistic on the estimate that `base` gave, with a normal prior that keeps what
    ships; a question counts once, however many packs it was tried with. The scores are those
    of five fits, each on the other folds. Raises TooFewQuestions.
    """
    if len(examples) < FEWEST:
        raise TooFewQuestions(
            f"{len(examples)} questions were given and {FEWEST} are needed: with fewer, a fit "
            "follows chance. Add questions; until then the calibration that you have stands."
        )
    fold = np.arange(len(examples)) % _FOLDS
    found = [np.zeros(0)] * len(examples)
    for number in range(_FOLDS):
        moved = _moved([one for one, its in zip(examples, fold, strict=True) if its != number])
        for place in np.flatnonzero(fold == number).tolist():
            found[place] = _again(examples[place], *moved)
    held = np.concatenate([_held(example) for example in examples])
    answers, reach = _moved(examples)
    estimates = np.concatenate(found)
    return replace(
        base,
        id=f"{base.id}+{at:%Y-%m-%d}",
        answers=base.answers.then(answers),
        reach=base.reach.then(reach),
        scores=Scores(auroc(estimates, held), apart(estimates, held), len(examples), at),
    )


def fit_stretch(estimates: Floats, truths: Floats, weights: Floats, prior: float) -> Stretch:
    """Fit a slope and a shift by Newton's method, drawn towards 1 and 0."""
    logit = _logit(np.clip(estimates, _EDGE, 1 - _EDGE))
    design = np.column_stack([logit, np.ones(len(logit))])
    start = np.array([1.0, 0.0])
    found = start

    def loss(at: Floats) -> float:
        score = design @ at
        missed = (weights * (np.logaddexp(0.0, score) - truths * score)).sum()
        return float(missed + prior / 2 * ((at - start) ** 2).sum())

    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-design @ found))
        slope = design.T @ (weights * (truths - chance)) - prior * (found - start)
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(curve + prior * np.eye(2), slope)
        # Where all estimates are high, a whole step goes far beyond the best and never comes back.
        while loss(found + step) > loss(found) and np.abs(step).max() > _EDGE:
            step = step / 2
        found = found + step
    return Stretch(max(float(found[0]), _LEAST_SLOPE), float(found[1]))


def auroc(estimates: Floats, truths: Floats) -> float:
    """Give the chance that what is true was estimated above what is not; ties are half."""
    true, false = np.sort(estimates[truths > 0]), estimates[truths <= 0]
    if not len(true) or not len(false):
        return 0.5
    below = np.searchsorted(true, false, side="left")
    equal = np.searchsorted(true, false, side="right") - below
    return float((len(true) - below - equal / 2).mean() / len(true))


def apart(estimates: Floats, truths: Floats, bins: int = 10) -> float:
    """Give the mean distance of estimate and truth over bins that hold equally many."""
    order = np.argsort(estimates, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    errors = [len(part) * abs(estimates[part].mean() - truths[part].mean()) for part in parts]
    return float(sum(errors) / max(len(estimates), 1))


def _moved(examples: Sequence[Example]) -> tuple[Stretch, Stretch]:
    answers = fit_stretch(
        np.array([one.curve.answerable for one in examples]),
        np.array([one.answerable for one in examples], float),
        np.ones(len(examples)),
        _PRIOR,
    )
    told = [one for one in examples if one.answerable and len(one.held) > 1]
    if not told:
        return answers, Stretch()
    reach = fit_stretch(
        np.concatenate([_reach(one)[1:] for one in told]),
        np.concatenate([_held(one)[1:] for one in told]),
        np.concatenate([np.full(len(one.held) - 1, 1 / (len(one.held) - 1)) for one in told]),
        _PRIOR,
    )
    return answers, reach


def _again(example: Example, answers: Stretch, reach: Stretch) -> Floats:
    chance = answers.of(np.array([example.curve.answerable]))
    return np.asarray(chance * reach.of(_reach(example)))


def _reach(example: Example) -> Floats:
    return np.asarray(np.array(example.curve.probability) / max(example.curve.answerable, _EDGE))


def _held(example: Example) -> Floats:
    return np.array(example.held, float)


def _logit(probability: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(probability) - np.log1p(-probability))
