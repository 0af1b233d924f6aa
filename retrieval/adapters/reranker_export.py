"""Export a cross-encoder; runs as a child process of `model_build`, like `model_export`."""

import asyncio
import importlib
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from ingest.adapters.model_check import SENTENCES
from ingest.adapters.model_export import obey, tell
from ingest.adapters.model_recipe import MODEL_FILE, TOKENIZER_FILE
from ingest.adapters.model_source import weights_digest
from ingest.errors import ModelUnusable
from retrieval.adapters.reranker import BuiltReranker, OnnxReranker

ENOUGH = 1e-3
"""The largest difference of a score from the original's; scores are kept in full precision."""
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_CHECKED = 24
"""Sentences that are scored in pairs by both."""
_CUT = {"return_tensors": "pt", "truncation": "only_second"}
_LONGEST = 512
_OPSET = 17
_PADDED = 2
"""Positions that models such as RoBERTa keep for themselves."""


def export(folder: Path, out: Path, name: str) -> None:
    """Write the model as ONNX, and refuse one that comes out otherwise than it went in."""
    tell("loading the original")
    model, tokenizer = load_cross_encoder(folder)
    served = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    served.no_truncation()
    served.no_padding()
    served.save(str(out / TOKENIZER_FILE))
    tell("exporting it to ONNX")
    _trace(model, tokenizer, out / MODEL_FILE)
    built = BuiltReranker(name, weights_digest(folder), _window(model, tokenizer), 0.0)
    built.save(out)
    pairs = [(_opening(one), other) for one, other in pairwise(SENTENCES[:_CHECKED])]
    difference = max(
        abs(ours - theirs)
        for ours, theirs in zip(
            asyncio.run(_scores(out, pairs)), original_scores(model, tokenizer, pairs), strict=True
        )
    )
    tell(f"scores differ from the original's by {difference:.1e} at most")
    if difference > ENOUGH:
        raise ModelUnusable(f"{name} does not come out of the export as it went in")
    BuiltReranker(built.model, built.weights, built.window, difference).save(out)


def _opening(sentence: str) -> str:
    """Give a question so short that both cut nothing but the text."""
    return " ".join(sentence.split()[:4])


def load_cross_encoder(folder: Path) -> tuple[Any, Any]:
    """Load model and fast tokenizer, without the network; raises ModelUnusable."""
    library: Any = importlib.import_module("transformers")
    try:
        tokenizer = library.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = library.AutoModelForSequenceClassification.from_pretrained(
            folder, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ModelUnusable(f"{folder} does not load as a cross-encoder: {error}") from error
    if model.config.num_labels != 1 or not tokenizer.is_fast:
        raise ModelUnusable(
            f"{folder} is no reranker: one score a pair and a fast tokenizer are needed"
        )
    return model.eval(), tokenizer


def original_scores(model: Any, tokenizer: Any, pairs: list[tuple[str, str]]) -> list[float]:
    """Score pairs by the original, one by one."""
    torch: Any = importlib.import_module("torch")
    with torch.no_grad():
        return [float(model(**tokenizer(*pair, **_CUT)).logits[0, 0]) for pair in pairs]


async def _scores(folder: Path, pairs: list[tuple[str, str]]) -> list[float]:
    reranker = OnnxReranker.open(folder, threads=2)
    try:
        return [(await reranker.score(question, [text]))[0] for question, text in pairs]
    finally:
        reranker.close()


def _trace(model: Any, tokenizer: Any, path: Path) -> None:
    torch: Any = importlib.import_module("torch")
    sample = tokenizer(["short", "a longer line"], ["a text", "text"], padding=True,
                       return_tensors="pt")  # fmt: skip
    names = [name for name in _INPUTS if name in sample]
    axes = {name: {0: "pairs", 1: "tokens"} for name in names}

    class Scored(torch.nn.Module):  # type: ignore[misc] # torch is an extra, so it is Any here
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *values: Any) -> Any:
            return self.model(**dict(zip(names, values, strict=True))).logits

    torch.onnx.export(
        Scored().eval(),
        tuple(sample[name] for name in names),
        str(path),
        dynamo=False,  # as for embedding models: seconds instead of most of a minute
        opset_version=_OPSET,
        input_names=names,
        output_names=["scores"],
        dynamic_axes={**axes, "scores": {0: "pairs"}},
    )


def _window(model: Any, tokenizer: Any) -> int:
    positions = int(getattr(model.config, "max_position_embeddings", _LONGEST + _PADDED))
    if getattr(model.config, "model_type", "") in ("roberta", "xlm-roberta", "camembert"):
        positions -= _PADDED
    return min(positions, int(tokenizer.model_max_length), _LONGEST)


if __name__ == "__main__":
    obey(export, *sys.argv[1:])
