"""Find the dates that a text names, in words or numbers, and the moment when each is over."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum

from ingest.freshness.date_words import MONTHS, SEASONS, WEEKDAYS


class Precision(IntEnum):
    """How much of the calendar a date covers."""

    DAY = 0
    MONTH = 1
    SEASON = 2
    """A quarter, a season or a feast."""
    YEAR = 3


@dataclass(frozen=True, slots=True)
class DateInText:
    """Words that name a time: `text[start:end]`."""

    start: int
    end: int
    over: datetime
    """The first moment after it, in UTC, by the latest reading where it can be read in two ways."""
    precision: Precision

    def moved(self, by: int) -> "DateInText":
        """Give the same in a text that begins so much earlier."""
        return replace(self, start=self.start + by, end=self.end + by)


# A pattern that begins with a digit is found without trying it at every letter.
_YEAR = re.compile(r"(20\d\d)(?![\d_])(?!\w)(?![,.]\d|/\d{3})")
_NOT_BEFORE_YEAR = re.compile(r"(?:[\w.,$€£#:-]|(?:\D|\A)/)\Z")
_NUMERIC = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(20\d\d|\d\d)(?![\d/-])(?!\.\d)")
_ISO = re.compile(r"(20\d\d)([-/])(\d\d)\2(\d\d)(?!\d)")
_NOT_BEFORE_NUMBER = frozenset("0123456789./-")
_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_SEASON = "|".join(sorted(map(re.escape, SEASONS), key=len, reverse=True))
_OF = r"(?:[\s,]|\b(?:of|de|del|des|di)\b)+"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|º|°|\.)?"
_WEEKDAY = rf"(?:\b(?:{'|'.join(WEEKDAYS)})\.?,?\s+(?:(?:the|den|dem|le|el|il)\s+)?)?"
_DAY_MONTH = rf"{_WEEKDAY}(?<![\d.]){_DAY}{_OF}(?P<month>{_MONTH})\b\.?"
_MONTH_DAY = rf"{_WEEKDAY}\b(?P<month2>{_MONTH})\b\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b"
_BEFORE_YEAR = re.compile(
    rf"(?:{_DAY_MONTH}|{_MONTH_DAY}|\b(?P<month3>{_MONTH})\b\.?|\bQ(?P<quarter>[1-4])"
    rf"|\b(?P<season>{_SEASON})\b|(?<![\d./-])(?P<month4>0?[1-9]|1[0-2])(?P<slash>/))"
    rf"(?(slash)|{_OF})\Z",
    re.IGNORECASE,
)
_NO_YEAR = re.compile(rf"{_DAY_MONTH}|{_MONTH_DAY}", re.IGNORECASE)
_SECOND_YEAR = re.compile(r"\s?[/\u2013-]\s?((?:20)?\d\d)\b(?![-/.]\d)")
_REACH = 48


def dates_in(text: str, language: str = "") -> list[DateInText]:
    """Give the dates from the year 2000 on in their order, a lone year as a year.

    Numbers are read in the order of the language, ISO 639-1; where that leaves two readings,
    the later one counts.
    """
    found = [*_numeric(text, language)]
    taken = [(date.start, date.end) for date in found]
    years = (
        year
        for year in _YEAR.finditer(text)
        if not _NOT_BEFORE_YEAR.search(text[max(0, year.start() - 2) : year.start()])
        and not any(start <= year.start() < end for start, end in taken)
    )
    found += (date for year in years if (date := _worded(text, year)))
    return sorted(found, key=lambda date: date.start)


def days_without_year(text: str, year: int) -> Iterator[DateInText]:
    """Give the days and months that name no year, as those of the given one."""
    for match in _NO_YEAR.finditer(text):
        follows = text[match.end() : match.end() + 8]
        if re.match(r"(?:\s|,|de|of)*(?:19|20)\d\d", follows):
            continue
        date = _of_day(match, year, match.start(), match.end())
        if date:
            yield date


def _numeric(text: str, language: str) -> Iterator[DateInText]:
    for match in _ISO.finditer(text):
        if text[match.start() - 1 : match.start()] in _NOT_BEFORE_NUMBER:
            continue
        over = _day_over(int(match[1]), int(match[3]), int(match[4]))
        if over:
            yield DateInText(match.start(), match.end(), over, Precision.DAY)
    for match in _NUMERIC.finditer(text):
        if text[match.start() - 1 : match.start()] in _NOT_BEFORE_NUMBER:
            continue
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        year += 2000 if year < 100 else 0
        readings = [_day_over(year, second, first)]
        if language in {"", "en"} and match[2] != ".":
            readings.append(_day_over(year, first, second))
        known = [over for over in readings if over]
        if known:
            yield DateInText(match.start(), match.end(), max(known), Precision.DAY)


def _worded(text: str, year: re.Match[str]) -> DateInText | None:
    """Read what stands before a year, and a second year after it, such as 2023/24."""
    number, end = int(year[1]), year.end()
    second = _SECOND_YEAR.match(text, end)
    if second and int(second[1]) % 100 == (number + 1) % 100:
        number, end = number + 1, second.end()
    begin = max(0, year.start() - _REACH)
    before = _BEFORE_YEAR.search(text[begin : year.start()])
    if before is None:
        return DateInText(year.start(), end, _over(number, 12), Precision.YEAR)
    start = begin + before.start()
    if before["day"] or before["day2"]:
        return _of_day(before, number, start, end)
    if month := before["month3"]:
        return DateInText(start, end, _over(number, MONTHS[month.lower()]), Precision.MONTH)
    if before["month4"]:
        return DateInText(start, end, _over(number, int(before["month4"])), Precision.MONTH)
    if before["quarter"]:
        return DateInText(start, end, _over(number, 3 * int(before["quarter"])), Precision.SEASON)
    last, wraps = SEASONS[before["season"].lower()]
    later = number + (1 if wraps and end == year.end() else 0)
    return DateInText(start, end, _over(later, last), Precision.SEASON)


def _of_day(match: re.Match[str], year: int, start: int, end: int) -> DateInText | None:
    day, month = match["day"] or match["day2"], match["month"] or match["month2"]
    over = _day_over(year, MONTHS[month.lower()], int(day))
    return DateInText(start, end, over, Precision.DAY) if over else None


def _day_over(year: int, month: int, day: int) -> datetime | None:
    try:
        ordinal = datetime(year, month, day, tzinfo=UTC).toordinal()
    except ValueError:
        return None
    return datetime.fromordinal(ordinal + 1).replace(tzinfo=UTC)


def _over(year: int, month: int) -> datetime:
    """Give the first moment after a month."""
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
