"""Contradictions in sets of others: the numeric part of ramdocs, and climate-fever.

    python -m bench.contradiction_sets [--dev] [--show]

ramdocs: two texts that were found for one question contradict when one is typed correct and
the other misinfo, and their answers are other numbers or dates; two of the same answer do not,
nor do two correct ones with other answers (of other people of one name). climate-fever: a
sentence that supports a claim and one that refutes it, against two that support it; both are
worded freely, so that rules which want the same subject in nearly the same words find few.
"""

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from typing import Any

from bench.contradiction_pairs import Version, half
from bench.contradictions import NOON, page_of, passage_of, scores
from bench.figures import show
from bench.sets import folder
from ingest.freshness.contradiction import Contradictions
from ingest.freshness.model import Finding, Quote
from ingest.parse.plain import parse_plain

_TITLE = 4


@dataclass(frozen=True, slots=True)
class Couple:
    """Two texts, and whether they contradict one another."""

    about: str
    left: str
    right: str
    contradict: bool


def ramdocs() -> Iterator[Couple]:
    """Pair the texts of each question whose answers are numbers or dates."""
    for row in _rows("ramdocs", "examples.jsonl"):
        told = [one for one in row["documents"] if one["type"] != "noise"]
        numeric = [one for one in told if re.search(r"\d", one["answer"] or "")]
        for one, two in combinations(numeric, 2):
            same = one["answer"].casefold() == two["answer"].casefold()
            types = {one["type"], two["type"]}
            if not same and types == {"misinfo"}:
                continue  # both wrong in their own way: nobody said how they stand to one another
            yield Couple(row["question"], one["text"], two["text"], not same and len(types) > 1)


def climate() -> Iterator[Couple]:
    """Pair the sentences on each claim."""
    for row in _rows("climate-fever", "claims.jsonl"):
        told = [one for one in row["evidences"] if one["evidence_label"] in ("SUPPORTS", "REFUTES")]
        for one, two in combinations(told, 2):
            labels = {one["evidence_label"], two["evidence_label"]}
            if labels != {"REFUTES"}:
                yield Couple(row["claim"], one["evidence"], two["evidence"], len(labels) > 1)


def _rows(name: str, file: str) -> list[dict[str, Any]]:
    lines = (folder(name) / file).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _found(detector: Contradictions, couple: Couple) -> Finding | None:
    sides = []
    for number, text in enumerate((couple.left, couple.right)):
        # They came without a title; their first words are mostly it.
        title = " ".join(text.split()[:_TITLE])
        version = Version(f"set:{number}:{couple.about}", title, parse_plain(text))
        page = page_of(version, NOON - timedelta(days=number), "en")
        sides.append((page, passage_of(page, 0, len(page.revision.text))))
    return detector.compare(*sides[0], *sides[1])


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="leave the test half alone")
    parser.add_argument("--show", action="store_true")
    asked = parser.parse_args()
    rows = []
    for name, read in (("ramdocs", ramdocs), ("climate-fever", climate)):
        for part in ("dev",) if asked.dev else ("dev", "test"):
            couples = [one for one in read() if half(one.about) == part]
            # A detector of its own for each: the texts of one question share their ids.
            found = [_found(Contradictions(), one) for one in couples]
            wanted = [one.contradict for one in couples]
            rows.append(scores(f"{name}, {part}", [one is not None for one in found], wanted))
            for couple, one in zip(couples, found, strict=True) if asked.show else ():
                if one and part == "dev":
                    mark = "right" if couple.contradict else "FALSE"
                    print(name, mark, one.code, *map(_short, one.quotes), sep=" | ")
    show("Contradictions in sets of others: by rules", rows)


def _short(quote: Quote) -> str:
    return " ".join(quote.text.split())[:200]


if __name__ == "__main__":
    _main()
