"""Messages and questions of the public sets, asked of what answers them and of what does not."""

import json
import random
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from api.settings import load_settings
from bench.calibrating import ANSWERED, FEW, FEW_GONE, GONE, LABELLED, OFF_TOPIC, Ask
from bench.sets import Page, RetrievalSet, folder, load
from bench.shelf import Shelf, embed_questions, shelve
from bench.thin import gold_pages, gone_from, part_of, small_asks
from bench.workload import SETS, Message, half_of, messages, part_found
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_build import build_model
from ingest.adapters.tokens import O200kTokens
from retrieval.planner.families import family_of
from retrieval.planner.tokens import Gauge

ASKED = (
    *("mtrag-human-subset", "covid-faq-paraphrase", "anthropic-docs", "covid-faq", "nq-oracle"),
    *SETS,
)
"""In an order in which no two neighbours are about the same: each is asked of the next one."""
LARA = "lara-32k"
_SHORT = ("covid-faq", "nq-oracle")
_FEW, _FITTED = 3, 400
_MOST = 250
"""Questions of one set that are asked of several shelves."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is fitted and measured on."""

    messages: list[Message]
    asks: list[Ask]
    thinned: list[Message]
    """The same messages to knowledge that lacks one page in seven; of sets of many pages."""
    more: list[Message]
    """Questions to pages that are hardly more than a passage: fitted to, not measured."""


async def prepared() -> Prepared:
    """Search everything; some minutes, more where nothing is embedded yet."""
    with closing(open_embedder()) as embedder:
        shelves = [await shelve(load(name), embedder, Bm25Encoder()) for name in ASKED]
        gauge = Gauge(O200kTokens(), family_of("gpt-4o"))
        known = [shelf for shelf in shelves if shelf.data.name in SETS]
        found = [one for shelf in known for one in await messages(shelf, embedder, gauge)]
        asks = [ask async for ask in _asks(shelves, embedder)]
        asks += await _lara(embedder)
        thinned = [one for shelf in known for one in await thin(shelf, embedder, gauge)]
        short = [shelf for shelf in shelves if shelf.data.name in _SHORT]
        more = [one for shelf in short for one in await _singles(shelf, embedder, gauge)]
    return Prepared(found, asks, thinned, more)


async def _singles(shelf: Shelf, embedder: OnnxEmbedder, gauge: Gauge) -> list[Message]:
    """Ask a part of a set's questions, those of one page or a few, one by one."""
    some = [key for key, _ in shelf.data.asked if len(gold_pages(shelf.data, key)) <= _FEW]
    random.Random(7).shuffle(some)
    asked = {key: shelf.data.questions[key] for key in some[:_FITTED]}
    less = replace(shelf, data=replace(shelf.data, questions=asked))
    return [one for one in await messages(less, embedder, gauge) if one.questions == 1]


def open_embedder() -> OnnxEmbedder:
    """Open the model that is set, built first where it is not."""
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(Path(home))
        built = build_model(settings.model, settings.models_dir, print)
        return OnnxEmbedder.open(built, threads=2)


async def thin(shelf: Shelf, embedder: OnnxEmbedder, gauge: Gauge) -> list[Message]:
    """Ask a set from which pages are gone."""
    gone = gone_from(shelf.data)
    return await messages(shelf, embedder, gauge, gone) if gone else []


async def _asks(shelves: Sequence[Shelf], embedder: OnnxEmbedder) -> AsyncIterator[Ask]:
    """Ask a set's questions of its pages, of what is left without the gold, and elsewhere."""
    for shelf, other in zip(shelves, (*shelves[1:], shelves[0]), strict=True):
        data, every = shelf.data, dict(shelf.data.asked)
        asked = list(every.items())[:: max(1, len(every) // _MOST)][:_MOST]
        open_ = [one for one in data.questions.items() if one[0] not in every]
        labelled = [text for _, text in open_ if any(letter.isalpha() for letter in text)]
        await embed_questions(other, embedder, [text for _, text in asked])
        await embed_questions(shelf, embedder, [*(text for _, text in asked), *labelled])
        for key, text in asked:
            half, gold = _half(data, key), gold_pages(data, key)
            yield Ask(data.name, ANSWERED, half, part_found(text, shelf.search(text)))
            yield Ask(data.name, OFF_TOPIC, half, part_found(text, other.search(text)))
            if len(data.pages) > len(gold) + 5:
                left = shelf.search(text, gold)
                yield Ask(data.name, GONE, half, part_found(text, left))
        for text in labelled:
            yield Ask(data.name, LABELLED, 0, part_found(text, shelf.search(text)))
        for key, answered, found in small_asks(shelf):
            part = part_found(data.questions[key], found)
            yield Ask(data.name, FEW if answered else FEW_GONE, _half(data, key), part)


def _half(data: RetrievalSet, key: str) -> int:
    return half_of(data, key) if data.name in SETS else sha256(key.encode()).digest()[0] % 2


async def _lara(embedder: OnnxEmbedder) -> list[Ask]:
    """Ask each question of its own file, which for one in four does not answer it."""
    where = folder(LARA)
    rows = [json.loads(line) for line in (where / "queries.jsonl").read_text("utf-8").splitlines()]
    files = sorted((where / "docs").glob("*/*"), key=lambda file: (file.parent.name, file.name))
    pages = tuple(
        Page(one.name, "", one.open(encoding="utf-8", newline="").read()) for one in files
    )
    data = RetrievalSet(LARA, pages, {row["_id"]: row["question"] for row in rows}, {})
    shelf = await shelve(data, embedder, Bm25Encoder())
    await embed_questions(shelf, embedder, list(data.questions.values()))
    return [ask for page in pages for ask in _of_file(shelf, page.id, rows)]


def _of_file(shelf: Shelf, file: str, rows: Sequence[dict[str, str]]) -> list[Ask]:
    alone = part_of(shelf, {file})
    half = sha256(file.encode()).digest()[0] % 2
    return [
        Ask(
            LARA,
            LABELLED if row["level"] == "hallu" else ANSWERED,
            half,
            part_found(row["question"], alone.search(row["question"])),
        )
        for row in rows
        if row["file"] == file
    ]
