"""Rerank on the CPU with an exported cross-encoder; needs onnxruntime and tokenizers, no torch."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from onnxruntime.capi import onnxruntime_pybind11_state as failures  # type: ignore[import-untyped]
from tokenizers import Encoding, Tokenizer

from ingest.adapters.model_recipe import MODEL_FILE, TOKENIZER_FILE
from ingest.adapters.tokens import sound
from ingest.errors import ModelUnusable
from retrieval.errors import RerankerFailed

RERANKER_FILE = "reranker.json"
FORMAT = 1
"""Goes up when rerankers are built another way; builds of other formats are not used."""
_QUESTION_SHARE = 2
"""A question may take half of the window, and is cut beyond."""
_FAILURES = (failures.Fail, failures.InvalidArgument, failures.RuntimeException)


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

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        tokenizer: Tokenizer,
        window: int,
        threads: int,
    ) -> None:
        self._session = session
        self._inputs = [node.name for node in session.get_inputs()]
        self._tokenizer = tokenizer
        self._room = window - tokenizer.num_special_tokens_to_add(is_pair=True)
        self._lanes = ThreadPoolExecutor(threads, "rerank")

    @classmethod
    def open(cls, directory: Path, *, threads: int) -> "OnnxReranker":
        """Load the model in the folder, to run on so many threads; raises ModelUnusable."""
        built = BuiltReranker.load(directory)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # a plan for each length would be kept
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                str(directory / MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_file(str(directory / TOKENIZER_FILE))
        except Exception as error:  # tokenizers names none of its errors, onnxruntime a dozen
            raise ModelUnusable(
                f"the reranker in {directory} does not load ({error}):"
                " delete the folder and run `punnet model build --reranker NAME`"
            ) from error
        return cls(session, tokenizer, built.window, threads)

    async def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        loop = asyncio.get_running_loop()
        asked = self._tokens(question, self._room // _QUESTION_SHARE)
        # Each pair waits in the threads' queue by itself, so that giving up takes it out again.
        return await asyncio.gather(
            *(loop.run_in_executor(self._lanes, self._score, asked, text) for text in texts)
        )

    def close(self) -> None:
        """Let the threads go; what runs is finished first."""
        self._lanes.shutdown(cancel_futures=True)

    def _score(self, asked: Encoding, text: str) -> float:
        read = self._tokens(text, self._room - len(asked))
        pair = self._tokenizer.post_process(asked, read)
        values = {
            "input_ids": pair.ids,
            "attention_mask": pair.attention_mask,
            "token_type_ids": pair.type_ids,
        }
        fed = {name: np.array([values[name]], np.int64) for name in self._inputs}
        try:
            (found,) = self._session.run(None, fed)
        except _FAILURES as error:
            raise RerankerFailed(f"onnxruntime failed on a text: {error}") from error
        return float(found[0][0])

    def _tokens(self, text: str, most: int) -> Encoding:
        encoding = self._tokenizer.encode(sound(text), add_special_tokens=False)
        encoding.truncate(most)
        return encoding
