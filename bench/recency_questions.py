"""The questions of RecencyQA with how long their answers are expected to hold."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

YEARS = {
    "An-Hour": 1 / 8_766,
    "A-Few-Hours": 4 / 8_766,
    "A-Day": 1 / 365.25,
    "A-Few-Days": 4 / 365.25,
    "A-Week": 7 / 365.25,
    "A-Few-Weeks": 21 / 365.25,
    "A-Month": 1 / 12,
    "A-Few-Months": 4 / 12,
    "A-Year": 1.0,
    "A-Few-Years": 4.0,
    "Many-Years": 20.0,
    "Never": 100.0,
}
"""What each class is taken for."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, when its answer is expected to change, and where it comes from."""

    text: str
    label: str
    stationary: bool
    origin: str
    contexts: Sequence[tuple[str, str]]
    """A situation in which it is asked, with the label there."""

    @property
    def log_rate(self) -> float:
        """The logarithm of the changes a year."""
        return -math.log(YEARS[self.label])


def read_questions(where: Path) -> list[Question]:
    """Read them."""
    lines = (where / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Question(
            row["question"],
            row["majority_label"],
            row["final_stationary_label"] == "Stationary",
            row["source"],
            [(one["context"], one["recency_label"]) for one in row["label_contexts"]],
        )
        for row in map(json.loads, lines)
    ]
