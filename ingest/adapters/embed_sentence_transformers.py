"""Embed with sentence-transformers: on a GPU, or what cannot be exported. Loads torch."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ingest.adapters.model_original import (
    bare_tokenizer,
    load_original,
    passage_prompt,
    query_prompt,
    recipe_of,
    window,
)
from ingest.adapters.model_source import locate, verify, weights_digest
from ingest.adapters.tokens import ModelTokens, O200kTokens, sound
from ingest.errors import EmbedderUnavailable, ModelUnusable
from ingest.model import Recipe, Vector, Vectors
from ingest.ports import TokenCounter

_GROUP = 64
"""Texts given to the model at a time: how long a call works before it can be stopped."""
_BATCH_TOKENS = {"cpu": 2048}
_DEVICE_BATCH_TOKENS = 32_768


class SentenceTransformersEmbedder:
    """Embeds with the original model on one device; texts that are too long are cut."""

    def __init__(self, model: Any, recipe: Recipe, tokens: TokenCounter) -> None:
        self._model = model
        self._recipe = recipe
        self._tokens = tokens
        budget = _BATCH_TOKENS.get(model.device.type, _DEVICE_BATCH_TOKENS)
        self._batch = max(1, budget // window(model))
        self._worker = ThreadPoolExecutor(1, "embed-torch")

    @classmethod
    def open(cls, name: str, *, device: str) -> "SentenceTransformersEmbedder":
        """Load a folder or an installed package on "cpu", "cuda" or "mps"; raises ModelUnusable."""
        source = locate(name)
        if source.folder is None:
            raise ModelUnusable(
                f"{name} is not on this machine: download it and give its folder, because"
                " nothing is fetched while serving"
            )
        weights = weights_digest(source.folder)
        verify(source.name, weights)
        model = load_original(source.folder, device)
        bare = bare_tokenizer(model)
        tokens = ModelTokens(bare) if bare else O200kTokens()
        room = window(model) - model.tokenizer.num_special_tokens_to_add(pair=False)
        room -= tokens.count([passage_prompt(model)])[0]
        return cls(model, recipe_of(model, source.name, weights, room), tokens)

    @property
    def recipe(self) -> Recipe:
        return self._recipe

    @property
    def tokens(self) -> TokenCounter:
        return self._tokens

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        unique = sorted(set(texts), key=len)
        found: dict[str, Vector] = {}
        for group in _groups(unique):
            vectors = await self._encode(group, passage_prompt(self._model))
            found.update(zip(group, vectors, strict=True))
        rows = [found[text] for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self._recipe.dimension), np.float32)

    async def embed_query(self, text: str) -> Vector:
        vector: Vector = (await self._encode([text], query_prompt(self._model)))[0]
        return vector

    def close(self) -> None:
        """Let the thread go; what runs is finished first."""
        self._worker.shutdown(cancel_futures=True)

    async def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._run, texts, prompt)

    def _run(self, texts: Sequence[str], prompt: str) -> Vectors:
        try:
            found = self._model.encode(
                [sound(text) for text in texts],
                prompt=prompt,
                batch_size=self._batch,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        except RuntimeError as error:  # torch raises it for a device out of memory or lost
            raise EmbedderUnavailable(f"torch failed on a batch: {error}") from error
        return np.asarray(found, np.float32)


def _groups(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), _GROUP):
        yield texts[start : start + _GROUP]
