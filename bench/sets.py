"""Public retrieval sets in the BEIR layout, from a folder that is not a part of the project."""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOW_TO_GET = (
    "Put the set there, or name another folder by PUNNET_BENCH_DATA; a set is a folder with "
    "corpus.jsonl (or html/), queries.jsonl and qrels.tsv."
)


@dataclass(frozen=True, slots=True)
class Page:
    """One document of a set."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Documents, questions, and which documents answer which question."""

    name: str
    pages: tuple[Page, ...]
    questions: Mapping[str, str]
    relevant: Mapping[str, frozenset[str]]

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The questions that have a letter and an answer."""
        return [
            (key, text)
            for key, text in self.questions.items()
            if self.relevant.get(key) and any(letter.isalpha() for letter in text)
        ]


def folder(name: str) -> Path:
    """Give the folder of a set, or end the program and say how to get it."""
    root = Path(os.environ.get("PUNNET_BENCH_DATA", "~/.cache/punnet-data")).expanduser()
    if not (root / name).is_dir():
        print(f"{name}: not measured, {root / name} is absent. {HOW_TO_GET}")
        sys.exit(0)
    return root / name


def load(name: str) -> RetrievalSet:
    """Read a set; one whose pages are files has no `pages`."""
    where = folder(name)
    corpus = where / "corpus.jsonl"
    pages = (
        tuple(Page(row["_id"], row.get("title", ""), row["text"]) for row in _rows(corpus))
        if corpus.exists()
        else ()
    )
    questions = {row["_id"]: row["text"] for row in _rows(where / "queries.jsonl")}
    relevant: defaultdict[str, set[str]] = defaultdict(set)
    for line in (where / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, page, score = line.split("\t")
        if float(score) > 0:
            relevant[question].add(page)
    return RetrievalSet(
        name, pages, questions, {key: frozenset(ids) for key, ids in relevant.items()}
    )


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
