"""Read sentences as claims: their subject's words, values with units, negations, names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ingest.freshness.claim_words import (
    ARTICLES,
    CURRENCIES,
    LEAST,
    MOST,
    NEGATIONS,
    NUMBERS,
    OPPOSITES,
    QUALIFIERS,
    SAME,
    STOPS,
    UNITS,
    WORKING,
)
from ingest.freshness.date_words import MONTHS
from ingest.parsed import Block, BlockKind

_CLOSES = r"[\"'”’»)\]*_]*"
_SENTENCE_END = re.compile(
    rf"(?<![\s(.]\w)(?<![\s(]\w\w)(?<!\d)[.!?…]{_CLOSES}\s+(?=[\"'“„«(¿¡]?[^\W_a-z])"
    rf"|(?<=\d)[.]{_CLOSES}\s+(?=[A-ZÄÖÜÀ-Þ][a-zß-ÿ]+\s+[a-zß-ÿ])|[!?]\s+|\n{{2,}}|\n(?=\s*[-•*–]\s)"
)
_TOKEN = re.compile(
    r"https?://\S+|[£$€%]|\d+(?:[.,:]\d+)*\+?|[^\W\d_]+(?:['’.@/_-][^\W_]+|_|\d)*(?<![.])|[–—-]"
)
_MARKUP = re.compile(r"\s*(?:===|:::|!!!|\{|```|\||[A-Z]{3,}:|\S+\s*=)")
_LEAD = re.compile(r"(?:[\s•*–-]|\(?\d{1,2}[.)]\s)*")  # noqa: RUF001
_AS_OF = re.compile(
    r"\s*(?:last\s+(?:updated|checked|reviewed|changed)|updated|as of|stand|stand vom|gültig ab|version|"
    r"valable à partir|mis à jour|dernière|actualizado|última|aggiornato|ultimo|effective|published)\b",
    re.IGNORECASE,
)
_RANGE = frozenset(("-", "–", "—", "to", "bis", "à", "a", "hasta", "fino"))  # noqa: RUF001
_SKIPPED = frozenset({BlockKind.CODE, BlockKind.TABLE, BlockKind.HEADING, BlockKind.TIMED})
_DOUBTS = frozenset(("whether", "ob", "if", "unless", "wenn", "falls", "si", "se"))
_CLOCK = re.compile(r"\d{1,2}:\d\d")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?")
_DIGITS = 15
_PLACES = frozenset(
    "section sections table tables chapter figure page pages example part appendix paragraph rfc"
    " abschnitt kapitel tabelle abbildung seite paragraf absatz artikel article chapitre tableau"
    " annexe sección capítulo tabla página sezione capitolo tabella pagina step schritt".split()
)
"""What is numbered to be found, and says nothing by its number."""
_FILES = frozenset(("pdf", "docx", "doc", "xlsx", "zip", "epub", "jpg", "png"))
_FEW, _MANY = 2, 60
"""Words of a sentence worth comparing."""


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


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, `text[start:end]` of its revision."""

    start: int
    end: int
    text: str
    tokens: tuple[str, ...]
    """Its words in lower case and in order, values as their family."""
    spans: tuple[tuple[int, int], ...]
    """Where they stand in `text`."""
    frame: frozenset[str]
    """Stems of what it is about."""
    values: tuple[Value, ...]
    negations: tuple[int, ...]
    """Which tokens negate."""
    qualifiers: frozenset[str]
    names: frozenset[str]
    """Names that are none by standing at the beginning: Yelp, PayPal, warm_up."""
    question: bool
    doubts: bool
    """Whether it says that something is open: whether, ob, si."""
    said: str
    """The sentence without its case, its signs and its spaces."""


def claims_in(
    text: str, blocks: Sequence[Block], start: int, end: int, language: str
) -> tuple[Claim, ...]:
    """Give the sentences of a passage that may claim something."""
    found = []
    for block in blocks:
        if block.kind in _SKIPPED or block.end <= start or block.start >= end:
            continue
        for begin, stop in _sentences(text, max(block.start, start), min(block.end, end)):
            claim = _claim(text[begin:stop], begin, language)
            if claim is not None:
                found.append(claim)
    return tuple(found)


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


def qualifiers_of(text: str) -> frozenset[str]:
    """Give what narrows down the subject of a page or a section: editions, countries, products."""
    return frozenset(
        QUALIFIERS.get(word.lower(), word.lower())
        for word in re.findall(r"[^\W_]+(?:[-_.][^\W_]+)*", text)
        if word.lower() in QUALIFIERS or _is_code(word)
    )


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for mark in _SENTENCE_END.finditer(text, start, end):
        stop = mark.start() + len(mark[0].rstrip())
        if stop > at:
            yield at, stop
        at = mark.end()
    if at < end:
        yield at, end


def _claim(text: str, start: int, language: str) -> Claim | None:
    if _MARKUP.match(text) or _AS_OF.match(text):
        return None
    lead = _LEAD.match(text).end()  # type: ignore[union-attr]
    text, start = text[lead:].rstrip(), start + lead
    matches = list(_TOKEN.finditer(text))
    words = [match[0].lower().replace("’", "'") for match in matches]  # noqa: RUF001
    if not _FEW <= len(words) <= _MANY:
        return None
    spans = [match.span() for match in matches]
    values, tokens, kept = _with_values(words, spans)
    raw = [text[a:b] for a, b in kept]
    frame = frozenset(
        stem(word)
        for word in tokens
        if word not in STOPS
        and word not in NEGATIONS
        and not word.startswith("#")
        and len(word) > 1
    )
    german = language == "de"
    return Claim(
        start,
        start + len(text),
        text,
        tuple(tokens),
        tuple(kept),
        frame,
        tuple(values),
        tuple(at for at, word in enumerate(tokens) if word in NEGATIONS or word in OPPOSITES),
        frozenset(QUALIFIERS[word] for word in tokens if word in QUALIFIERS),
        frozenset(
            word
            for at, word in enumerate(raw)
            if not tokens[at].startswith("#") and _is_name(word, at, german)
        ),
        text.endswith("?"),
        any(word in _DOUBTS for word in words),
        " ".join(words),
    )


def _is_name(word: str, at: int, german: bool) -> bool:
    return _is_code(word) or (at > 0 and not german and word[:1].isupper() and len(word) > 1)


def _is_code(word: str) -> bool:
    return (
        any(sign in word for sign in "_/@")
        or (len(word) > 1 and word.isupper())
        or (word[1:] != word[1:].lower() and not word.isupper())
        or (any(sign.isdigit() for sign in word) and any(sign.isalpha() for sign in word))
    )


# --- values -----------------------------------------------------------------------


def _with_values(
    words: list[str], spans: list[tuple[int, int]]
) -> tuple[list[Value], list[str], list[tuple[int, int]]]:
    """Find the values, and give the words with each value as one token of its family."""
    values: list[Value] = []
    tokens: list[str] = []
    kept: list[tuple[int, int]] = []
    at = 0
    while at < len(words):
        found = _value_at(words, at)
        if found is None:
            if words[at] not in "–—-":
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


def _telling(words: list[str]) -> list[str]:
    """Give the stems of the nearest words that tell something."""
    found = (stem(word) for word in words if word[:1].isalpha() and _tells(word))
    return list(islice(found, _AROUND))


def _tells(word: str) -> bool:
    return word not in STOPS and word not in NEGATIONS and word not in LEAST and word not in MOST


def _value_at(words: list[str], at: int) -> tuple[str, float, float, int, int] | None:
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
    return _dated(words, at, last, low) or _measured(words, at, last, low, high, following)


def _dated(
    words: list[str], at: int, last: int, low: float
) -> tuple[str, float, float, int, int] | None:
    day_first = words[last] if last < len(words) else ""
    month = MONTHS.get(day_first)
    if month and low == int(low) and 1 <= low <= 31 and len(day_first) > 2:
        return "date", month * 100 + low, month * 100 + low, at, last + 1
    before = MONTHS.get(words[at - 1]) if at else None
    if before and len(words[at - 1]) > 2 and 1 <= low <= 31 and last == at + 1:
        return "date", before * 100 + low, before * 100 + low, at - 1, last
    return None


def _measured(
    words: list[str], at: int, last: int, low: float, high: float, following: str
) -> tuple[str, float, float, int, int] | None:
    written = words[at]
    if re.fullmatch(r"\d{1,2}\.\d{1,2}\.(?:\d\d|\d{4})", written):
        return None  # a day of a year: mostly when something was, or was written
    if following in CURRENCIES:
        return f"money {CURRENCIES[following]}", low, high, at, last + 1
    if following in WORKING and last + 1 < len(words) and words[last + 1] in UNITS:
        return "working days", low, high, at, last + 2
    if following in UNITS:
        family, size = UNITS[following]
        if family == "size" and not _FILES.isdisjoint(words[max(0, at - 2) : at]):
            return None
        after = words[last + 1] if last + 1 < len(words) else ""
        if after in WORKING:
            return "working days", low, high, at, last + 2
        return family, low * size, high * size, at, last + 1
    if following in ("am", "pm", "uhr", "h") or ":" in written:
        late = 12.0 if following == "pm" and low < 12 else 0.0
        return "clock", low + late, high + late, at, last + (":" not in written)
    if written in ARTICLES or (1990 <= low <= 2100 and written.isdigit()):
        return None
    if "." in written or written.endswith("+"):
        before = words[at - 1] if at else ""
        known = before[:1].isalpha() and before not in _PLACES and before not in STOPS
        return (f"version {stem(before)}", low, high, at, last) if known else None
    if following[:1].isalpha() and following not in STOPS:
        return f"count {stem(following)}", low, high, at, last
    return None


def _number(word: str) -> float | None:
    """Read a number; of several parts as a version, 3.10 above 3.9."""
    if word in NUMBERS:
        return float(NUMBERS[word])
    if not word[:1].isdigit():
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
