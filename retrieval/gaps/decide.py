"""Decide which topics are gaps, which matter most, and when one ends or comes back."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from ingest.topics import (
    AskedQuestion,
    Standing,
    Topic,
    TopicState,
    TopicWeek,
    week_of,
)
from retrieval.gaps.model import Gap, Volume
from retrieval.gaps.standing import lacked_evidence, went_wrong

WEEKS = 8
"""A topic without trouble for so many weeks is no gap any more."""
_HALVES_IN_WEEKS = 4
_BAD_COUNTS = 2
"""Somebody took the trouble to say so."""
_AGAIN = 2
"""A dismissed topic comes back when so many times the trouble has come together."""
_FINE = 3
"""So many answered questions in a row end a gap."""
_CLEARLY = 0.15
"""By so much the evidence must have grown since a question went wrong."""
_WEEK = timedelta(weeks=1)


def since(at: datetime) -> date:
    """Give the first week that is looked at."""
    return week_of(at) - (WEEKS - 1) * _WEEK


def volume_of(topic: Topic, at: datetime) -> Volume:
    """Set a topic's last weeks side by side."""
    weeks = {week.start: week for week in topic.weeks}
    this = week_of(at)
    starts = (this, this - _WEEK, this - 2 * _WEEK)
    return Volume(topic, *(weeks.get(start, TopicWeek(start)) for start in starts))


def by_volume(topics: Iterable[Topic], at: datetime) -> list[Volume]:
    """Order topics by how much they were asked about in this week and the last, most first."""
    volumes = [volume_of(topic, at) for topic in topics if topic.weeks]
    return sorted(
        volumes,
        key=lambda one: (-one.this_week.asked - one.last_week.asked, -_asked(one), one.topic.id),
    )


def gaps_of(topics: Iterable[Topic], state: TopicState, at: datetime) -> list[Gap]:
    """Give the topics in a state that went wrong lately, those that matter most first.

    Those that were closed are shown with the latest first.
    """
    gaps = [_gap(topic, at) for topic in topics if topic.state is state and _trouble(topic)]
    if state is TopicState.OPEN:
        return sorted(gaps, key=lambda gap: (gap.thin, -gap.weight, gap.topic.id))
    return sorted(gaps, key=lambda gap: gap.topic.ended_at or at, reverse=True)


def gap_of(topic: Topic, at: datetime) -> Gap:
    """Look at one topic as a gap, whether it is one or not."""
    return _gap(topic, at)


def reopens(topic: Topic) -> str:
    """Say why a closed topic's troubles wait again; "" where they do not."""
    if topic.state is TopicState.RESOLVED:
        again = bool(topic.trouble_at and topic.ended_at and topic.trouble_at > topic.ended_at)
        return "It was asked again and not answered well." if again else ""
    if topic.state is TopicState.DISMISSED:
        twice = topic.troubles >= _AGAIN * max(1, topic.troubles_at_end)
        return "It goes wrong twice as often as when it was dismissed." if twice else ""
    return ""


def to_try(topic: Topic, troubled: Sequence[AskedQuestion], sequence: int) -> bool:
    """Say whether new pages may answer what went wrong: nothing but evidence was missing then,
    and the knowledge has changed since."""
    asked_at = [asked_as_of(question) for question in troubled]
    return (
        bool(troubled)
        and all(map(lacked_evidence, troubled))
        and sequence > max(topic.checked, *asked_at)
    )


def asked_as_of(question: AskedQuestion) -> int:
    """Give the sequence that a question was answered as of; 0 where its record does not tell."""
    return int(_number(question.detail.get("sequence")))


def grew(question: AskedQuestion, evidence: float) -> bool:
    """Say whether there is clearly more evidence for a question than when it was asked."""
    return evidence >= _number(question.detail.get("evidence")) + _CLEARLY


def fine_again(latest: Sequence[AskedQuestion]) -> bool:
    """Say whether the latest questions, newest first, were all answered well."""
    told = [one for one in latest if one.bad or one.standing is not Standing.UNKNOWN][:_FINE]
    return len(told) == _FINE and not any(map(went_wrong, told))


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0


def _asked(volume: Volume) -> int:
    return sum(week.asked for week in volume.topic.weeks)


def _trouble(topic: Topic) -> bool:
    return any(week.troubles for week in topic.weeks)


def _gap(topic: Topic, at: datetime) -> Gap:
    weeks = topic.weeks
    weak, refused = sum(week.weak for week in weeks), sum(week.refused for week in weeks)
    bad = sum(week.bad for week in weeks)
    return Gap(
        volume=volume_of(topic, at),
        asked=sum(week.asked for week in weeks),
        weak=weak,
        refused=refused,
        bad=bad,
        weight=sum(_weight(week, at) for week in weeks),
        thin=weak + refused < 2 and not bad,
    )


def _weight(week: TopicWeek, at: datetime) -> float:
    ago = max(0, (week_of(at) - week.start) // _WEEK)
    troubles = week.weak + week.refused + _BAD_COUNTS * week.bad
    return float(troubles * 0.5 ** (ago / _HALVES_IN_WEEKS))
