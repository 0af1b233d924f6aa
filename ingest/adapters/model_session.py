"""An exported model, loaded to run on the CPU."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from onnxruntime.capi import onnxruntime_pybind11_state as failures  # type: ignore[import-untyped]
from tokenizers import Encoding, Tokenizer

from ingest.adapters.model_recipe import MODEL_FILE, TOKENIZER_FILE
from ingest.adapters.tokens import sound
from ingest.errors import ModelUnusable

FAILURES = (failures.Fail, failures.InvalidArgument, failures.RuntimeException)
"""What a run may raise."""


@dataclass(frozen=True, slots=True)
class ModelSession:
    """A model with its tokenizer; one run at a time takes one thread."""

    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    inputs: tuple[str, ...]

    @classmethod
    def open(cls, directory: Path, rebuild: str) -> Self:
        """Load what lies in the folder; raises ModelUnusable, naming the command to rebuild."""
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
                f"the model in {directory} does not load ({error}):"
                f" delete the folder and run `{rebuild}`"
            ) from error
        return cls(session, tokenizer, tuple(node.name for node in session.get_inputs()))

    def tokens(self, text: str, most: int) -> Encoding:
        """Cut what is too long before the special tokens are added, so that they stay."""
        encoding = self.tokenizer.encode(sound(text), add_special_tokens=False)
        encoding.truncate(most)
        return encoding

    def run(self, encoding: Encoding) -> Any:
        """Give the model's one output for one text; raises FAILURES."""
        values = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        fed = {name: np.array([values[name]], np.int64) for name in self.inputs}
        (found,) = self.session.run(None, fed)
        return found[0]
