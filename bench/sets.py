"""Public retrieval sets, in the BEIR layout or as whole files, from a folder of their own."""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

HOW_TO_GET = (
    "Put the set there, or name another folder by PUNNET_BENCH_DATA; a set is a folder with "
    "corpus.jsonl (or html/, docs/), queries.jsonl and qrels.tsv."
)


@dataclass(frozen=True, slots=True)
class Page:
    """One document of a set."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a page, by its characters."""

    page: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Documents, questions, and which documents or which pieces answer which question."""

    name: str
    pages: tuple[Page, ...]
    questions: Mapping[str, str]
    relevant: Mapping[str, frozenset[str]]
    spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    """The pieces that answer, of a set whose answers are shorter than its pages."""

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The questions that have a letter and an answer."""
        return [
            (key, text)
            for key, text in self.questions.items()
            if (self.relevant.get(key) or self.spans.get(key))
            and any(letter.isalpha() for letter in text)
        ]


def folder(name: str) -> Path:
    """Give the folder of a set, or end the program and say how to get it."""
    root = Path(os.environ.get("PUNNET_BENCH_DATA", "~/.cache/punnet-data")).expanduser()
    if not (root / name).is_dir():
        print(f"{name}: not measured, {root / name} is absent. {HOW_TO_GET}")
        sys.exit(0)
    return root / name


def load(name: str) -> RetrievalSet:
    """Read a set; one whose pages are HTML files has no `pages`."""
    where = folder(name)
    if (where / "docs").is_dir():
        return _of_files(name, where)
    corpus = where / "corpus.jsonl"
    pages = (
        tuple(Page(row["_id"], row.get("title", ""), row["text"]) for row in _rows(corpus))
        if corpus.exists()
        else ()
    )
    questions = {row["_id"]: row["text"] for row in _rows(where / "queries.jsonl")}
    return RetrievalSet(name, pages, questions, _judged(where))


def _of_files(name: str, where: Path) -> RetrievalSet:
    """Read a set of whole files whose answers are spans, or chunks that are found in them."""
    pages = {
        file.name: file.open(encoding="utf-8", newline="").read()
        for file in sorted((where / "docs").iterdir())
    }
    rows = _rows(where / "queries.jsonl")
    spans = (
        {row["_id"]: tuple(map(partial(_span, row["doc"]), row["spans"])) for row in rows}
        if "spans" in rows[0]
        else _chunk_spans(where, pages)
    )
    questions = {row["_id"]: row["text"] for row in rows}
    return RetrievalSet(
        name, tuple(Page(id_, "", text) for id_, text in pages.items()), questions, {}, spans
    )


def _span(page: str, found: Mapping[str, Any]) -> Span:
    return Span(Path(page).name, found["start"], found["end"])


def _chunk_spans(where: Path, pages: Mapping[str, str]) -> dict[str, tuple[Span, ...]]:
    chunks = {row["_id"]: row for row in _rows(where / "corpus.jsonl")}
    spans = {}
    for question, ids in _judged(where).items():
        rows = [chunks[id_] for id_ in sorted(ids)]
        places = [(f"{row['title']}.txt", row["text"]) for row in rows]
        spans[question] = tuple(
            Span(page, start, start + len(text))
            for page, text in places
            if (start := pages[page].find(text)) >= 0
        )
    return spans


def _judged(where: Path) -> dict[str, frozenset[str]]:
    relevant: defaultdict[str, set[str]] = defaultdict(set)
    for line in (where / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, page, score = line.split("\t")
        if float(score) > 0:
            relevant[question].add(page)
    return {key: frozenset(ids) for key, ids in relevant.items()}


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
