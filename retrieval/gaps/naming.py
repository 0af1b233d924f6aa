"""Call topics by their own words."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ingest.model import Vector
from retrieval.signals import own_words

MOST_WORDS = 5
_LONGEST = 200
_WORD = re.compile(r"[^\W\d_][\w'\u2019-]+")


def central(candidates: Mapping[str, Vector], centre: Vector) -> str:
    """Give the text that lies nearest to the centre; of equals the shorter, then the first."""
    return max(
        candidates, key=lambda text: (round(float(candidates[text] @ centre), 4), -len(text), text)
    )


def clipped(text: str) -> str:
    """Give a text in one line that fits in a list."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def distinctive(
    texts: Mapping[str, Sequence[str]], most: int = MOST_WORDS
) -> Mapping[str, tuple[str, ...]]:
    """Give the words that tell each topic from the others, best first.

    Class-based TF-IDF (Grootendorst 2022): how often a word stands in a topic, times the
    logarithm of 1 + the mean number of words of a topic / how often it stands in all.
    """
    counts = {topic: Counter(_words(its)) for topic, its in texts.items()}
    total: Counter[str] = Counter()
    for its in counts.values():
        total.update(its)
    mean = total.total() / max(1, len(counts))
    return {
        topic: tuple(sorted(its, key=lambda word: (-_weight(its, total, word, mean), word))[:most])
        for topic, its in counts.items()
    }


def _weight(its: Counter[str], total: Counter[str], word: str, mean: float) -> float:
    return its[word] / its.total() * math.log1p(mean / total[word])


def _words(texts: Sequence[str]) -> list[str]:
    # A question asked in the same words by many says as much as one.
    distinct = dict.fromkeys(" ".join(text.casefold().split()) for text in texts)
    words = [word for text in distinct for word in _WORD.findall(text)]
    return [word for word in words if own_words(word)] or words
