"""What a loaded sentence-transformers model says of itself; the only place that loads one.

torch and its friends are an extra: they are imported by name, when a model is loaded.
"""

import importlib
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from ingest.errors import ModelUnusable
from ingest.model import Recipe

_PASSAGE_PROMPTS = ("document", "passage", "corpus")
_LONGEST = 512
"""Tokens, where a model names no maximum."""


def load_original(folder: Path, device: str) -> Any:
    """Load the SentenceTransformer from a folder, without the network; raises ModelUnusable."""
    try:
        library: Any = importlib.import_module("sentence_transformers")
        model = library.SentenceTransformer(str(folder), device=device, local_files_only=True)
    except ImportError as error:
        raise ModelUnusable(
            "sentence-transformers is not installed: run `make install`, or"
            " `uv pip install --torch-backend cpu 'punnet[models]'`"
        ) from error
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ModelUnusable(f"{folder} does not load: {error}") from error
    return model.eval()


def bare_tokenizer(model: Any) -> Tokenizer | None:
    """Give the fast tokenizer, if any, without the truncation and padding some have baked in."""
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if backend is None:
        return None
    bare = Tokenizer.from_str(backend.to_str())
    bare.no_truncation()
    bare.no_padding()
    return bare


def query_prompt(model: Any) -> str:
    """Give what goes before a question, as `encode_query` does."""
    return model.prompts.get("query") or ""


def passage_prompt(model: Any) -> str:
    """Give what goes before a passage: the first that is not empty.

    The library's `encode_document` stops at the empty "document" that it fills in itself, and
    passes over a model's own "passage".
    """
    named = (model.prompts.get(name) for name in _PASSAGE_PROMPTS)
    return next((prompt for prompt in named if prompt), "")


def window(model: Any) -> int:
    """Give the longest input in tokens, special ones included."""
    return int(model.max_seq_length or _LONGEST)


def recipe_of(model: Any, name: str, weights: str, room: int) -> Recipe:
    """Give the recipe of the original as torch runs it; `room` is what is left for a text."""
    kinds = [type(module).__name__.lower() for module in model][1:]
    modes = [str(module.pooling_mode) for module in model if hasattr(module, "pooling_mode")]
    return Recipe(
        model=name,
        weights=weights,
        runtime="torch",
        precision="fp32",
        pooling="+".join(modes + [kind for kind in kinds if kind != "pooling"]),
        query_prompt=query_prompt(model),
        passage_prompt=passage_prompt(model),
        dimension=int(model.get_embedding_dimension()),
        max_tokens=room,
        chunker="",
        sparse="",
    )
