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


@pytest.mark.parametrize(
    ("weekdays", "days"),
    [
        ("0", "sun"),
        ("7", "sun"),
        ("1", "mon"),
        ("1-5", "mon tue wed thu fri"),
        ("5-7", "fri sat sun"),
        ("*/2", "tue thu sat sun"),
        ("1,3-4", "mon wed thu"),
        ("1-5/2", "mon wed fri"),
        ("mon-fri", "mon tue wed thu fri"),
        ("sat,0", "sat sun"),
    ],
)
def test_weekdays_are_counted_as_cron_counts_them(weekdays: str, days: str) -> None:
    timing = Timing(cron=f"0 12 * * {weekdays}")
    at, came = datetime(2026, 11, 22, 13, tzinfo=UTC), []  # a Sunday
    while (at := next_due(timing, "s", None, at)) < datetime(2026, 11, 29, 13, tzinfo=UTC):
        came.append(f"{at:%a}".lower())
    assert came == days.split()


def test_a_cron_expression_comes_once_a_turn() -> None:
    timing = Timing(cron="0 * * * *")
    assert next_due(timing, "s", NOON, NOON) == NOON + HOUR


def test_jitter_scatters_sources_and_does_not_add_up() -> None:
    timing = Timing(3600, jitter_seconds=600)
    now = NOON + timedelta(minutes=20)
    dues = [next_due(timing, f"s{number}", now, now) for number in range(50)]
    assert len(set(dues)) == 50
    assert all(NOON + HOUR <= due <= NOON + HOUR + timedelta(seconds=600) for due in dues)
    for source in range(50):
        late = dues[source] + timedelta(seconds=7)
        assert next_due(timing, f"s{source}", dues[source], late) == dues[source] + HOUR


def test_jitter_comes_after_the_time_of_a_cron_expression() -> None:
    timing = Timing(cron="0 * * * *", jitter_seconds=600)
    due = next_due(timing, "s", None, NOON + timedelta(minutes=30))
    assert NOON + HOUR < due <= NOON + HOUR + timedelta(seconds=600)
    assert next_due(timing, "s", due, due) == due + HOUR


@pytest.mark.parametrize(
    "timing",
    [
        Timing(cron="61 * * * *"),
        Timing(cron="* * *"),
        Timing(cron=" "),
        Timing(cron="0 0 * * 8"),
        Timing(cron="0 0 * * 5-1"),
        Timing(cron="0 0 * * 1/0"),
        Timing(cron="0 0 30 2 *"),
        Timing(cron="0 * * * *", time_zone="Mars/Olympus"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(timing: Timing) -> None:
    with pytest.raises((ValueError, LookupError)):
        check_timing(timing)
