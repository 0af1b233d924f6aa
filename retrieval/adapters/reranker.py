"""Rerank on the CPU with an exported cross-encoder; needs onnxruntime and tokenizers, no torch."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tokenizers import Encoding

from ingest.adapters.model_session import FAILURES, ModelSession
from ingest.errors import ModelUnusable
from retrieval.errors import RerankerFailed

RERANKER_FILE = "reranker.json"
FORMAT = 1
"""Goes up when rerankers are built another way; builds of other formats are not used."""
_QUESTION_SHARE = 2
"""A question may take half of the window, and is cut beyond."""


@dataclass(frozen=True, slots=True)
class BuiltReranker:
    """A reranker as it lies in its folder."""

    model: str
    weights: str
    """sha256 of the weights."""
    window: int
    """Its longest input in tokens, special ones included."""
    difference: float
    """The largest difference of a score from the original's, over the shipped sentences."""

    def save(self, directory: Path) -> None:
        """Write it beside the model."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=2, ensure_ascii=False)
        (directory / RERANKER_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> "BuiltReranker":
        """Read it; raises ModelUnusable where it is missing or of another format."""
        path = directory / RERANKER_FILE
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if found.pop("format") != FORMAT:
                raise ModelUnusable(f"{path} is of another format: build the reranker again")
            return cls(**found)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelUnusable(
                f"{directory} holds no built reranker ({error}):"
                " run `punnet model build --reranker NAME`"
            ) from error


class OnnxReranker:
    """Scores with a model that `build_reranker` made; texts that are too long are cut."""

    def __init__(self, model: ModelSession, window: int, threads: int) -> None:
        self._model = model
        self._room = window - model.tokenizer.num_special_tokens_to_add(is_pair=True)
        self._lanes = ThreadPoolExecutor(threads, "rerank")

    @classmethod
    def open(cls, directory: Path, *, threads: int) -> "OnnxReranker":
        """Load the model in the folder, to run on so many threads; raises ModelUnusable."""
        built = BuiltReranker.load(directory)
        model = ModelSession.open(directory, "punnet model build --reranker NAME")
        return cls(model, built.window, threads)

    async def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        loop = asyncio.get_running_loop()
        asked = self._model.tokens(question, self._room // _QUESTION_SHARE)
        # Each pair waits in the threads' queue by itself, so that giving up takes it out again.
        return await asyncio.gather(
            *(loop.run_in_executor(self._lanes, self._score, asked, text) for text in texts)
        )

    def close(self) -> None:
        """Let the threads go; what runs is finished first."""
        self._lanes.shutdown(cancel_futures=True)

    def _score(self, asked: Encoding, text: str) -> float:
        read = self._model.tokens(text, self._room - len(asked))
        try:
            found = self._model.run(self._model.tokenizer.post_process(asked, read))
        except FAILURES as error:
            raise RerankerFailed(f"onnxruntime failed on a text: {error}") from error
        return float(found[0])
