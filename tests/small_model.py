"""An embedding model that is small enough to be built, or served by torch, in a test."""

import importlib
from pathlib import Path
from typing import Any

from ingest.adapters.model_source import DEFAULT_MODEL, locate


def saved_model(folder: Path) -> Path:
    """Save a tiny model with weights of chance, a dense layer and prompts."""
    torch: Any = importlib.import_module("torch")
    hugging: Any = importlib.import_module("transformers")
    modules: Any = importlib.import_module("sentence_transformers.sentence_transformer.modules")
    library: Any = importlib.import_module("sentence_transformers")
    original = locate(DEFAULT_MODEL).folder
    bare, out = folder / "bare", folder / "small"
    torch.manual_seed(7)
    shape = {"num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    config = hugging.BertConfig(hidden_size=32, max_position_embeddings=64, **shape)
    hugging.BertModel(config).save_pretrained(bare)
    hugging.AutoTokenizer.from_pretrained(original).save_pretrained(bare)
    stack = [
        modules.Transformer(str(bare), max_seq_length=48),
        modules.Pooling(32, pooling_mode="cls"),
        modules.Dense(32, 16),
    ]
    prompts = {"query": "query: ", "passage": "passage: "}
    library.SentenceTransformer(modules=stack, prompts=prompts, device="cpu").save(str(out))
    return out
