"""What the drivers play: what stands before, what is to be done, and what goes wrong amid it."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.soak.judge import Final
from tests.soak.pages import Telling

OF_INDEX = "edge."
"""How the failpoints of the index process begin."""


@dataclass(frozen=True)
class Scene:
    """What stands before a worker starts, what it is to do, and what must come of it."""

    name: str
    home: Path
    """With the ledger as it is before."""
    at: datetime
    steps: tuple[str, ...]
    before: Telling
    after: Telling
    runs: int
    """Of the source, before."""
    expected: Final = field(default_factory=dict)
    passes: Mapping[str, int] = field(default_factory=Counter)
    """How often each failpoint is passed when nothing goes wrong."""
    requests: int = 0
    listed: int = 0

    @property
    def syncs(self) -> bool:
        """Whether a run of the source is all that is to be done."""
        return self.steps == ("sync",)

    @property
    def watched(self) -> list[str]:
        """Names of documents that become another version of themselves, or else all."""
        both = self.before.keys() & self.after.keys()
        changing = sorted(name for name in both if self.before[name] != self.after[name])
        return changing or sorted({*self.before, *self.after})


@dataclass(frozen=True)
class Strike:
    """One thing that goes wrong once."""

    point: str
    at: int
    action: str = "kill"

    def __str__(self) -> str:
        return f"{self.point}={self.action}@{self.at}"


@dataclass(frozen=True)
class Outcome:
    """What came of a strike."""

    scene: str
    strike: Strike
    reached: bool
    wrong: list[str]


def strikes(scene: Scene, rng: random.Random, *, middles: int, action: str) -> list[Strike]:
    """Give each failpoint's first and last pass, and some of those between.

    With less than none between, one of the two: the first of every other point, else the last.
    """
    chosen: list[Strike] = []
    for place, (point, passes) in enumerate(sorted(scene.passes.items())):
        if middles < 0:
            chosen.append(Strike(point, 1 if place % 2 else passes, action))
            continue
        between = range(2, passes)
        some = rng.sample(between, min(middles, len(between)))
        chosen += [Strike(point, at, action) for at in sorted({1, passes, *some})]
    return chosen
