"""Doubles that keep their port's promises with nothing behind them but memory."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from ingest.model import Recipe, Vector, Vectors


class FakeTokens:
    """Counts words and marks as tokens."""

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


class FakeEmbedder:
    """Embeds texts as hashed bags of words: those that share words lie close."""

    dimension = 64

    def __init__(self, max_tokens: int = 256) -> None:
        self.tokens = FakeTokens()
        self.embedded: list[str] = []
        """Every passage that was embedded, in order."""
        self.recipe = Recipe(
            model="fake",
            weights="0" * 64,
            runtime="fake",
            precision="fp32",
            pooling="sum",
            query_prompt="",
            passage_prompt="",
            dimension=self.dimension,
            max_tokens=max_tokens,
            chunker="",
            sparse="",
        )

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        rows = [self._vector(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), np.float32)

    async def embed_query(self, text: str) -> Vector:
        return self._vector(text)

    def _vector(self, text: str) -> Vector:
        vector = np.full(self.dimension, 1e-3, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            vector[int(hashlib.md5(word.encode()).hexdigest(), 16) % self.dimension] += 1.0
        return np.asarray(vector / np.linalg.norm(vector), np.float32)
