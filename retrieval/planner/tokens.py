"""Estimate what a text costs in a model's own tokens, from one count of o200k."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ingest.ports import TokenCounter
from retrieval.model import Message, TokenEstimate, TokenRatio
from retrieval.planner.families import MARGINS, Family, Script

_PER_MESSAGE = 4
_PER_REPLY = 3
"""Marks around each message and before the reply, as OpenAI documents them for its models."""

_RANGES = (
    (0x0370, 0x03FF, Script.GREEK),
    (0x0400, 0x0491, Script.CYRILLIC),
    (0x0590, 0x05FF, Script.HEBREW),
    # Without the letters of Persian, Urdu and others, with which the common words end.
    (0x0600, 0x066F, Script.ARABIC),
    (0x0900, 0x097F, Script.DEVANAGARI),
    (0x0980, 0x0DFF, Script.INDIC),
    (0x0E00, 0x0EFF, Script.THAI),
    (0x1100, 0x11FF, Script.HANGUL),
    (0x1F00, 0x1FFF, Script.GREEK),
    (0x2070, 0x20AB, Script.SYMBOL),
    (0x20AD, 0x2BFF, Script.SYMBOL),
    (0x3000, 0x30FF, Script.CJK),
    (0x3400, 0x9FFF, Script.CJK),
    (0xAC00, 0xD7AF, Script.HANGUL),
    (0xE000, 0xF8FF, Script.SYMBOL),
    (0xFB50, 0xFDFF, Script.ARABIC),
    (0xFE00, 0xFE0F, Script.SYMBOL),
    (0xFE70, 0xFEFE, Script.ARABIC),
    (0xFF00, 0xFFEF, Script.CJK),
    (0x1F000, 0x1FAFF, Script.SYMBOL),
    (0x20000, 0x3FFFF, Script.CJK),
)
_LATIN = re.compile("[\x00-\u024f\u0300-\u036f\u1e00-\u1eff\u2000-\u206f\u20ac]")
_BEYOND = re.compile("[^\x00-\x7f]+")
_DIGITS = b"0123456789"
_CODE = rb"{}()[]<>;=_\|#*&$/`."
_VIETNAMESE = re.compile("[ơưđ\u1eda-\u1ee3\u1ee8-\u1ef1]", re.I)
_LANGUAGES = {
    "en": Script.ENGLISH,
    "vi": Script.VIETNAMESE,
    "el": Script.GREEK,
    "he": Script.HEBREW,
    "th": Script.THAI,
    "lo": Script.THAI,
    "ko": Script.HANGUL,
    **dict.fromkeys(("de", "fr", "es", "it", "pt", "nl", "ro", "sv", "da", "no"), Script.EUROPEAN),
    **dict.fromkeys(("ru", "uk", "bg", "sr", "be", "mk"), Script.CYRILLIC),
    "ar": Script.ARABIC,
    **dict.fromkeys(("hi", "mr", "ne"), Script.DEVANAGARI),
    **dict.fromkeys(("bn", "ta", "te", "gu", "kn", "ml", "pa", "si"), Script.INDIC),
    **dict.fromkeys(("zh", "ja"), Script.CJK),
    **dict.fromkeys(("fa", "ur", "kk", "ka", "hy", "am", "km", "my"), Script.OTHER),
}
_TYPICAL = {Script.DIGIT: 0.04, Script.SYMBOL: 0.01}
"""Shares of the tokens of ordinary help pages; the rest is the page's own script."""
_CHARACTERS = {
    Script.ENGLISH: 4.5,
    Script.EUROPEAN: 4.0,
    Script.LATIN: 3.6,
    Script.VIETNAMESE: 3.6,
    Script.CYRILLIC: 4.0,
    Script.GREEK: 2.7,
    Script.ARABIC: 2.7,
    Script.HEBREW: 2.5,
    Script.DEVANAGARI: 3.4,
    Script.INDIC: 3.4,
    Script.THAI: 2.1,
    Script.CJK: 1.2,
    Script.HANGUL: 1.7,
    Script.DIGIT: 2.0,
    Script.SYMBOL: 0.7,
    Script.OTHER: 1.5,
}
"""Characters in a token of o200k, to weigh the scripts of a mixed text."""
_ENGLISH_WORDS = """
the and you your with that for this are from not to of or if can it be by has have will
"""
_EUROPEAN_WORDS = """
der die und das ist nicht ein eine mit für auf den von zu le la les des et est pas un une pour que
dans du el los las en por con para del il di che per non de o os do da em uma não het een van og
att det som
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_EUROPEAN = frozenset(_EUROPEAN_WORDS.split())
_WORDS = 0.1
"""From this share of such words on, a text is in these languages."""
_SIGNS = 0.06
"""Above this share of the signs of code, no text is plain English."""
_SHORT = 8_000
"""Characters of the longest text whose estimate is remembered."""
_MARKED = 0.01
"""Above this share of its own letters, a text is Vietnamese."""


def scale(count: int, shares: Mapping[Script, float], family: Family) -> TokenEstimate:
    """Turn a count of o200k into a family's own, by how much is written in which script."""
    if family.exact:
        return TokenEstimate(count, count)
    expected = sum(share * family.ratios[script] for script, share in shares.items())
    p99 = sum(
        share * family.ratios[script] * (1 + MARGINS[script] * family.trust)
        for script, share in shares.items()
    )
    return TokenEstimate(math.ceil(count * expected), math.ceil(count * p99))


def learned(estimate: TokenEstimate, ratio: TokenRatio, *, measured: bool = True) -> TokenEstimate:
    """Correct an estimate by what providers counted before.

    A measured margin is never made smaller, because the next texts may be of another kind than
    those that were counted; one that is only a prior gives way by half at most.
    """
    expected = math.ceil(estimate.expected * ratio.expected)
    if measured:
        margin = estimate.p99 * max(1.0, ratio.expected)
    elif ratio.p99 is None:
        margin = estimate.p99 * ratio.expected
    else:
        margin = (expected + estimate.p99 * ratio.expected) / 2
    highest = max(expected, margin, estimate.expected * (ratio.p99 or 0.0))
    return TokenEstimate(expected, math.ceil(highest))


def shares_of(text: str) -> Mapping[Script, float]:
    """Tell which share of a text's tokens is written in which script; they add up to 1."""
    weights: defaultdict[Script, float] = defaultdict(float)
    for paragraph in text.split("\n\n"):
        for script, characters in _scripts(paragraph).items():
            if characters:
                weights[script] += characters / _CHARACTERS[script]
    total = sum(weights.values())
    if not total:  # blanks are tokens too
        return {Script.LATIN: 1.0} if text else {}
    return {script: weight / total for script, weight in weights.items()}


def shares_of_language(language: str) -> Mapping[Script, float]:
    """Give the shares to expect of a page in this language; unknown counts as any in Latin."""
    script = _LANGUAGES.get(language.lower()[:2], Script.LATIN)
    return {**_TYPICAL, script: 1 - sum(_TYPICAL.values())}


def add(*estimates: TokenEstimate) -> TokenEstimate:
    """Add up; the sum of 99th percentiles is at least the 99th percentile of the sum."""
    return TokenEstimate(
        sum(estimate.expected for estimate in estimates),
        sum(estimate.p99 for estimate in estimates),
    )


@dataclass(frozen=True, slots=True)
class Gauge:
    """Measure texts and prompts in the tokens of one family of models."""

    counter: TokenCounter
    """Counts as o200k does."""
    family: Family
    ratio: TokenRatio = field(default_factory=TokenRatio)
    """What outcomes taught of this model and language."""

    def texts(self, texts: list[str]) -> list[TokenEstimate]:
        """Measure each text on its own."""
        counts = self.counter.count(texts)
        pairs = zip(texts, counts, strict=True)
        return [self._learned(_sized(text, count, self.family)) for text, count in pairs]

    def prompt(self, messages: tuple[Message, ...]) -> TokenEstimate:
        """Measure a whole prompt, with the marks around its messages."""
        marks = _PER_MESSAGE * len(messages) + _PER_REPLY
        contents = self.texts([message.content for message in messages])
        return add(TokenEstimate(marks, marks), *contents)

    def page(self, count: int, language: str) -> TokenEstimate:
        """Measure a page by its stored count, without its text."""
        return self._learned(scale(count, shares_of_language(language), self.family))

    def _learned(self, prior: TokenEstimate) -> TokenEstimate:
        return learned(prior, self.ratio, measured=self.family.measured)


def _sized(text: str, count: int, family: Family) -> TokenEstimate:
    """Estimate a text; the same passages are found again and again, so that it remembers some."""
    if family.exact:
        return scale(count, {}, family)
    return (_remembered if len(text) <= _SHORT else _scaled)(text, count, family)


def _scaled(text: str, count: int, family: Family) -> TokenEstimate:
    return scale(count, shares_of(text), family)


_remembered = lru_cache(4_096)(_scaled)


def _scripts(paragraph: str) -> Mapping[Script, int]:
    """Count the characters of each script; what no script claims is Latin or punctuation."""
    signs = paragraph.encode(errors="replace")  # where an ASCII byte is an ASCII character
    counts = {Script.DIGIT: _held(signs, _DIGITS)}
    if not paragraph.isascii():
        for letter, count in Counter("".join(_BEYOND.findall(paragraph))).items():
            script = _script_of(letter)
            if script is not None:
                counts[script] = counts.get(script, 0) + count
    # Blanks are parts of the words behind them, in whatever script those are.
    blanks = _held(signs, b" ")
    written = len(paragraph) - blanks
    own = written - sum(counts.values())
    counts[_latin(paragraph, signs)] = own + (round(blanks * own / written) if written else blanks)
    return counts


def _held(signs: bytes, some: bytes) -> int:
    return len(signs) - len(signs.translate(None, some))


@lru_cache(4_096)
def _script_of(letter: str) -> Script | None:
    """Name the script that claims a letter; None: the Latin one."""
    if _LATIN.match(letter):
        return None
    return next(
        (script for low, high, script in _RANGES if low <= ord(letter) <= high), Script.OTHER
    )


def _latin(paragraph: str, signs: bytes) -> Script:
    """Name the language group of the Latin letters; what is not plain is any language, or code."""
    if not paragraph.isascii() and len(_VIETNAMESE.findall(paragraph)) > _MARKED * len(paragraph):
        return Script.VIETNAMESE
    if _held(signs, _CODE) > _SIGNS * len(paragraph):
        return Script.LATIN
    words = paragraph.split()
    english = sum(map(_ENGLISH.__contains__, words))
    european = sum(map(_EUROPEAN.__contains__, words))
    if max(english, european) < _WORDS * len(words):
        return Script.LATIN
    return Script.ENGLISH if english >= european else Script.EUROPEAN
