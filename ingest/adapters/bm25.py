"""BM25 term weights by Qdrant Edge's tokenizer, stemmer and hash; the index supplies the IDF.

The word tokenizer makes one token of a Chinese or Japanese sentence; the multilingual one
cuts it into words, but reads numbers and accented letters otherwise. So each run of text
goes to the tokenizer of its script, in passages and in questions alike, and a product name
inside a Chinese sentence keeps its term.
"""

import re

from qdrant_edge import Bm25, Bm25Config, TokenizerType

from ingest.model import SparseVector

# Mean length in these tokens, stop words left out, of 1,006 pieces of 190 model tokens from
# 200 pages of the PostgreSQL 15 manual: 82.9. Three FAQ, wiki and abstract sets gave 84.8,
# 85.3 and 90.3.
_MEAN_LENGTH = 85.0
_K = 1.2
_B = 0.75

# Scripts written without spaces: Thai, Lao, Myanmar, Khmer, kana, Han, half-width kana.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


class Bm25Encoder:
    """Weighs terms with one stemmer and stop word list for every text of a collection."""

    def __init__(self, language: str = "english") -> None:
        """Take a language that Qdrant's BM25 knows; raises ValueError for others."""
        self._language = language
        self._words = _model(language, TokenizerType.Word)
        self._unspaced = _model(language, TokenizerType.Multilingual)

    @property
    def settings(self) -> str:
        """All that decides what a weight means, for `Recipe.sparse`."""
        return (
            f"qdrant-bm25 k={_K} b={_B} length={_MEAN_LENGTH} "
            f"language={self._language} tokenizer=word+multilingual-runs"
        )

    def encode_passage(self, text: str) -> SparseVector:
        """Weigh the terms of a passage by frequency and length."""
        spaced, unspaced = _by_script(text)
        found = self._words.embed_document(spaced)
        weights = dict(zip(found.indices, found.values, strict=True))
        if unspaced:
            found = self._unspaced.embed_document(unspaced)
            weights.update(zip(found.indices, found.values, strict=True))
        return _sparse(weights)

    def encode_query(self, text: str) -> SparseVector:
        """Weigh each term of a question once."""
        spaced, unspaced = _by_script(text)
        terms = list(self._words.embed_query(spaced).indices)
        if unspaced:
            terms += self._unspaced.embed_query(unspaced).indices
        return _sparse(dict.fromkeys(terms, 1.0))


def _model(language: str, tokenizer: TokenizerType) -> Bm25:
    return Bm25(
        Bm25Config(k=_K, b=_B, avg_len=_MEAN_LENGTH, language=language, tokenizer=tokenizer)
    )


def _by_script(text: str) -> tuple[str, str]:
    """Part a text into what is written with spaces and what is not."""
    clean = _SURROGATE.sub(" ", text)  # a lone surrogate is no UTF-8 and would be refused
    runs = _UNSPACED.findall(clean)
    return (_UNSPACED.sub(" ", clean), " ".join(runs)) if runs else (clean, "")


def _sparse(weights: dict[int, float]) -> SparseVector:
    terms = sorted(weights)
    return SparseVector(tuple(terms), tuple(weights[term] for term in terms))
