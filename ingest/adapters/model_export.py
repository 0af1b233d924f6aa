"""Fetch or export a sentence-transformers model; runs as a child process of `model_build`.

Everything that it prints is kept back but lines with one of three marks.
"""

import asyncio
import importlib
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_build import PROGRESS, REFUSAL, RESULT
from ingest.adapters.model_check import SENTENCES, agreement
from ingest.adapters.model_languages import in_words, understanding
from ingest.adapters.model_original import (
    load_original,
    passage_prompt,
    query_prompt,
    recipe_of,
    window,
)
from ingest.adapters.model_recipe import MODEL_FILE, TOKENIZER_FILE, Agreement, BuiltModel
from ingest.adapters.model_source import weights_digest
from ingest.adapters.model_trace import quantise, refuse_untraceable, tokenizer_of, trace
from ingest.errors import ModelUnusable

ENOUGH_MEAN = 0.98
"""Mean cosine below which rankings change: int8 at .907 shared only .81 of the top ten."""
ENOUGH_LOWEST = 0.90
"""No single sentence may come out as something else."""
_NOT_NEEDED = ["*.onnx", "onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack", "*.gguf"]


def fetch(name: str) -> Path:
    """Download a model's files from the hub and give their folder; raises ModelUnusable."""
    hub: Any = importlib.import_module("huggingface_hub")
    errors: Any = importlib.import_module("huggingface_hub.errors")
    try:
        return Path(hub.snapshot_download(name, ignore_patterns=_NOT_NEEDED))
    except (errors.HfHubHTTPError, OSError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelUnusable(
            f"cannot fetch {name} from the hub ({reason}): check the name and the network,"
            " or download the model elsewhere and give its folder"
        ) from error


def export(folder: Path, out: Path, name: str) -> None:
    """Write the model as int8 where that agrees with the original, else as fp32."""
    tell("loading the original")
    model = load_original(folder, "cpu")
    refuse_untraceable(model)
    tokenizer = tokenizer_of(model)
    tokenizer.save(str(out / TOKENIZER_FILE))
    built = _described(model, tokenizer, name, weights_digest(folder))
    tell("exporting it to ONNX")
    exact = out / "exact.onnx"
    trace(model, exact)
    tell("quantising it to int8")
    quantise(exact, out / MODEL_FILE)
    if not _agrees(model, built, "int8", out):
        exact.replace(out / MODEL_FILE)
        if not _agrees(model, built, "fp32", out):
            raise ModelUnusable(
                f"{name} does not come out of the export as it went in:"
                " serve it with sentence-transformers or over HTTP instead"
            )
    exact.unlink(missing_ok=True)
    tell("trying it in other languages")
    languages = asyncio.run(_languages(out))
    replace(BuiltModel.load(out), languages=languages).save(out)
    tell(in_words(languages))


def _described(model: Any, tokenizer: Tokenizer, name: str, weights: str) -> BuiltModel:
    prompt = tokenizer.encode(passage_prompt(model), add_special_tokens=False).ids
    room = window(model) - tokenizer.num_special_tokens_to_add(is_pair=False) - len(prompt)
    recipe = replace(recipe_of(model, name, weights, room), runtime="onnxruntime")
    return BuiltModel(recipe, window(model), Agreement(0.0, 0.0))


def _agrees(model: Any, built: BuiltModel, precision: str, out: Path) -> bool:
    """Compare what is served with the original, passages and questions, and note how well."""
    recipe = replace(built.recipe, precision=precision)
    replace(built, recipe=recipe).save(out)
    found = asyncio.run(_compare(model, out))
    tell(f"{precision}: {found}")
    replace(built, recipe=recipe, agreement=found).save(out)
    return found.mean >= ENOUGH_MEAN and found.lowest >= ENOUGH_LOWEST


async def _compare(model: Any, out: Path) -> Agreement:
    served = OnnxEmbedder.open(out, threads=2)
    sentences = list(SENTENCES)
    passages = await served.embed_passages(sentences)
    queries = [await served.embed_query(sentence) for sentence in sentences]
    return agreement(
        [*passages, *queries],
        [
            *model.encode(sentences, prompt=passage_prompt(model)),
            *model.encode(sentences, prompt=query_prompt(model)),
        ],
    )


async def _languages(out: Path) -> dict[str, float]:
    return await understanding(OnnxEmbedder.open(out, threads=2))


def tell(what: str) -> None:
    """Tell the parent what is being done."""
    print(f"{PROGRESS}{what}", flush=True)  # noqa: T201 - read by the parent


def obey(export_: Callable[[Path, Path, str], None], task: str, *arguments: str) -> None:
    """Do `fetch NAME` or `export FOLDER OUT NAME`; a refusal is told to the parent."""
    try:
        if task == "fetch":
            print(f"{RESULT}{fetch(*arguments)}")  # noqa: T201 - read by the parent
        else:
            folder, out, name = arguments
            export_(Path(folder), Path(out), name)
    except ModelUnusable as error:
        sys.exit(REFUSAL + " ".join(str(error).split()))


if __name__ == "__main__":
    obey(export, *sys.argv[1:])
