"""BM25 term weights by Qdrant Edge's tokenizers, stemmers and hash; the index supplies the IDF.

Qdrant's BM25 weighs one field in one language. Here it only counts: each passage by the
stemmer and the stop words of its own language, title and headings apart from the text.
The weights are made of the counts, by BM25F (Robertson, Zaragoza and Taylor, 2004): a field's
count is weighed by its length, the fields are added, and their sum is saturated.

The word tokenizer makes one token of a Chinese or Japanese sentence and breaks Hindi words
at their joined letters; the multilingual one cuts both into words, but reads numbers and
accented letters otherwise. So each run of text goes to the tokenizer of its script, in
passages and in questions alike, and a product name in a Chinese sentence keeps its term.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qdrant_edge import Bm25, Bm25Config, DisabledStemmer, StopwordsSet, TokenizerType

from ingest.model import SparseVector

ANYWHERE = "en"
"""The language of what has none that is known, and whose words stand in texts of all others."""

# ISO 639-1 to Qdrant's names: a stemmer, stop words, or both. The texts of all other
# languages are cut into words and compared as they stand.
_NAMES = {
    "ar": "arabic",
    "az": "azerbaijani",
    "bn": "bengali",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "he": "hebrew",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "ja": "japanese",
    "kk": "kazakh",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sl": "slovene",
    "sv": "swedish",
    "tg": "tajik",
    "tr": "turkish",
    "zh": "chinese",
}

# Scripts that the multilingual tokenizer cuts better: those of India, Thai, kana, Han.
# Lao, Khmer and Burmese are better off with the other, which at least cuts syllables.
_OTHERWISE = re.compile(
    "[\u0900-\u0dff\u0e00-\u0e7f\u3005\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_WRITTEN = re.compile(r"\S+")
_LINEAR = 1e6
"""A saturation so late that a weight gives the count that it was made of."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """The constants of BM25F; docs/retrieval.md has the figures that chose them."""

    k: float = 1.2
    b: float = 0.75
    # Mean length in these tokens, stop words left out, of 1,006 pieces of 190 model tokens
    # from 200 pages of the PostgreSQL 15 manual: 82.9. Three FAQ, wiki and abstract sets gave
    # 84.8, 85.3 and 90.3.
    length: float = 85.0
    context: float = 4.0
    """What a word counts in the title or a heading, against 1 in the text."""
    context_b: float = 0.75
    context_length: float = 6.0


class Bm25Encoder:
    """Weighs terms by language and by field."""

    def __init__(self, weighing: Weighing | None = None) -> None:
        self._by = weighing or Weighing()
        self._counting: dict[str, tuple[Bm25, Bm25]] = {}

    @property
    def settings(self) -> str:
        """All that decides what a weight means, for `Recipe.sparse`."""
        by = self._by
        return (
            f"qdrant-bm25f k={by.k} b={by.b} length={by.length} context={by.context}"
            f"/{by.context_b}/{by.context_length} languages={'+'.join(_NAMES)} else={ANYWHERE}"
            " tokenizer=word+multilingual-runs"
        )

    def encode_passage(self, context: str, text: str, language: str) -> SparseVector:
        by = self._by
        counted = self._counts(text, language)
        above = self._counts(context, language)
        length = 1.0 - by.b + by.b * counted.total() / by.length
        above_length = 1.0 - by.context_b + by.context_b * above.total() / by.context_length
        weights: dict[int, float] = {}
        for term in counted.keys() | above.keys():
            found = counted[term] / length + by.context * above[term] / above_length
            weights[term] = found * (by.k + 1.0) / (found + by.k)
        return _sparse(weights)

    def encode_query(self, text: str, languages: Sequence[str] = ()) -> SparseVector:
        """Give the stems of each language that it may be in, and of its words in English.

        What is a stop word in the likeliest language is none of its words in another: German
        "die" is not to find whoever dies.
        """
        first, *rest = languages or (ANYWHERE,)
        terms = set(self._counts(text, first))
        if others := {*rest, ANYWHERE} - {first}:
            telling = " ".join(word for word in _WRITTEN.findall(text) if self._counts(word, first))
            for language in others:
                terms |= self._counts(telling, language).keys()
        return _sparse(dict.fromkeys(terms, 1.0))

    def _counts(self, text: str, language: str) -> "Counter[int]":
        clean = _SURROGATE.sub(" ", text)  # a lone surrogate is no UTF-8 and would be refused
        runs = _OTHERWISE.findall(clean)
        spaced = _OTHERWISE.sub(" ", clean) if runs else clean
        words, multilingual = self._counters(language)
        counts: Counter[int] = Counter()
        for counter, part in ((words, spaced), (multilingual, " ".join(runs))):
            found = counter.embed_document(part)
            for term, weight in zip(found.indices, found.values, strict=True):
                counts[term] += round(weight * _LINEAR / (_LINEAR + 1.0 - weight))
        return counts

    def _counters(self, language: str) -> tuple[Bm25, Bm25]:
        name = _NAMES.get(language or ANYWHERE, "")
        if name not in self._counting:
            self._counting[name] = (
                _counter(name, TokenizerType.Word),
                _counter(name, TokenizerType.Multilingual),
            )
        return self._counting[name]


def _counter(name: str, tokenizer: TokenizerType) -> Bm25:
    """Give what counts the terms of a language; of one without a name, the words as they stand."""
    if name:
        return Bm25(Bm25Config(k=_LINEAR, b=0.0, avg_len=1.0, language=name, tokenizer=tokenizer))
    return Bm25(
        Bm25Config(
            k=_LINEAR,
            b=0.0,
            avg_len=1.0,
            stemmer=DisabledStemmer(),
            stopwords=StopwordsSet(),
            tokenizer=tokenizer,
        )
    )


def _sparse(weights: dict[int, float]) -> SparseVector:
    terms = sorted(weights)
    return SparseVector(tuple(terms), tuple(weights[term] for term in terms))
