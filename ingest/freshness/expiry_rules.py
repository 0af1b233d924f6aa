"""Decide whether the words around a date make it the end of what they say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from ingest.freshness.dates_in_text import DateInText, Precision
from ingest.freshness.expiry_words import (
    AS_OF,
    BEFORE_COMING,
    COLUMN,
    COMING,
    ENDING,
    ENDING_BY_DAY,
    FOR_GOOD,
    INSTANCE,
    LEAD,
    LONGER,
    NARRATED,
    OF_LAW,
    PAST,
    SPAN,
    STANDING,
    SUBJECT,
    WHEN,
    YEARS,
)
from ingest.parsed import BlockKind


class Rule(Enum):
    """Why a date ends a statement: how plainly, 0 to 1, and for how long after it."""

    UNTIL = ("until", 0.8, 0)
    DEADLINE = ("deadline", 0.8, 0)
    SPAN = ("span", 0.7, 0)
    SEASON = ("season", 0.7, 0)
    ANNOUNCED = ("announced", 0.6, 0)
    THIS_YEAR = ("this_year", 0.5, 0)
    YEAR = ("year", 0.5, 0)
    SOON = ("soon", 0.4, 0)
    AS_OF = ("as_of", 0.3, 365)

    def __init__(self, code: str, severity: float, days: int) -> None:
        self.code = code
        self.severity = severity
        self.lasts = timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a date."""

    sentence: str
    before: str
    """Of the sentence, as `after`."""
    after: str
    kind: BlockKind
    column: str
    """The head of its column."""
    lead: str
    """What announces its list."""
    shows_code: bool
    """Whether code stands right below, which it then speaks of."""


_NEAR = 120


def rule_of(date: DateInText, around: Surroundings) -> Rule | None:
    """Give the rule by which the statement is over after the date; None: it tells history."""
    if around.kind is BlockKind.HEADING:
        rule = _of_heading(date, around)
    else:
        rule = next((rule for rule, holds in _RULES if holds(date, around)), None)
    return None if rule is None or _is_told(around) else rule


def _is_told(around: Surroundings) -> bool:
    """Say whether the sentence tells history, or makes its date up."""
    if around.shows_code or INSTANCE.search(around.before) or WHEN.match(around.after):
        return True
    past = PAST.search(around.sentence) or PAST.search(around.lead)
    return bool(past and not LONGER.search(around.sentence))


def ends_at(before: str) -> bool:
    """Say whether what stands before a day makes it the end of something."""
    return bool(ENDING.search(before) or ENDING_BY_DAY.search(before))


def heads_year(date: DateInText, heading: str) -> Rule | None:
    """Give the rule by which a heading or a title speaks of a year or a season alone."""
    if date.precision is Precision.SEASON:
        return Rule.SEASON
    named = SUBJECT.search(heading) and not OF_LAW.search(heading)
    return Rule.YEAR if named and date.precision in {Precision.YEAR, Precision.MONTH} else None


def _of_heading(date: DateInText, around: Surroundings) -> Rule | None:
    return Rule.UNTIL if _is_until(date, around) else heads_year(date, around.sentence)


def _is_until(date: DateInText, around: Surroundings) -> bool:
    before = around.before[-_NEAR:]
    if ENDING.search(before):
        if date.precision is not Precision.YEAR:
            return True
        named = OF_LAW.search(around.sentence) or YEARS.search(before)
        return bool(STANDING.search(around.sentence)) and not named
    return date.precision is Precision.DAY and ends_at(before)


def _is_deadline(date: DateInText, around: Surroundings) -> bool:
    if date.precision is not Precision.DAY:
        return False
    announced = around.lead and LEAD.search(around.lead)
    return bool(announced or COLUMN.search(around.column))


def _is_span(date: DateInText, around: Surroundings) -> bool:
    ends = date.precision in {Precision.DAY, Precision.MONTH} and SPAN.search(
        around.before[-_NEAR:]
    )
    told = NARRATED.search(around.before) or not STANDING.search(around.sentence)
    return bool(ends and not told)


def _is_announced(_: DateInText, around: Surroundings) -> bool:
    near = BEFORE_COMING.search(around.before[-_NEAR:])
    coming = near and COMING.search(around.sentence)
    announced = coming and coming.start() < len(around.before)
    return bool(announced and not OF_LAW.search(around.sentence))


def _is_as_of(date: DateInText, around: Surroundings) -> bool:
    lasts = date.precision is Precision.SEASON or FOR_GOOD.search(around.sentence)
    return not lasts and bool(AS_OF.search(around.before[-_NEAR:]))


_RULES: Sequence[tuple[Rule, Callable[[DateInText, Surroundings], bool]]] = (
    (Rule.UNTIL, _is_until),
    (Rule.DEADLINE, _is_deadline),
    (Rule.SPAN, _is_span),
    (Rule.ANNOUNCED, _is_announced),
    (Rule.AS_OF, _is_as_of),
)
