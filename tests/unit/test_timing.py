"""When sources are due next."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.records import Timing
from ingest.timing import check_timing, next_due

NOON = datetime(2026, 3, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_an_interval_is_counted_from_when_the_turn_was_due() -> None:
    late = NOON + timedelta(seconds=40)
    assert next_due(Timing(3600), "s", NOON, late) == NOON + HOUR


def test_turns_that_were_missed_are_made_up_for_once() -> None:
    late = NOON + timedelta(days=3)
    assert next_due(Timing(3600), "s", NOON, late) == late + HOUR


def test_a_cron_expression_is_read_in_its_time_zone_across_summer_time() -> None:
    timing = Timing(cron="30 6 * * *", time_zone="Europe/Berlin")
    before = next_due(timing, "s", None, NOON)
    after = next_due(timing, "s", None, before + HOUR)
    assert before == datetime(2026, 3, 28, 5, 30, tzinfo=UTC)
    # In the night between the clocks went forward.
    assert after == datetime(2026, 3, 29, 4, 30, tzinfo=UTC)


def test_a_cron_expression_comes_once_a_turn() -> None:
    timing = Timing(cron="0 * * * *")
    assert next_due(timing, "s", NOON, NOON) == NOON + HOUR


def test_jitter_scatters_sources_and_does_not_add_up() -> None:
    timing = Timing(3600, jitter_seconds=600)
    dues = [next_due(timing, f"s{number}", NOON, NOON) for number in range(50)]
    assert len(set(dues)) == 50
    assert all(NOON + HOUR <= due <= NOON + HOUR + timedelta(seconds=600) for due in dues)
    again = next_due(timing, "s1", dues[1], dues[1])
    assert again <= dues[1] + HOUR + timedelta(seconds=600)


@pytest.mark.parametrize(
    "timing",
    [
        Timing(cron="61 * * * *"),
        Timing(cron="* * *"),
        Timing(cron="0 0 30 2 *"),
        Timing(cron="0 * * * *", time_zone="Mars/Olympus"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(timing: Timing) -> None:
    with pytest.raises((ValueError, LookupError)):
        check_timing(timing)
