"""Messages and questions of the public sets, asked of what answers them and of what does not."""

import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from api.settings import load_settings
from bench.calibrating import Ask
from bench.sets import Page, RetrievalSet, folder, load
from bench.shelf import Shelf, Sums, embed_questions, shelve
from bench.workload import SETS, Message, half_of, messages, part_found
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_build import build_model
from ingest.adapters.tokens import O200kTokens
from retrieval.planner.families import family_of
from retrieval.planner.tokens import Gauge

ASKED = (
    *("mtrag-human-subset", "covid-faq-paraphrase", "anthropic-docs", "nq-oracle"),
    *SETS,
)
LARA = "lara-32k"
_MOST = 250
"""Questions of one set that are asked of several shelves."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is fitted and measured on."""

    messages: list[Message]
    asks: list[Ask]


async def prepared() -> Prepared:
    """Search everything; some minutes, more where nothing is embedded yet."""
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(Path(home))
        built = build_model(settings.model, settings.models_dir, print)
    with closing(OnnxEmbedder.open(built, threads=2)) as embedder:
        shelves = [await shelve(load(name), embedder, Bm25Encoder()) for name in ASKED]
        gauge = Gauge(O200kTokens(), family_of("gpt-4o"))
        known = [shelf for shelf in shelves if shelf.data.name in SETS]
        found = [one for shelf in known for one in await messages(shelf, embedder, gauge)]
        asks = [ask async for ask in _asks(shelves, embedder)]
        asks += await _lara(embedder)
    return Prepared(found, asks)


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
            half = _half(data, key)
            gold = data.relevant.get(key) or {span.page for span in data.spans[key]}
            yield Ask(data.name, "answerable", half, part_found(text, shelf.search(text)))
            yield Ask(data.name, "off topic", half, part_found(text, other.search(text)))
            if len(data.pages) > len(gold) + 5:
                left = shelf.search(text, gold)
                yield Ask(data.name, "gold taken out", half, part_found(text, left))
        for text in labelled:
            yield Ask(data.name, "labelled", 0, part_found(text, shelf.search(text)))


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
    places = [at.int for at, one in shelf.passages.items() if one.ref == file]
    own = [replace(shelf.passages[UUID(int=at)], id=UUID(int=n)) for n, at in enumerate(places)]
    alone = Shelf(
        shelf.data,
        {one.id: one for one in own},
        shelf.vectors[places],
        Sums(own, Bm25Encoder()),
        shelf.asked,
    )
    half = sha256(file.encode()).digest()[0] % 2
    return [
        Ask(
            LARA,
            "labelled" if row["level"] == "hallu" else "answerable",
            half,
            part_found(row["question"], alone.search(row["question"])),
        )
        for row in rows
        if row["file"] == file
    ]
