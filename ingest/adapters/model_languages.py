"""Measure which languages an embedding model understands, by questions that come with Punnet.

`model_probe.tsv` has ten questions of customers and their answers in each of 24 languages,
always the same ten. A question shares almost no word with its answer: only who understands
the language sees that the two belong together.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.model import Served, Vector
from ingest.ports import Embedder

UNDERSTOOD = 0.83
"""The score from which a language counts as served.

The default model has 1.0 in English and at most .78 elsewhere; multilingual-e5-small, of four
bits, at least .88. docs/models.md has more.
"""
_PROBE = Path(__file__).with_name("model_probe.tsv")
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, and the answer that it must find among those of its language."""

    language: str
    question: str
    answer: str


def pairs() -> tuple[Pair, ...]:
    """Read the questions and answers, in order of language."""
    lines = _PROBE.read_text(encoding="utf-8").splitlines()
    return tuple(Pair(*line.split("\t")) for line in lines)


async def understanding(embedder: Embedder) -> dict[str, float]:
    """Say by language how surely a question is closer to its answer than others to others'.

    1 is always and .5 is guessing: the area under the ROC curve. Embeds 480 short texts,
    which takes a small model five seconds; raises EmbedderUnavailable.
    """
    probe = pairs()
    answers = await embedder.embed_passages([pair.answer for pair in probe])
    questions: list[Vector] = []
    for start in range(0, len(probe), _AT_ONCE):
        some = probe[start : start + _AT_ONCE]
        questions += await asyncio.gather(*(embedder.embed_query(pair.question) for pair in some))
    cosines = np.stack(questions) @ answers.T
    scores: dict[str, float] = {}
    for language, rows in groupby(range(len(probe)), key=lambda row: probe[row].language):
        own = list(rows)
        scores[language] = round(_told_apart(cosines[np.ix_(own, own)]), 3)
    return scores


def _told_apart(cosines: NDArray[np.floating[Any]]) -> float:
    """Compare each right pair with each wrong one, less what a text is close to all others by."""
    rows, columns = cosines.mean(axis=1, keepdims=True), cosines.mean(axis=0, keepdims=True)
    closeness = cosines - rows - columns
    right = np.diagonal(closeness)
    wrong = closeness[~np.eye(len(right), dtype=bool)]
    return float((right[:, None] > wrong).mean())


def served(scores: Mapping[str, float]) -> Served:
    """Say of which languages a model understands enough."""
    enough = (language for language, score in scores.items() if score >= UNDERSTOOD)
    return Served(frozenset(enough), frozenset(scores))


def said(languages: Sequence[str]) -> Served:
    """Take the operator's word for the languages that a model serves, and serve no others."""
    tried = {pair.language for pair in pairs()}
    return Served(frozenset(languages), frozenset(tried.union(languages)))


def in_words(scores: Mapping[str, float]) -> str:
    """Say for a person which languages a model understands, of those that were tried."""
    understood = sorted(served(scores).languages)
    if len(understood) == len(scores):
        return f"it understands all {len(scores)} languages that were tried"
    named = ", ".join(understood) or "none"
    return (
        f"of {len(scores)} languages that were tried it understands {named};"
        " in others, pages are found by their words"
    )
