"""A cross-encoder of chance, built and served as a real one is."""

import asyncio
import importlib
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import ModelUnusable
from retrieval.adapters.reranker import BuiltReranker, OnnxReranker
from retrieval.adapters.reranker_build import build_reranker, find_reranker
from retrieval.adapters.reranker_export import (
    ENOUGH,
    load_cross_encoder,
    original_scores,
)

WORDS = ["how", "long", "do", "refunds", "take", "five", "days", "parcels", "leave", "at", "noon"]
MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
QUESTION = "how long do refunds take"
TEXTS = ["refunds take five days", "parcels leave at noon", "bicycles", "a"]


def saved(folder: Path, labels: int = 1) -> Path:
    """Save a tiny BERT with weights of chance and a vocabulary of its own."""
    torch: Any = importlib.import_module("torch")
    hugging: Any = importlib.import_module("transformers")
    torch.manual_seed(7)
    folder.mkdir()
    vocabulary = [*MARKS, *WORDS, *"abcdefghijklmnopqrstuvwxyz"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    tokenizer = hugging.BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=32)
    tokenizer.save_pretrained(folder)
    config = hugging.BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
        num_labels=labels,
        initializer_range=0.5,
    )
    hugging.BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(tmp_path_factory.mktemp("original") / "tiny")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, original: Path) -> Path:
    folder = tmp_path_factory.mktemp("models")
    build_reranker(str(original), folder, lambda _: None)
    return folder


async def test_a_built_reranker_scores_as_its_original(models: Path, original: Path) -> None:
    folder = find_reranker(str(original), models)
    assert BuiltReranker.load(folder).difference <= ENOUGH
    assert BuiltReranker.load(folder).window == 32
    reranker = OnnxReranker.open(folder, threads=2)
    ours = await reranker.score(QUESTION, TEXTS)
    reranker.close()
    pairs = [(QUESTION, text) for text in TEXTS]
    theirs = original_scores(*load_cross_encoder(original), pairs)
    assert ours == pytest.approx(theirs, abs=1e-3)
    assert len({round(score, 3) for score in ours}) == len(TEXTS)


async def test_what_is_longer_than_the_window_is_cut(models: Path, original: Path) -> None:
    reranker = OnnxReranker.open(find_reranker(str(original), models), threads=1)
    cut = await reranker.score(QUESTION, ["five days " * 12, "five days " * 400])
    assert cut[0] == cut[1]
    assert len(await reranker.score("how long " * 400, ["refunds \ud800"])) == 1
    reranker.close()


async def test_giving_up_takes_what_waits_out_of_the_queue(models: Path, original: Path) -> None:
    reranker = OnnxReranker.open(find_reranker(str(original), models), threads=1)
    scoring = asyncio.ensure_future(reranker.score(QUESTION, TEXTS * 500))
    await asyncio.sleep(0)
    scoring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scoring
    assert len(await reranker.score(QUESTION, TEXTS)) == len(TEXTS)
    reranker.close()


def test_a_reranker_is_found_by_the_name_that_it_was_built_of(models: Path, original: Path) -> None:
    folder = find_reranker(str(original), models)
    assert find_reranker(str(folder), models) == folder
    with pytest.raises(ModelUnusable, match="punnet model build --reranker other"):
        find_reranker("other", models)


def test_a_classifier_is_no_reranker(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="one score a pair"):
        load_cross_encoder(saved(tmp_path / "classifier", labels=3))


def test_a_broken_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="model build --reranker"):
        OnnxReranker.open(tmp_path, threads=1)
    BuiltReranker("tiny", "0" * 64, 32, 0.0).save(tmp_path)
    with pytest.raises(ModelUnusable, match="delete the folder"):
        OnnxReranker.open(tmp_path, threads=1)
