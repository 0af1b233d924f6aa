"""What every embedder promises."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest

from ingest.adapters.embed_http import HttpEmbedder, HttpModel
from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.embed_sentence_transformers import SentenceTransformersEmbedder
from ingest.adapters.model_source import DEFAULT_MODEL
from ingest.ports import Embedder
from tests.embedding_server import EmbeddingServer
from tests.fakes import FakeEmbedder, FakeTokens

TEXTS = [
    "Refunds take five working days.",
    "cancel",
    "The warranty covers faults of material for two years from the day of delivery. " * 4,
    "Where is my parcel?",
    "Rückerstattung 返品 😀",
]


@pytest.fixture
def fake() -> Embedder:
    return FakeEmbedder()


@pytest.fixture(scope="module")
def onnx(default_model: Path) -> Iterator[Embedder]:
    embedder = OnnxEmbedder.open(default_model, threads=2)
    yield embedder
    embedder.close()


@pytest.fixture(scope="module")
def torch() -> Iterator[Embedder]:
    embedder = SentenceTransformersEmbedder.open(DEFAULT_MODEL, device="cpu")
    yield embedder
    embedder.close()


@pytest.fixture
async def http() -> AsyncIterator[Embedder]:
    async with EmbeddingServer().running() as server, httpx2.AsyncClient() as client:
        settings = HttpModel(server.base_url, "key", "fake", 64, 256, batch=2)
        yield HttpEmbedder(client, settings, FakeTokens())


@pytest.fixture(params=["fake", "onnx", "torch", "http"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    found: Embedder = request.getfixturevalue(request.param)
    return found


async def test_vectors_have_the_recipe_s_dimension_and_unit_length(embedder: Embedder) -> None:
    vectors = await embedder.embed_passages(TEXTS)
    query = await embedder.embed_query(TEXTS[0])
    assert vectors.shape == (len(TEXTS), embedder.recipe.dimension)
    assert query.shape == (embedder.recipe.dimension,)
    assert vectors.dtype == query.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm([*vectors, query], axis=1), 1, atol=1e-5)


async def test_vectors_come_in_the_order_of_the_texts(embedder: Embedder) -> None:
    forth = await embedder.embed_passages(TEXTS)
    back = await embedder.embed_passages(TEXTS[::-1])
    np.testing.assert_allclose(forth, back[::-1], atol=1e-5)


async def test_equal_texts_give_equal_vectors_whatever_stands_beside(embedder: Embedder) -> None:
    beside = await embedder.embed_passages([*TEXTS, TEXTS[0]])
    alone = await embedder.embed_passages([TEXTS[0]])
    assert (beside[0] == beside[-1]).all()
    np.testing.assert_allclose(beside[0], alone[0], atol=1e-5)


async def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert (await embedder.embed_passages([])).shape == (0, embedder.recipe.dimension)


async def test_odd_texts_are_embedded_too(embedder: Embedder) -> None:
    odd = ["", " \n", "\x00", "\ud800 half a pair", "word " * 3000, "a" * 3000]
    assert np.isfinite(await embedder.embed_passages(odd)).all()
    assert np.isfinite(await embedder.embed_query("\udc00")).all()


async def test_a_question_lies_closest_to_what_answers_it(embedder: Embedder) -> None:
    vectors = await embedder.embed_passages(TEXTS)
    query = await embedder.embed_query("how many working days do refunds take")
    assert int(np.argmax(vectors @ query)) == 0


async def test_more_texts_than_a_batch_are_all_embedded(embedder: Embedder) -> None:
    texts = [f"Article {number} of the terms" for number in range(70)]
    vectors = await embedder.embed_passages(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_tokens_are_counted_whole_and_without_special_ones(embedder: Embedder) -> None:
    assert embedder.tokens.count(["", "order", "order " * 999]) == [0, 1, 999]
    assert embedder.tokens.count([]) == []


def test_the_recipe_says_what_a_text_may_have(embedder: Embedder) -> None:
    assert 0 < embedder.recipe.max_tokens <= 256
    assert embedder.recipe.chunker == embedder.recipe.sparse == ""
