"""Questions with their types: the project's own, and what public sets say of theirs.

Of public sets only LaRA and MTRAG are read: their questions carry the kind of answer that they
want. A set's style must not pass for a type: each label takes at most `CAP` questions of a set,
and LaRA's style is learnt under three labels. LaRA's `hallu` is left out: those are questions that
one novel or report happens not to answer, and nothing in their words says so of a support
question. Questions of HotpotQA, XQuAD and Natural Questions did not help in cross-validation:
most are trivia, which is a lookup for an encyclopedia and beyond a support knowledge base.
"""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.sets import folder

OWN = Path(__file__).with_name("support_questions.jsonl")
CAP = 120
_LARA = {"location": "lookup", "reasoning": "reasoning", "comp": "compare"}
_MTRAG = {
    "Factoid": "lookup",
    "How-To": "how_to",
    "Comparative": "compare",
    "Summarization": "aggregate",
    "Explanation": "reasoning",
    "Composite": "multi_part",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A question whose type is known."""

    text: str
    type: str
    language: str = "en"
    origin: str = "support"
    group: str = ""
    """What it is about, where questions of one document must stay together."""


def own(split: str) -> list[Question]:
    """Read the project's own questions: `train`, or `held_out`, which nothing is chosen by."""
    rows = _rows(OWN)
    return [Question(r["text"], r["type"], r["language"]) for r in rows if r["split"] == split]


def public(seed: int = 0) -> list[Question]:
    """Read the public questions whose sets say their type, capped, always the same."""
    found = [*_lara(), *_mtrag()]
    unlike = list({one.text: one for one in found}.values())
    random.Random(seed).shuffle(unlike)
    taken: Counter[tuple[str, str]] = Counter()
    kept = []
    for one in unlike:
        taken[one.origin, one.type] += 1
        if taken[one.origin, one.type] <= CAP:
            kept.append(one)
    return kept


def replay() -> list[Question]:
    """Read LaRA's questions with its own four labels, each with its file."""
    rows = _rows(folder("lara-replay-32k") / "replay.jsonl")
    return [Question(r["question"], r["type"], "en", "lara", r["file"]) for r in rows]


def digest(questions: list[Question]) -> str:
    """Name exactly these questions with these types."""
    said = "\n".join(sorted(f"{one.type}\t{one.text}" for one in questions))
    return hashlib.sha256(said.encode()).hexdigest()


def _lara() -> Iterator[Question]:
    for one in replay():
        if one.type in _LARA:
            yield Question(one.text, _LARA[one.type], "en", "lara")


def _mtrag() -> Iterator[Question]:
    for row in _rows(folder("mtrag-human-subset") / "queries.jsonl"):
        types = row["metadata"]["question_type"]
        if len(types) == 1 and types[0] in _MTRAG:
            yield Question(row["text"], _MTRAG[types[0]], "en", "mtrag")


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
