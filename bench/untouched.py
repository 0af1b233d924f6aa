"""The shipped estimate on questions of sets that nothing was fitted to or chosen by.

    python -m bench.untouched [CALIBRATION]

The English articles of XQuAD, where the sentence with the answer is needed, and the source
files of anthropic-codebase, where the whole gold chunk is: questions alone, two and four at
once, of all the knowledge and of the same without one page in seven.
"""

import argparse
import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from bench.calibrating import ANSWERED, FEW, FEW_GONE, GONE, Ask
from bench.evidence import by_group, estimate, packs, told
from bench.figures import show
from bench.prepared import open_embedder, thin
from bench.sets import Page, RetrievalSet, Span, folder, load
from bench.shelf import Shelf, shelve
from bench.thin import gold_pages, small_asks
from bench.workload import Message, messages, part_found
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.tokens import O200kTokens
from retrieval.planner.calibration import Calibration, read_calibration, shipped
from retrieval.planner.families import family_of
from retrieval.planner.tokens import Gauge

_END = re.compile(r"[.!?](?:\s|$)")


def xquad(language: str) -> RetrievalSet:
    """Join a language's paragraphs to their articles; the sentence with the answer is gold."""
    where = folder("xquad")
    articles: defaultdict[str, str] = defaultdict(str)
    places: dict[str, tuple[str, int, str]] = {}
    for row in _rows(where / "corpus.jsonl", language):
        name = f"{row['_id'].rsplit('-p', 1)[0]}.txt"
        before = f"{articles[name]}\n\n" if articles[name] else ""
        places[row["_id"]] = name, len(before), row["text"]
        articles[name] = before + row["text"]
    lines = (where / "qrels.tsv").read_text("utf-8").splitlines()[1:]
    held = {
        asked: page for asked, page, score in (line.split("\t") for line in lines) if score == "2"
    }
    rows = _rows(where / "queries.jsonl", language)
    return RetrievalSet(
        f"xquad-{language}",
        tuple(Page(name, "", text) for name, text in articles.items()),
        {row["_id"]: row["text"] for row in rows},
        {},
        {row["_id"]: (_sentence(places[held[row["_id"]]], row),) for row in rows},
    )


def _sentence(place: tuple[str, int, str], row: dict[str, Any]) -> Span:
    name, offset, text = place
    answer = int(row["metadata"]["answer_start"])
    ends = [one.end() for one in _END.finditer(text)]
    start = max((end for end in ends if end <= answer), default=0)
    end = min((end for end in ends if end > answer), default=len(text))
    return Span(name, offset + start, offset + end)


def _rows(file: Path, language: str) -> list[dict[str, Any]]:
    lines = file.read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["_id"].startswith(f"{language}-")]


def asks_of(shelf: Shelf) -> list[Ask]:
    """Ask all the knowledge, the knowledge without the gold, and small knowledge."""
    data, found = shelf.data, list[Ask]()
    for key, text in data.asked:
        found.append(Ask(data.name, ANSWERED, 0, part_found(text, shelf.search(text))))
        left = shelf.search(text, gold_pages(data, key))
        found.append(Ask(data.name, GONE, 0, part_found(text, left)))
    for key, answered, searched in small_asks(shelf):
        part = part_found(data.questions[key], searched)
        found.append(Ask(data.name, FEW if answered else FEW_GONE, 0, part))
    return found


async def measure(file: Path | None) -> None:
    """Show what the estimate is worth on questions that it has never met."""
    calibration = read_calibration(file) if file else shipped()
    asked: list[Message] = []
    lacking: list[Message] = []
    asks: list[Ask] = []
    with closing(open_embedder()) as embedder:
        gauge = Gauge(O200kTokens(), family_of("gpt-4o"))
        for data in (xquad("en"), load("anthropic-codebase")):
            shelf = await shelve(data, embedder, Bm25Encoder())
            asked += await messages(shelf, embedder, gauge)
            lacking += await thin(shelf, embedder, gauge)
            asks += asks_of(shelf)
    both = {0: calibration, 1: calibration}
    _show("untouched: of knowledge that lacks nothing", asked, both)
    _show("untouched-lacking: with that of knowledge that lacks pages", [*asked, *lacking], both)
    estimates = np.array([estimate(ask.part, calibration) for ask in asks])
    show("untouched-told: what is told from what", list(told(asks, estimates)))


def _show(name: str, asked: Sequence[Message], both: Mapping[int, Calibration]) -> None:
    show(name, list(by_group(packs(asked, both))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calibration", nargs="?", type=Path, help="another than what ships")
    asyncio.run(measure(parser.parse_args().calibration))
