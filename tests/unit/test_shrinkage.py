"""Noticing that a source suddenly lists much less."""

import pytest

from ingest.shrinkage import shrinkage


@pytest.mark.parametrize(
    ("listed", "before", "odd"),
    [
        (79, 100, True),
        (80, 100, False),
        (15, 20, True),
        (16, 20, False),
        (0, 4, True),
        (0, 0, False),
        (5, 5, False),
    ],
)
def test_less_than_four_fifths_of_what_was_there_is_odd(
    listed: int, before: int, odd: bool
) -> None:
    assert bool(shrinkage(listed, before)) is odd


def test_the_warning_says_how_much_there_was() -> None:
    assert "it listed 3 of the 1175 documents" in shrinkage(3, 1_175)
