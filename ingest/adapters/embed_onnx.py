"""Embed on the CPU with an exported model; needs onnxruntime and tokenizers, never torch.

One text is one run of the model on one thread, and as many run at once as there are
threads. Dynamic quantisation scales a whole batch together, so that in a batch a text's
vector depends on its neighbours; alone, equal texts give exactly equal vectors, nothing is
padded, and for texts of a hundred tokens it is as fast as the best batches.
"""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ingest.adapters.model_recipe import BuiltModel
from ingest.adapters.model_session import FAILURES, ModelSession
from ingest.adapters.tokens import ModelTokens
from ingest.errors import EmbedderUnavailable
from ingest.model import Recipe, Vector, Vectors
from ingest.ports import TokenCounter
from ingest.together import together

_GROUP_BYTES = 2048
"""About 500 tokens, a tenth of a second: how long a lane works before it can be stopped."""


class OnnxEmbedder:
    """Embeds with a model that `build_model` made; texts that are too long are cut."""

    def __init__(self, model: ModelSession, built: BuiltModel, threads: int) -> None:
        self._model = model
        self._built = built
        self._room = built.window - model.tokenizer.num_special_tokens_to_add(is_pair=False)
        self._tokens = ModelTokens(model.tokenizer)
        self._threads = threads
        self._passages = ThreadPoolExecutor(threads, "embed-passages")
        self._queries = ThreadPoolExecutor(threads, "embed-query")

    @classmethod
    def open(cls, directory: Path, *, threads: int) -> "OnnxEmbedder":
        """Load the model in the folder, to run on so many threads; raises ModelUnusable."""
        built = BuiltModel.load(directory)
        return cls(ModelSession.open(directory, "punnet model build"), built, threads)

    @property
    def recipe(self) -> Recipe:
        return self._built.recipe

    @property
    def tokens(self) -> TokenCounter:
        return self._tokens

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.recipe.dimension), np.float32)
        groups = _groups(texts)
        await together(self._work(groups, texts, vectors) for _ in range(self._threads))
        return vectors

    async def embed_query(self, text: str) -> Vector:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._queries, self._embed, self.recipe.query_prompt + text
        )

    def close(self) -> None:
        """Let the threads go; what runs is finished first."""
        self._passages.shutdown(cancel_futures=True)
        self._queries.shutdown(cancel_futures=True)

    async def _work(self, groups: Iterator[slice], texts: Sequence[str], vectors: Vectors) -> None:
        """Embed group after group of those that the other lanes have not taken."""
        loop = asyncio.get_running_loop()
        for group in groups:
            vectors[group] = await loop.run_in_executor(
                self._passages, self._embed_group, texts[group]
            )

    def _embed_group(self, texts: Sequence[str]) -> Vectors:
        prompt = self.recipe.passage_prompt
        return np.stack([self._embed(prompt + text) for text in texts])

    def _embed(self, text: str) -> Vector:
        encoding = self._model.tokens(text, self._room)
        try:
            found = self._model.run(self._model.tokenizer.post_process(encoding))
        except FAILURES as error:
            raise EmbedderUnavailable(f"onnxruntime failed on a text: {error}") from error
        vector = np.asarray(found, np.float32)
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)


def _groups(texts: Sequence[str]) -> Iterator[slice]:
    """Cut a sequence into runs of texts that take about a tenth of a second each."""
    start, size = 0, 0
    for place, text in enumerate(texts):
        size += len(text.encode("utf-8", "replace"))
        if size >= _GROUP_BYTES:
            yield slice(start, place + 1)
            start, size = place + 1, 0
    if start < len(texts):
        yield slice(start, len(texts))
