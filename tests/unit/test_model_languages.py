"""A model is tried in many languages, and only what it understands is served."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ingest.adapters.model_languages import in_words, pairs, said, served, understanding
from ingest.adapters.model_recipe import BuiltModel
from ingest.model import Vector, Vectors
from tests.fakes import FakeEmbedder

PLACE = {text: at for at, one in enumerate(pairs()) for text in (one.question, one.answer)}
SPEAKS = {one.question for one in pairs() if one.language in {"en", "de"}}


class Bilingual(FakeEmbedder):
    """Knows which English and German answer belongs to which question; guesses at the others."""

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([_unit(PLACE[text]) for text in texts])

    async def embed_query(self, text: str) -> Vector:
        return _unit(PLACE[text] if text in SPEAKS else PLACE[text] + 10_000)


def _unit(seed: int) -> Vector:
    found = np.random.default_rng(seed).normal(size=64).astype(np.float32)
    return np.asarray(found / np.linalg.norm(found), np.float32)


async def test_what_a_model_understands_is_served() -> None:
    scores = await understanding(Bilingual())
    assert served(scores).languages == {"en", "de"}
    assert len(scores) == 24


def test_the_probe_has_the_same_questions_in_every_language() -> None:
    counts = {one.language: 0 for one in pairs()}
    for one in pairs():
        counts[one.language] += 1
    assert set(counts.values()) == {10}
    assert len({one.question for one in pairs()}) == len(pairs())


def test_the_operator_has_the_last_word() -> None:
    told = said(["en", "sw"])
    assert [told.serves(language) for language in ("en", "sw", "de", "no")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_person_is_told_what_is_served() -> None:
    assert "understands en;" in in_words({"en": 1.0, "de": 0.6})
    assert in_words({"en": 1.0}) == "it understands all 1 languages that were tried"


async def test_a_model_that_understands_nothing_serves_nothing() -> None:
    scores = await asyncio.wait_for(understanding(FakeEmbedder()), 20)
    assert "de" not in served(scores).languages


def test_an_untried_model_is_not_judged() -> None:
    assert served({}).serves("de")


def test_a_built_model_keeps_its_languages(default_model: Path) -> None:
    assert served(BuiltModel.load(default_model).languages).languages == {"en"}
