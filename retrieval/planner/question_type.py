"""Tell what kind of answer a question wants, by trained weights that are plain data.

A multinomial logistic regression over runs of words, pieces of words, phrases of several
languages and the shape of the text (bench/train_types.py trains it). Every group weighs the same
in every text, however long that is.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from retrieval.planner.case import QuestionType
from retrieval.planner.parts import essence, split_parts
from retrieval.planner.signs import Signs
from retrieval.signals import own_words

LONGEST = 4_000
"""Characters that are read of a text, half of them from its end, where long messages ask."""
SHIPPED = "question_types.json"
_TOKEN = re.compile(r"\w+(?:['-]\w+)*|[?\uff1f\u061f!,;:]")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_LIST = re.compile(r"^[ \t]*(?:[-*•]|\d{1,2}[.)])\s", re.MULTILINE)
_ENDS = re.compile(r"[?\uff1f\u061f]")
Floats = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learnt, of any labels."""

    labels: tuple[str, ...]
    rows: Mapping[str, int]
    """The row of each term that is known."""
    rarity: Floats
    """How much a term counts in a text, by row."""
    coefficients: Floats
    """For each row and label."""
    bias: Floats


@dataclass(frozen=True, slots=True)
class Group:
    """Terms of one kind, with how often each stands in a text."""

    weight: float
    counts: Counter[str]


class TextClasses:
    """Give each label its probability, by weights."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._signs = Signs()

    def probabilities(self, text: str) -> dict[str, float]:
        """Give the probability of every label; they add up to 1."""
        logits = self._weights.bias.copy()
        for group in groups(text, self._signs):
            rows, values = weigh(group, self._weights.rows, self._weights.rarity)
            logits += values @ self._weights.coefficients[rows]
        odds = np.exp(logits - logits.max())
        return dict(zip(self._weights.labels, (odds / odds.sum()).tolist(), strict=True))


class QuestionTypes:
    """Give each type of question its probability."""

    def __init__(self, classes: TextClasses) -> None:
        self._classes = classes

    @classmethod
    def open(cls) -> Self:
        """Read the weights that ship with Punnet."""
        kept = resources.files("retrieval.planner").joinpath(SHIPPED).read_text(encoding="utf-8")
        return cls.of(read_weights(json.loads(kept)))

    @classmethod
    def of(cls, weights: Weights) -> Self:
        """Use weights whose labels are names of types; a type that is not among them gets 0."""
        return cls(TextClasses(weights))

    def probabilities(self, text: str) -> Mapping[QuestionType, float]:
        """Give the probability of every type; they add up to 1."""
        found = self._classes.probabilities(text)
        return {one: found.get(one.value, 0.0) for one in QuestionType}


def groups(text: str, signs: Signs) -> tuple[Group, ...]:
    """Count a text's runs of words, pieces of words, phrases and marks of shape, each apart."""
    read = text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
    plain = essence(read.replace("\u2019", "'"))
    tokens = _TOKEN.findall(_DIGITS.sub("0", plain.casefold()))
    return (
        Group(0.8, Counter(_runs(tokens, 3))),
        Group(0.8, Counter(_pieces(tokens))),
        Group(0.7, Counter((*(f"!{name}" for name in signs.of(plain)), *_extent(plain)))),
        Group(0.3, Counter(_shape(read, tokens))),
    )


def weigh(group: Group, rows: Mapping[str, int], rarity: Floats) -> tuple[Rows, Floats]:
    """Give the known terms' rows, and values whose length is what the group weighs."""
    known = {row: count for term, count in group.counts.items() if (row := rows.get(term, -1)) >= 0}
    at = np.fromiter(known, dtype=np.intp, count=len(known))
    values = rarity[at]
    for place, count in enumerate(known.values()):
        if count > 1:
            values[place] *= 1 + math.log(count)
    length = math.sqrt(values @ values)
    return at, values * (group.weight / length) if length else values


def read_weights(kept: Mapping[str, Any]) -> Weights:
    """Read weights as the training script writes them: whole numbers of a small unit."""
    terms, unit = kept["terms"], kept["unit"]
    numbers = np.array(list(terms.values()), dtype=np.float64) * unit
    return Weights(
        tuple(kept["labels"]),
        {term: row for row, term in enumerate(terms)},
        numbers[:, 0],
        numbers[:, 1:],
        np.array(kept["bias"], dtype=np.float64),
    )


def _runs(tokens: Sequence[str], longest: int) -> Iterator[str]:
    for size in range(1, longest + 1):
        for start in range(len(tokens) - size + 1):
            yield " ".join(tokens[start : start + size])


def _pieces(tokens: Sequence[str]) -> list[str]:
    framed = [f" {token} " for token in tokens]
    return [
        "~" + word[start : start + size]
        for word in framed
        for size in (3, 4, 5)
        for start in range(len(word) - size + 1)
    ]


def _extent(text: str) -> Iterator[str]:
    yield f"#parts{min(3, len(split_parts(text)))}"
    yield f"#own{min(6, len(own_words(text)))}"
    yield f"#length{min(8, len(text.split()))}"


def _shape(text: str, tokens: Sequence[str]) -> Iterator[str]:
    yield f"#words{len(tokens).bit_length()}"
    yield f"#asks{min(3, len(_ENDS.findall(text)))}"
    yield f"#clauses{min(4, sum(one in ',;:' for one in tokens))}"
    yield f"#first {' '.join(tokens[:1])}"
    yield f"#last {' '.join(tokens[-1:])}"
    if _LIST.search(text):
        yield "#list"
