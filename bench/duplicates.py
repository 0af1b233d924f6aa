"""How well duplicates are told from pages that are merely alike.

    python -m bench.duplicates [--show N]

Three knowledge bases are made of two public sets and looked through as an inspection does:
the FAQ of covid-faq-paraphrase with copies of its entries under questions asked in other words;
its questions alone; both crawls of faq-recrawl side by side. Every pair that is found counts,
not only those that somebody labelled. Thresholds are chosen on one half of the entries (by the
hash of their question) and reported on the other.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from api.settings import load_settings
from bench.besides import found_by, nearest, pages_of
from bench.figures import interval, mean, show
from bench.sets import Page, RetrievalSet, folder
from bench.shelf import Shelf, shelve
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.embed_onnx import OnnxEmbedder
from ingest.adapters.model_build import build_model
from ingest.freshness.duplicate import Duplicates

COPIED = (0.5, 0.6, 0.7, 0.8, 0.9)
MEANING = (0.8, 0.85, 0.9, 0.95, 1.01)
LEAST_PRECISION = 0.9
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Base:
    """A knowledge base whose duplicates are known."""

    data: RetrievalSet
    gold: frozenset[Pair]
    """Ids of pages that say the same, in order."""


# --- knowledge bases --------------------------------------------------------------


def copies() -> Base:
    """Give every entry, and again under a paraphrase of its question."""
    entries, asked, pairs = _covid()
    answers = dict(sorted(pairs, reverse=True))
    pages = [Page(id_, row["title"], row["text"]) for id_, row in entries.items()]
    pages += [Page(id_, asked[id_], entries[entry]["text"]) for id_, entry in answers.items()]
    return _based("copied entries", pages, _same_answer(pages))


def questions() -> Base:
    """Give every question, and its paraphrases, without any answer."""
    entries, asked, pairs = _covid()
    pages = [Page(id_, "", row["title"]) for id_, row in entries.items()]
    pages += [Page(id_, "", text) for id_, text in asked.items()]
    same = dict(pairs)
    gold = {_in_order(a, b) for a, b in pairs}
    gold |= {_in_order(a, b) for a in same for b in same if a < b and same[a] == same[b]}
    texts = {page.id: page.text.casefold() for page in pages}
    gold |= {(a, b) for a in texts for b in texts if a < b and texts[a] == texts[b]}
    return _based("questions alone", pages, gold)


def recrawled() -> Base:
    """Give both crawls: a question that one publisher answers in both is one entry."""
    pages, keys = [], {}
    for crawl in ("2020-03-22", "2020-03-27"):
        for at, row in enumerate(_rows(folder("faq-recrawl") / f"snapshot-{crawl}.jsonl")):
            id_ = f"{crawl}/{at}"
            pages.append(Page(id_, row["question"], row["answer"]))
            keys[id_] = row["source"], " ".join(row["question"].casefold().split())
    gold = {(a, b) for a in keys for b in keys if a < b and keys[a] == keys[b]}
    return _based("two crawls", pages, gold | _same_answer(pages))


def _same_answer(pages: Sequence[Page]) -> set[Pair]:
    texts = [(page.id, " ".join(page.text.casefold().split())) for page in pages]
    return {
        _in_order(a, b)
        for a, one in texts
        for b, other in texts
        if a < b and one == other and len(one.split()) > 1
    }


def _based(name: str, pages: Sequence[Page], gold: set[Pair]) -> Base:
    return Base(RetrievalSet(name.replace(" ", "-"), tuple(pages), {}, {}), frozenset(gold))


def _covid() -> tuple[Mapping[str, Any], Mapping[str, str], Sequence[Pair]]:
    where = folder("covid-faq-paraphrase")
    entries = {row["_id"]: row for row in _rows(where / "corpus.jsonl")}
    asked = {row["_id"]: row["text"] for row in _rows(where / "queries.jsonl")}
    lines = (where / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return entries, asked, [(line.split("\t")[0], line.split("\t")[1]) for line in lines]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _in_order(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


# --- figures ----------------------------------------------------------------------


def found(shelf: Shelf, detector: Duplicates) -> Mapping[Pair, str]:
    """Give the pairs that the detector names, and by which rule."""
    pages, near = pages_of(shelf), nearest(shelf, detector.nearness)
    return {
        _in_order(one.document, one.other or ""): one.code
        for one in found_by(detector, pages, near)
    }


def side_of(pair: Pair, base: Base) -> int:
    """Say to which half a pair belongs: by its first question, all of whose pairs go along."""
    first = next(page for page in base.data.pages if page.id == pair[0])
    return sha256((first.title or first.text).encode()).digest()[0] % 2


def together(pairs: Iterable[Pair]) -> Mapping[str, str]:
    """Give each page the first of those that it is named with, one by one or by a third."""
    firsts: dict[str, str] = {}
    for one, other in sorted(pairs):
        a, b = firsts.setdefault(one, one), firsts.setdefault(other, other)
        firsts.update({page: min(a, b) for page, first in firsts.items() if first in (a, b)})
    return firsts


def measured(base: Base, pairs: Iterable[Pair], side: int) -> tuple[list[float], list[float]]:
    """Say of each pair that is named whether it is right, of each right one whether it is found.

    Of several copies each is named with the first alone, so two of them count as found when
    both are named with the same one.
    """
    firsts = together(pairs)
    named = [pair for pair in pairs if side_of(pair, base) == side]
    gold = [pair for pair in base.gold if side_of(pair, base) == side]
    again = [a in firsts and firsts[a] == firsts.get(b) for a, b in gold]
    return [float(pair in base.gold) for pair in named], list(map(float, again))


async def chosen(base: Base, shelf: Shelf) -> dict[str, object]:
    """Report one half by the default thresholds, and by those that the other half chooses."""
    grid = [(copied, meaning) for copied in COPIED for meaning in MEANING]
    tried = {at: found(shelf, Duplicates(*at)) for at in grid}
    best = max(grid, key=lambda at: _worth(*measured(base, tried[at], 0)))
    right, again = measured(base, found(shelf, Duplicates()), 1)
    best_right, best_again = measured(base, tried[best], 1)
    return {
        "base": base.data.name,
        "pages": len(base.data.pages),
        "pairs": len(again),
        "named": len(right),
        "precision": _shown(right),
        "recall": _shown(again),
        "chosen": f"{best[0]}, {best[1]}",
        "its precision": _shown(best_right),
        "its recall": _shown(best_again),
    }


def _worth(right: Sequence[float], again: Sequence[float]) -> tuple[bool, float]:
    return mean(right) >= LEAST_PRECISION, mean(again) if right else 0.0


def _shown(values: Sequence[float]) -> str:
    low, high = interval(values) if values else (0.0, 0.0)
    return f"{mean(values):.3f} ({low:.2f} to {high:.2f})"


async def labelled(embedder: OnnxEmbedder) -> dict[str, object]:
    """Measure only what people labelled: pairs of questions that are the same, and that are not."""
    entries, asked, pairs = _covid()
    same = [(asked[a], entries[b]["title"]) for a, b in pairs]
    path = folder("covid-faq-paraphrase") / "negative_pairs.jsonl"
    apart = [(row["question_1"], row["question_2"]) for row in _rows(path)]
    texts = sorted({text for pair in (*same, *apart) for text in pair})
    vectors = dict(zip(texts, await embedder.embed_passages(texts), strict=True))
    least = Duplicates().same_meaning
    alike = [float(vectors[a] @ vectors[b] >= least) for a, b in same]
    wrong = sum(vectors[a] @ vectors[b] >= least for a, b in apart)
    right = [1.0] * int(sum(alike)) + [0.0] * int(wrong)
    return {
        "pairs": f"{len(same)} the same, {len(apart)} not",
        "cosine": least,
        "precision": _shown(right),
        "recall": _shown(alike),
    }


def examples(base: Base, pairs: Mapping[Pair, str], most: int) -> None:
    """Print what was named although it is not among the labelled ones."""
    pages = {page.id: page for page in base.data.pages}
    for pair in [pair for pair in pairs if pair not in base.gold][:most]:
        print(
            base.data.name,
            pairs[pair],
            *(pages[id_].title or pages[id_].text for id_ in pair),
            sep=" | ",
        )


async def measure(most: int) -> None:
    """Show a row for each knowledge base."""
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(Path(home))
        embedder = OnnxEmbedder.open(
            build_model(settings.model, settings.models_dir, print), threads=2
        )
    rows = []
    for base in (copies(), questions(), recrawled()):
        shelf = await shelve(base.data, embedder, Bm25Encoder())
        rows.append(await chosen(base, shelf))
        examples(base, found(shelf, Duplicates()), most)
    show("Duplicates: pairs of the half on which nothing was chosen", rows)
    show("Duplicates labelled: questions of covid-faq-paraphrase alone", [await labelled(embedder)])
    embedder.close()


def main() -> None:
    """Measure all three, and show what was named wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", type=int, default=0, help="so many false ones of each")
    asyncio.run(measure(parser.parse_args().show))


if __name__ == "__main__":
    main()
