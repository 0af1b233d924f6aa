"""Read sentences as claims: their subject's words, values with units, negations, names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.freshness.amounts import YEAR, Value, stem, tells, with_values
from ingest.freshness.claim_words import NEGATIONS, OPPOSITES
from ingest.freshness.subject_words import QUALIFIERS
from ingest.parsed import Block, BlockKind

_CLOSES = r"[\"'”’»)\]*_]*"  # noqa: RUF001
_SENTENCE_END = re.compile(
    rf"(?<![\s(.]\w)(?<![\s(]\w\w)(?<!\d)[.!?…]{_CLOSES}\s+(?=[\"'“„«(¿¡]?[^\W_a-z])"
    rf"|(?<=\d)[.]{_CLOSES}\s+(?=[A-ZÄÖÜÀ-Þ][a-zß-ÿ]+\s+[a-zß-ÿ])|[!?]\s+|\n{{2,}}|\n(?=\s*[-•*–]\s)"  # noqa: RUF001
)
_TOKEN = re.compile(
    r"https?://\S+|[£$€%]|\d+(?:[.,:]\d+)*\+?|[^\W\d_]+(?:['’.@/_-][^\W_]+|_|\d)*(?<![.])|[–—-]"  # noqa: RUF001
)
_MARKUP = re.compile(r"\s*(?:===|:::|!!!|\{|```|\||[A-Z]{3,}:|\S+\s*=)")
_LEAD = re.compile(r"(?:[\s•*–-]|\(?\d{1,2}[.)]\s)*")  # noqa: RUF001
_AS_OF = re.compile(
    r"\s*(?:last\s+(?:updated|checked|reviewed|changed)|updated|as of|stand|stand vom|gültig ab|"
    r"version|valable à partir|mis à jour|dernière|actualizado|última|aggiornato|ultimo|effective|"
    r"published)\b",
    re.IGNORECASE,
)
_SKIPPED = frozenset({BlockKind.CODE, BlockKind.TABLE, BlockKind.HEADING, BlockKind.TIMED})
_DOUBTS = frozenset(("whether", "ob", "if", "unless", "wenn", "falls", "si", "se"))
_SUPPOSED = frozenset(
    ("would", "could", "might", "würde", "könnte", "serait", "pourrait", "sería", "podría")
)
_FEW, _MANY = 2, 60
"""Words of a sentence worth comparing."""


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
    supposes: bool
    """Whether it speaks of what would be."""
    years: frozenset[str]
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
    values, tokens, kept = with_values(text, words, spans)
    raw = [text[a:b] for a, b in kept]
    frame = frozenset(
        stem(OPPOSITES.get(word, word))
        for word in tokens
        if tells(word) and not word.startswith("#") and len(word) > 1
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
            if not tokens[at].startswith("#") and _is_name(word, at, german=german)
        ),
        text.endswith("?"),
        not _DOUBTS.isdisjoint(words),
        not _SUPPOSED.isdisjoint(words),
        frozenset(word for word in words if len(word) == YEAR and word.isdigit()),
        " ".join(words),
    )


def _is_name(word: str, at: int, *, german: bool) -> bool:
    return _is_code(word) or (at > 0 and not german and word[:1].isupper() and len(word) > 1)


def _is_code(word: str) -> bool:
    return (
        any(sign in word for sign in "_/@")
        or (len(word) > 1 and word.isupper())
        or (word[1:] != word[1:].lower() and not word.isupper())
        or (any(sign.isdigit() for sign in word) and any(sign.isalpha() for sign in word))
    )
