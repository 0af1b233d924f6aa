"""How dates, times and numbers are written: in one place, by language and time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.desk.words import N_, Catalogue

Day = date
"""A day; the writer of one has its name."""
_MONTHS = (
    *(N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun")),
    *(N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")),
)
_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_COMMA_DECIMAL = frozenset({"de"})


def zone_named(name: str) -> ZoneInfo | None:
    """Give the time zone that a browser names; None for one that nobody knows."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Formats:
    """Writes for one reader at one moment."""

    words: Catalogue
    now: datetime
    zone: ZoneInfo | None = None

    def day(self, at: datetime | None) -> str:
        """Write the day, such as 22 Nov 2026."""
        if at is None:
            return self.words.gettext("never")
        local = self._local(at)
        month = self.words.gettext(_MONTHS[local.month - 1])
        return self.words.gettext("{day} {month} {year}").format(
            day=local.day, month=month, year=local.year
        )

    def date(self, day: Day) -> str:
        """Write a day that is the same in every zone."""
        return self.day(datetime(day.year, day.month, day.day, tzinfo=self.zone or UTC))

    def usd(self, amount: float | None) -> str:
        """Write dollars with as many digits as a small amount needs."""
        if amount is None:
            return self.words.gettext("unknown")
        digits = 2 if amount >= 1 or not amount else 4 if amount >= 0.001 else 6
        return f"${self.count(amount, digits)}"

    def weekday(self, day: Day) -> str:
        """Write the day's short name."""
        return self.words.gettext(_WEEKDAYS[day.weekday()])

    def moment(self, at: datetime | None) -> str:
        """Write the day and the minute."""
        if at is None:
            return self.words.gettext("never")
        zone = "" if self.zone else " UTC"
        return f"{self.day(at)}, {self._local(at):%H:%M}{zone}"

    def clock(self, seconds: float | None) -> str:
        """Write a place in a recording."""
        minutes, rest = divmod(int(seconds or 0), 60)
        return f"{minutes}:{rest:02}"

    def sentence(self, words: str) -> str:
        """Begin with a capital."""
        return words[:1].upper() + words[1:]

    def iso(self, at: datetime | None) -> str:
        """Write it for machines."""
        return at.isoformat() if at else ""

    def date_field(self, at: datetime | None) -> str:
        """Write the day as a date field of a form holds it."""
        return f"{self._local(at):%Y-%m-%d}" if at else ""

    def ago(self, at: datetime | None) -> str:
        """Write how long ago that was, or in how long it will be."""
        if at is None:
            return self.words.gettext("never")
        passed = self.now - at
        told = self.span(abs(passed))
        if abs(passed) < timedelta(minutes=1):
            return self.words.gettext("just now")
        phrase = N_("{span} ago") if passed > timedelta() else N_("in {span}")
        return self.words.gettext(phrase).format(span=told)

    def span(self, length: timedelta) -> str:
        """Write a length of time in its largest fitting unit, as it stands before "ago"."""
        days, say = length.days, self.words.ngettext
        if days >= 730:
            return say("{n} year", "{n} years", days // 365).format(n=days // 365)
        if days >= 60:
            return say("{n} month", "{n} months", days // 30).format(n=days // 30)
        if days >= 1:
            return say("{n} day", "{n} days", days).format(n=days)
        hours, minutes = length.seconds // 3600, length.seconds // 60
        if hours:
            return say("{n} hour", "{n} hours", hours).format(n=hours)
        return say("{n} minute", "{n} minutes", minutes).format(n=minutes)

    def took(self, length: timedelta) -> str:
        """Write how long something took, to the second where that matters."""
        seconds = round(length.total_seconds())
        if seconds >= 120:
            return self.span(length)
        return self.words.ngettext("{n} second", "{n} seconds", seconds).format(n=seconds)

    def count(self, number: float, digits: int = 0) -> str:
        """Write a number with its thousands apart."""
        written = f"{number:,.{digits}f}"
        if self.words.language in _COMMA_DECIMAL:
            return written.translate(str.maketrans(",.", ".,"))
        return written

    def share(self, part: float) -> str:
        """Write a share of 1 in per cent."""
        return self.words.gettext("{n}%").format(n=self.count(100 * part))

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone or UTC)
