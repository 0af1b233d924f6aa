"""Documents whose every passage says of which document and of which version it is."""

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

PARTS = 3
_MARK = re.compile(r"(\w+?)version(\d+)part(\d+)")


@dataclass(frozen=True, slots=True)
class Told:
    """One version of one document; a version without parts has no words, or none to be read."""

    name: str
    version: int
    parts: int = PARTS

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """What it says, each under a heading of its own."""
        return tuple(
            f"{self.name}version{self.version}part{part} of {self.name} says so."
            for part in range(self.parts)
        )


Telling = Mapping[str, Told]
"""What a source holds, by the names of its documents."""


def first(count: int) -> dict[str, Told]:
    """Give so many documents in their first version."""
    return {(name := f"page{number:03}"): Told(name, 0) for number in range(count)}


def changed(before: Telling, rng: random.Random) -> dict[str, Told]:
    """Edit, delete, rename, shorten, empty and add some, so few that no brake stops it."""
    names = sorted(before)
    after = dict(before)
    few = max(1, len(names) // 12)
    picked = iter(rng.sample(names, min(len(names), 5 * few)))

    def some() -> Iterator[str]:
        return (name for name, _ in zip(picked, range(few), strict=False))

    for name in some():
        after[name] = Told(name, before[name].version + 1)
    for name in some():
        after[name] = Told(name, before[name].version + 1, parts=1)
    for name in some():
        del after[name]
    for name in some():
        after[f"moved-{name}"] = after.pop(name)
    for number in range(few):
        after[f"new{number:03}"] = Told(f"new{number:03}", 0)
    after["empty"] = Told("empty", 0, parts=0)
    return after


def marks(texts: Iterable[str]) -> dict[str, dict[int, set[int]]]:
    """Give which parts of which versions of which documents stand in these texts."""
    found: dict[str, dict[int, set[int]]] = {}
    for text in texts:
        for name, version, part in _MARK.findall(text):
            found.setdefault(name, {}).setdefault(int(version), set()).add(int(part))
    return found
