import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from retrieval.errors import CalibrationInvalid, TooFewQuestions
from retrieval.model import Curve
from retrieval.planner.calibration import (
    Example,
    Stretch,
    apart,
    auroc,
    fit,
    read_calibration,
    shipped,
    write_calibration,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_what_ships_says_how_good_it_is(tmp_path: Path) -> None:
    calibration = shipped()
    assert calibration.scores.auroc > 0.8
    assert calibration.scores.ece < 0.05
    assert calibration.scores.n > 1_000
    write_calibration(tmp_path / "own.json", calibration)
    assert read_calibration(tmp_path / "own.json") == calibration


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"id": "x", "relevance": 3}'])
def test_a_file_that_is_no_calibration_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "own.json").write_text(text)
    with pytest.raises(CalibrationInvalid, match=r"own\.json.*punnet eval fit"):
        read_calibration(tmp_path / "own.json")


def test_a_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalibrationInvalid, match="own"):
        read_calibration(tmp_path / "own.json")


def examples(number: int, truth: Stretch) -> list[Example]:
    """Draw questions whose evidence follows the estimates as `truth` stretches them."""
    drawn = random.Random(5)
    told = []
    for _ in range(number):
        answerable = drawn.uniform(0.6, 0.99)
        reach = np.sort([drawn.uniform(0.2, 0.98) for _ in range(10)])
        curve = (0.0, *(answerable * reach).tolist())
        luck = drawn.random()
        held = (False, *(luck < chance for chance in truth.of(reach).tolist()))
        has = drawn.random() < answerable
        told.append(
            Example(Curve((), curve, (curve,), answerable), tuple(h and has for h in held), has)
        )
    return told


def test_a_fit_learns_how_sure_to_be() -> None:
    doubtful = Stretch(1.0, -1.5)
    own = fit(examples(400, doubtful), shipped(), NOON)
    assert own.reach.shift == pytest.approx(-1.5, abs=0.4)
    assert own.reach.slope == pytest.approx(1.0, abs=0.3)
    assert own.answers.shift == pytest.approx(0.0, abs=0.5)
    assert own.scores.n == 400
    assert own.scores.ece < 0.06
    assert own.id.startswith(shipped().id)
    assert own.relevance == shipped().relevance


def test_few_questions_move_it_less_than_many() -> None:
    doubtful = Stretch(1.0, -1.5)
    few, many = (fit(examples(n, doubtful), shipped(), NOON) for n in (50, 400))
    assert many.reach.shift < few.reach.shift < 0.0


def test_a_fit_on_too_few_questions_is_refused() -> None:
    with pytest.raises(TooFewQuestions, match="49 questions were given and 50"):
        fit(examples(49, Stretch()), shipped(), NOON)


def test_a_fit_stands_questions_of_one_kind() -> None:
    unanswered = [
        replace(one, answerable=False, held=(False,) * len(one.held))
        for one in examples(60, Stretch())
    ]
    assert fit(unanswered, shipped(), NOON).answers.shift < 0.0


def test_a_stretch_keeps_the_ends_and_the_order() -> None:
    stretch = Stretch(0.7, -0.4).then(Stretch(1.5, 0.2))
    found = stretch.of(np.array([0.0, 0.2, 0.5, 0.9, 1.0]))
    assert found[0] == 0.0
    assert found[-1] == 1.0
    assert (np.diff(found) > 0).all()
    twice = Stretch(1.5, 0.2).of(Stretch(0.7, -0.4).of(np.array([0.3])))
    assert stretch.of(np.array([0.3])) == pytest.approx(twice)


def test_scores_are_those_of_the_books() -> None:
    estimates, truths = np.array([0.1, 0.4, 0.4, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    assert auroc(estimates, truths) == pytest.approx(0.875)
    assert auroc(estimates, np.ones(4)) == 0.5
    assert apart(estimates, truths, bins=2) == pytest.approx((abs(0.25 - 0) + abs(0.6 - 1)) / 2)
