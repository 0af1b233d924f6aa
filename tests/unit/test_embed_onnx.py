import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_recipe import BuiltModel
from ingest.errors import ModelUnusable

SERVING = "ingest.adapters.embed_onnx", "ingest.adapters.embed_http", "ingest.adapters.model_build"


def test_nothing_that_serves_imports_torch() -> None:
    code = f"import sys, {', '.join(SERVING)}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    heavy = {"torch", "transformers", "sentence_transformers", "onnx", "huggingface_hub", "splintr"}
    assert not heavy & set(loaded.stdout.decode().split())


async def test_neighbours_do_not_change_a_bit_of_a_vector(default_model: Path) -> None:
    embedder = OnnxEmbedder.open(default_model, threads=2)
    texts = ["Refunds take five days.", "parcel " * 300, "Where is my order?"]
    together = await embedder.embed_passages(texts)
    apart = [await embedder.embed_query(text) for text in texts]
    assert all((a == b).all() for a, b in zip(together, apart, strict=True))
    embedder.close()


async def test_the_window_is_the_model_s_not_the_tokenizer_s(default_model: Path) -> None:
    embedder = OnnxEmbedder.open(default_model, threads=1)
    room = embedder.recipe.max_tokens
    short, full, over = await embedder.embed_passages(
        ["order " * 126, "order " * (room - 1) + "parcel", "order " * (room - 1) + "parcel " * 9]
    )
    assert room == 254
    assert (full == over).all()
    assert (full != short).any()
    embedder.close()


async def test_the_loop_goes_on_while_texts_are_embedded(default_model: Path) -> None:
    embedder = OnnxEmbedder.open(default_model, threads=1)
    job = asyncio.create_task(embedder.embed_passages(["parcel " * 250] * 8))
    answers = 0
    while not job.done():
        await embedder.embed_query("refund")
        answers += 1
    assert answers > 1
    assert (await job).shape == (8, 384)
    embedder.close()


async def test_a_cancelled_job_stops_and_leaves_the_embedder_whole(default_model: Path) -> None:
    embedder = OnnxEmbedder.open(default_model, threads=2)
    job = asyncio.create_task(embedder.embed_passages(["parcel " * 250] * 100_000))
    await asyncio.sleep(0.05)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert (await embedder.embed_passages(["refund"])).shape == (1, 384)
    embedder.close()


def test_a_folder_without_a_model_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="punnet model build"):
        OnnxEmbedder.open(tmp_path, threads=1)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "recipe.json"])
def test_a_broken_file_says_what_to_do(default_model: Path, tmp_path: Path, name: str) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(default_model, broken)
    (broken / name).write_bytes((broken / name).read_bytes()[:100])
    with pytest.raises(ModelUnusable, match="punnet model build"):
        OnnxEmbedder.open(broken, threads=1)


def test_the_default_model_came_out_as_it_went_in(default_model: Path) -> None:
    built = BuiltModel.load(default_model)
    assert built.recipe.precision == "int8"
    assert built.recipe.pooling == "mean+normalize"
    assert built.agreement.mean >= 0.98
    assert built.agreement.lowest >= 0.93
