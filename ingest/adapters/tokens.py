"""Count tokens: as an embedding model does, as OpenAI's models do, or by the script."""

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from tokenizers import Tokenizer

from ingest.ports import TokenCounter

if TYPE_CHECKING:
    import splintr

_BY_SCRIPT = (
    (re.compile(r"[A-Za-z\s]"), 0.23),
    (re.compile(r"[0-9]"), 0.5),
    (re.compile(r"[!-/:-@\[-`{-~]"), 0.55),
    (re.compile(r"[\u0080-\u024f]"), 0.6),  # Latin with marks
    (re.compile(r"[\u0250-\u10ff]"), 0.42),  # Greek, Cyrillic, Hebrew, Arabic, Indic, Thai
    (re.compile(r"[\u1100-\u11ff\uac00-\ud7af]"), 0.7),  # Hangul
    (re.compile(r"[\u2e80-\ua4cf\uf900-\ufaff\uff00-\uffef]"), 0.8),  # Han, kana, full width
)
_SHORT = 8_000
"""Characters of the longest text whose count is remembered."""
_ELSE = 1.8
"""Emoji and rare scripts are cut into bytes."""


def sound(text: str) -> str:
    """Replace lone surrogates, which JSON may carry and no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


class ModelTokens:
    """Counts as the tokenizer of an embedding model."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        found = self._tokenizer.encode_batch_fast(
            [sound(text) for text in texts], add_special_tokens=False
        )
        return [len(encoding) for encoding in found]


class ScriptTokens:
    """Estimates from the script of each character, rather too many than too few.

    The weights are o200k's tokens a character in everyday prose of each script, and a tenth.
    """

    def count(self, texts: Sequence[str]) -> list[int]:
        return [self._estimate(text) for text in texts]

    def _estimate(self, text: str) -> int:
        total, left = 0.0, len(text)
        for script, weight in _BY_SCRIPT:
            found = len(script.findall(text))
            total += found * weight
            left -= found
        return round(total + left * _ELSE + 0.5) if text else 0


class O200kTokens:
    """Counts as o200k_base, the nearest to most large models; loaded at the first count.

    It takes 32 MB then. Where splintr is not installed, the count is estimated by script.
    """

    def count(self, texts: Sequence[str]) -> list[int]:
        return self._counter.count(texts)

    @cached_property
    def _counter(self) -> TokenCounter:
        try:
            import splintr
        except ImportError:
            return ScriptTokens()
        return SplintrTokens(splintr.Tokenizer.from_pretrained("o200k_base"))


class RecentTokens:
    """Counts as another does, and remembers the counts of the last short texts."""

    def __init__(self, counter: TokenCounter, most: int = 8_192) -> None:
        self._counter = counter
        self._recent = lru_cache(most)(self._fresh)

    def count(self, texts: Sequence[str]) -> list[int]:
        return [self._recent(one) if len(one) <= _SHORT else self._fresh(one) for one in texts]

    def _fresh(self, text: str) -> int:
        return self._counter.count([text])[0]


class SplintrTokens:
    """Counts with splintr; what looks like a special token in a text is text."""

    def __init__(self, tokenizer: "splintr.AnyTokenizer") -> None:
        self._tokenizer = tokenizer

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(self._tokenizer.encode_ordinary(sound(text))) for text in texts]
