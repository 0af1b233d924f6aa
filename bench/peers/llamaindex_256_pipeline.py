"""LlamaIndex with its splitter set to the model's own 256 tokens, counted by its tokenizer."""

from pathlib import Path

from llama_index.core.node_parser import SentenceSplitter
from transformers import AutoTokenizer

from bench.peers.llamaindex_pipeline import LlamaIndexPipeline


def open_pipeline(store: Path, model: str) -> LlamaIndexPipeline:
    """Open what the folder holds, with the model loaded."""
    tokenize = AutoTokenizer.from_pretrained(model).tokenize
    splitter = SentenceSplitter(chunk_size=256, chunk_overlap=32, tokenizer=tokenize)
    return LlamaIndexPipeline(store, model, splitter)
