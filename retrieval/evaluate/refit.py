"""Fit the estimate of evidence to a team's own questions, and say whether it got better."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from retrieval.errors import EvaluationInvalid
from retrieval.evaluate.measure import held_by, with_copies
from retrieval.evaluate.model import Seen
from retrieval.model import Curve
from retrieval.planner.calibration import Calibration, Example, Scores, apart, auroc, fit

_SLACK = 0.05
"""What a better calibrated estimate may lose in telling apart: five fits are not one."""


@dataclass(frozen=True, slots=True)
class Refit:
    """A calibration for one's own questions, beside the one that they were asked with."""

    before: Scores
    calibration: Calibration
    """Its scores are of questions that each fold was not fitted on."""

    @property
    def better(self) -> bool:
        """Whether it is worth taking, on questions that it has not seen."""
        after = self.calibration.scores
        return after.ece < self.before.ece and after.auroc > self.before.auroc - _SLACK


def refit(seen: Sequence[Seen], base: Calibration, at: datetime) -> Refit:
    """Fit to what was seen with `base`; raises TooFewQuestions."""
    others = {plan.calibration for one in seen for plan in one.plans.values()} - {base.id}
    if others:
        raise EvaluationInvalid(
            f"The questions were answered with the calibration {min(others)!r}, but the one to "
            f"move is {base.id!r}. Restart 'punnet up', so that it uses that one, and fit again."
        )
    found = list(_examples(seen))
    # Files are often written in a rhythm, and folds are cut in one.
    random.Random(0).shuffle(found)  # noqa: S311 (no secret)
    fitted = fit(found, base, at)
    estimates = np.concatenate([np.array(one.curve.probability) for one in found])
    held = np.concatenate([np.array(one.held, float) for one in found])
    before = Scores(auroc(estimates, held), apart(estimates, held), len(found), at)
    return Refit(before, fitted)


def _examples(seen: Sequence[Seen]) -> Iterator[Example]:
    """Yield what is known of each question; one that is answerable without gold tells nothing."""
    for one in seen:
        plan = next(iter(one.plans.values()))
        if one.sought or not one.question.answerable:
            pieces = with_copies(plan.passages, one.hits)
            held = tuple(held_by(one, pieces[:count]) for count in range(len(plan.reach)))
            yield Example(Curve((), plan.reach, (), plan.answerable), held, bool(one.sought))
