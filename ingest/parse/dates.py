"""Read the dates that documents carry."""

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime

_FORMS = (
    "%Y/%m/%d",
    "%Y%m%d",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%Y-%m",
    "%d.%m.%Y",
)
_PDF = re.compile(r"D:(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?([Zz+-])?(\d{2})?'?(\d{2})?")


def read_date(value: object) -> datetime | None:
    """Give an aware time in UTC, or None when it is no date; without a zone it is UTC."""
    if isinstance(value, datetime):
        return _aware(value)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if not isinstance(value, str) or not value.strip():
        return None
    text = " ".join(value.split())
    return _iso(text) or _mail(text) or _in_words(text)


def read_pdf_date(value: str) -> datetime | None:
    """Read a date as PDF writes it, such as D:20240131120000+01'00'."""
    found = _PDF.match(value.strip())
    if not found:
        return read_date(value)
    year, month, day, hour, minute, second, sign, off_h, off_m = found.groups()
    zone = f"{sign}{off_h}:{off_m or '00'}" if sign in {"+", "-"} and off_h else "+00:00"
    clock = f"{hour or '00'}:{minute or '00'}:{second or '00'}"
    return _iso(f"{year}-{month or '01'}-{day or '01'}T{clock}{zone}")


def _aware(moment: datetime) -> datetime | None:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _iso(text: str) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(text))
    except ValueError:
        return None


def _mail(text: str) -> datetime | None:
    try:
        return _aware(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _in_words(text: str) -> datetime | None:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
