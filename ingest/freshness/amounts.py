"""Read numbers in sentences as amounts: of money, of time, of days, of versions, of things."""

import re
from dataclasses import dataclass
from itertools import islice

from ingest.freshness.claim_words import (
    ARTICLES,
    CURRENCIES,
    LEAST,
    MOST,
    NEGATIONS,
    NUMBERS,
    STOPS,
    UNITS,
    WORKING,
    words_of,
)
from ingest.freshness.date_words import MONTHS
from ingest.freshness.subject_words import SAME

YEAR = 4
"""Digits of a year."""
_RANGE = frozenset(("-", "–", "—", "to", "bis", "à", "a", "hasta", "fino"))  # noqa: RUF001
_CLOCK = re.compile(r"\d{1,2}:\d\d")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?")
LOOSE_DAY = "a day"
"""Of days that are named without saying what begins or ends on them."""
_UNTIL = words_of(
    "until till by before from since on through bis ab vor seit am jusqu'au jusqu avant"
    " dès hasta desde antes fino al dal entro il le el"
)
_IN = words_of("in since im seit en depuis desde nel dal about around circa")
_DIGITS = 15
_NAMED = re.compile(r"(?:\b[A-Z]\w+|\b[Vv]ersion|\bv\.?) $")
_PLACES = words_of(
    "section sections table tables chapter figure page pages example part appendix"
    " paragraph rfc abschnitt kapitel tabelle abbildung seite paragraf absatz artikel"
    " article chapitre tableau annexe sección capítulo tabla página sezione capitolo"
    " tabella pagina step schritt"
)
"""What is numbered to be found, and says nothing by its number."""
_FILES = frozenset(("pdf", "docx", "doc", "xlsx", "zip", "epub", "jpg", "png"))
_WRITTEN_DAY = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d\d|\d{4})")
_OF_CLOCKS = frozenset(("am", "pm", "uhr", "h"))
_Found = tuple[str, float, float, int, int]
"""Family, from, to, and which words it is made of."""


@dataclass(frozen=True, slots=True)
class Value:
    """An amount with what it is an amount of."""

    family: str
    """money GBP, time, months, length, percent, date, clock, version, count of …"""
    low: float
    high: float
    start: int
    end: int
    bound: str
    """least, most, or "" where the words around do not tell."""
    words: frozenset[str]
    """What stands around it."""

    @property
    def amount(self) -> tuple[float, float]:
        """From and to; both the same for a single number."""
        return self.low, self.high


def stem(word: str) -> str:
    """Give what most forms of a word have in common, in whatever language."""
    same = SAME.get(word)
    if same:
        return same
    if len(word) > _LONG:
        return word[:_LONG]
    return word.rstrip("s") if len(word) > _SHORT else word


_LONG, _SHORT = 7, 3
_AROUND = 3
"""Telling words on either side of a value that say what it is a value of."""


def with_values(
    text: str, words: list[str], spans: list[tuple[int, int]]
) -> tuple[list[Value], list[str], list[tuple[int, int]]]:
    """Find the values, and give the words with each value as one token of its family."""
    values: list[Value] = []
    tokens: list[str] = []
    kept: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        found = _value_at(words, at)
        if found and found[0].startswith("version") and not _of_a_name(text, spans[at]):
            found = None
        if found is None:
            if words[at] not in "–—-":  # noqa: RUF001
                tokens.append(words[at])
                kept.append(spans[at])
            at += 1
            continue
        family, low, high, first, last = found
        for _ in range(at - first):  # a currency that stood before
            tokens.pop()
            kept.pop()
        place = spans[first][0], spans[last - 1][1]
        near = frozenset(
            (*_telling(words[first - 1 :: -1] if first else []), *_telling(words[last:]))
        )
        values.append(Value(family, low, high, *place, _bound(words, first), near))
        tokens.append(f"#{family}")
        kept.append(place)
        at = last
    return values, tokens, kept


def _of_a_name(text: str, span: tuple[int, int]) -> bool:
    """Whether a number follows a name, or the word version, as that of a version does."""
    return bool(_NAMED.search(text[: span[0]])) or text[slice(*span)].count(".") > 1


def _telling(words: list[str]) -> list[str]:
    """Give the stems of the nearest words that tell something."""
    found = (stem(word) for word in words if word[:1].isalpha() and tells(word))
    return list(islice(found, _AROUND))


def tells(word: str) -> bool:
    """Whether a word says something of a subject."""
    return word not in STOPS and word not in NEGATIONS and word not in LEAST and word not in MOST


def _value_at(words: list[str], at: int) -> _Found | None:
    """Give family, from, to, and the words that a value is made of."""
    low = _number(words[at])
    if low is None:
        return None
    high, last = low, at + 1
    if last + 1 < len(words) and words[last] in _RANGE:
        upper = _number(words[last + 1])
        if upper is not None and upper >= low:
            high, last = upper, last + 2
    if at and words[at - 1] in CURRENCIES and len(words[at - 1]) == 1:
        return f"money {CURRENCIES[words[at - 1]]}", low, high, at - 1, last
    following = words[last] if last < len(words) else ""
    return _dated(words, at, last, low, high) or _measured(words, at, last, low, high, following)


def _dated(words: list[str], at: int, last: int, low: float, high: float) -> _Found | None:
    day_first = words[last] if last < len(words) else ""
    month = MONTHS.get(day_first)
    if month and low == int(low) and 1 <= low <= 31 and len(day_first) > 2:
        return _day(words, at), month * 100 + low, month * 100 + high, at, last + 1
    before = MONTHS.get(words[at - 1]) if at else None
    if before and len(words[at - 1]) > 2 and 1 <= low <= 31 and last == at + 1:
        return _day(words, at - 1), before * 100 + low, before * 100 + high, at - 1, last
    return None


def _day(words: list[str], at: int) -> str:
    """Tell a day until or from which something holds from one that merely is named."""
    return LOOSE_DAY if _UNTIL.isdisjoint(words[max(0, at - 3) : at]) else "date"


def _measured(
    words: list[str], at: int, last: int, low: float, high: float, following: str
) -> _Found | None:
    written = words[at]
    if _WRITTEN_DAY.fullmatch(written):
        return None  # a day of a year: mostly when something was, or was written
    if following in CURRENCIES:
        return f"money {CURRENCIES[following]}", low, high, at, last + 1
    if following in WORKING and last + 1 < len(words) and words[last + 1] in UNITS:
        return "working days", low, high, at, last + 2
    if following in UNITS:
        return _with_unit(words, at, last, low, high)
    if following in _OF_CLOCKS or ":" in written:
        late = 12.0 if following == "pm" and low < 12 else 0.0
        return "clock", low + late, high + late, at, last + (":" not in written)
    return _bare(words, at, last, low, high)


def _with_unit(words: list[str], at: int, last: int, low: float, high: float) -> _Found | None:
    family, size = UNITS[words[last]]
    if family == "size" and not _FILES.isdisjoint(words[max(0, at - 2) : at]):
        return None
    if last + 1 < len(words) and words[last + 1] in WORKING:
        return "working days", low, high, at, last + 2
    return family, low * size, high * size, at, last + 1


def _bare(words: list[str], at: int, last: int, low: float, high: float) -> _Found | None:
    """Read a number without a unit: a year, a version, or so many of what follows."""
    written, before = words[at], words[at - 1] if at else ""
    following = words[last] if last < len(words) else ""
    if written.isdecimal() and len(written) == YEAR:
        return ("year", low, low, at, last) if before in _IN else None
    if "." in written or written.endswith("+"):
        known = before[:1].isalpha() and before not in _PLACES and before not in STOPS
        return (f"version {stem(before)}", low, high, at, last) if known else None
    counts = following[:1].isalpha() and following not in STOPS and written not in ARTICLES
    return (f"count {stem(following)}", low, high, at, last) if counts else None


def _number(word: str) -> float | None:
    """Read a number; of several parts as a version, 3.10 above 3.9."""
    if word in NUMBERS:
        return float(NUMBERS[word])
    if not word[:1].isdecimal():
        return None
    plain = word.rstrip("+")
    if _CLOCK.fullmatch(plain):
        hours, minutes = plain.split(":")
        return int(hours) + int(minutes) / 60
    if _THOUSANDS.fullmatch(plain):
        whole, _, cents = re.sub(r"[.,](?=\d{1,2}$)", " ", plain).partition(" ")
        return float(re.sub(r"[.,]", "", whole) + "." + (cents or "0"))
    parts = plain.replace(",", ".").split(".")
    if ":" in plain or len(plain) > _DIGITS:
        return None
    if len(parts) > 2:
        return sum(int(part) / 1_000.0**place for place, part in enumerate(parts))
    return float(".".join(parts))


def _bound(words: list[str], first: int) -> str:
    for word in words[max(0, first - 3) : first][::-1]:
        if word in LEAST or word in MOST:
            return "least" if word in LEAST else "most"
    return ""
