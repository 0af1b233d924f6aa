"""Find the words and figures that say how soon a statement may change.

Signs are named groups of words in English, German, French and Spanish (`change_words.json`) and
shapes that every language shares. Which language a text is in is told by its commonest words,
because many of the words mean something else in another language.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

LONGEST = 60_000
"""Characters that are read of a text: what follows says the same."""
_STATEMENT = re.compile(r"(?<=[.!?\uff1f\u3002])\s+|\n+")
_WORD = re.compile(r"[^\W\d_]+")
_SHAPES = {
    "money": re.compile(r"[$€£¥]\s?\d|\d\s?[$€£¥]|\b(?:USD|EUR|GBP|CHF)\b"),
    "calendar years": re.compile(r"\b(?:1[5-9]|20)\d\d\b"),
    "version numbers": re.compile(r"\bv?\d+\.\d+(?:\.\d+)*\b"),
    "contacts": re.compile(r"\S@\S+\.\w|\+\d[\d ()-]{6,}"),
    "figures": re.compile(r"\d"),
}

_HINT = re.compile(r"[\d@]")
"""Without one of these there is no shape; to look for it is cheap."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Which words are signs, and which are so common that they tell a language."""

    common: Mapping[str, frozenset[str]]
    signs: Mapping[str, Mapping[str, tuple[str, ...]]]
    """By language and word."""
    names: tuple[str, ...]
    """Of all signs, those of shape last."""


@cache
def lexicon() -> Lexicon:
    """Read the words that ship with Punnet."""
    file = resources.files("ingest.freshness").joinpath("change_words.json")
    kept = json.loads(file.read_text(encoding="utf-8"))
    common = {language: frozenset(words.split()) for language, words in kept["common"].items()}
    signs: dict[str, dict[str, tuple[str, ...]]] = {language: {} for language in common}
    for sign, languages in kept["signs"].items():
        for language, words in languages.items():
            for word in words.split():
                signs[language][word] = (*signs[language].get(word, ()), sign)
    return Lexicon(common, signs, (*kept["signs"], *_SHAPES))


def statements(text: str) -> list[str]:
    """Cut a text at the ends of its sentences and lines."""
    return [one for one in _STATEMENT.split(text[:LONGEST]) if _WORD.search(one)]


def signs_of(said: Sequence[str]) -> list[frozenset[str]]:
    """Name the signs of each statement of one text."""
    known = lexicon()
    words = [frozenset(_WORD.findall(one.lower())) for one in said]
    signs = known.signs[_language(words, known)]
    return [
        frozenset(sign for word in found for sign in signs.get(word, ())) | _shapes_of(one)
        for one, found in zip(said, words, strict=True)
    ]


def _shapes_of(said: str) -> frozenset[str]:
    if not _HINT.search(said):
        return frozenset()
    return frozenset(name for name, shape in _SHAPES.items() if shape.search(said))


def _language(words: Sequence[frozenset[str]], known: Lexicon) -> str:
    """Give the language whose commonest words stand in most statements, English in doubt."""
    counted: Counter[str] = Counter()
    for language, common in known.common.items():
        counted[language] = sum(len(found & common) for found in words)
    return max(known.common, key=lambda language: counted[language])
