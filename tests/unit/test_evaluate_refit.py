"""The estimate of evidence, fitted to questions of one's own."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from retrieval.errors import EvaluationInvalid, TooFewQuestions
from retrieval.evaluate.model import Seen
from retrieval.evaluate.refit import refit
from retrieval.planner.calibration import shipped
from tests.evaluated import MODEL, asked, gold, piece, planned, seen

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def judged(number: int, chance: float, *, by: str | None = None) -> Seen:
    """A question that is answered by its second passage two times in three."""
    where = 2 if number % 3 else 9
    plan = replace(
        planned(),
        passages=(piece(1), piece(2)),
        reach=(0.0, chance / 20, chance / 2),
        answerable=chance,
        calibration=by or shipped().id,
    )
    question = asked(f"q{number}", gold(where)) if number % 5 else asked(f"q{number}")
    return seen(question, (piece(1), piece(2)), plan)


def test_an_estimate_that_is_too_low_is_raised() -> None:
    answered = (bool(number % 3 and number % 5) for number in range(90))
    some = [judged(number, 0.4 if there else 0.1) for number, there in enumerate(answered)]
    found = refit(some, shipped(), NOON)
    assert found.better
    assert found.calibration.scores.ece < found.before.ece
    assert found.before.n == found.calibration.scores.n == 90


def test_an_estimate_that_is_sure_of_everything_learns_to_doubt() -> None:
    some = [judged(number, 0.95 + number % 4 / 100) for number in range(90)]
    moved = refit(some, shipped(), NOON).calibration.answers
    assert 0 < moved.slope < 1.5
    assert moved.of(np.array([0.96]))[0] < 0.9


def test_questions_that_say_nothing_of_their_passages_are_left_out() -> None:
    some = [judged(number, 0.3) for number in range(60)]
    silent = seen(replace(asked("q"), answerable=True), (), some[0].plans[MODEL])
    assert refit([*some, silent], shipped(), NOON).before.n == 60


def test_an_estimate_of_another_calibration_is_not_moved() -> None:
    some = [judged(number, 0.3, by="older") for number in range(60)]
    with pytest.raises(EvaluationInvalid, match="'older'"):
        refit(some, shipped(), NOON)


def test_fewer_than_fifty_are_refused() -> None:
    with pytest.raises(TooFewQuestions):
        refit([judged(number, 0.3) for number in range(49)], shipped(), NOON)
