"""The work that all are given: pages, questions, one edited paragraph, one page less."""

import random
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.sets import folder, load

SET = "postgresql-doc-15"
_PARAGRAPH = re.compile(r"<p>\s*([^<]{80,}?)</p>", re.DOTALL)
_CAME = "the violet submarine hums below Reykjavik"


@dataclass(frozen=True, slots=True)
class Task:
    """The first pages by name, and every question that one of them answers."""

    pages: tuple[Path, ...]
    asked: Mapping[str, str]
    relevant: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Edit:
    """One paragraph with other last words."""

    page: str
    text: str
    came: str
    went: str


def task(pages: int) -> Task:
    """Choose the first pages by name, and the questions with a letter that they answer."""
    data = load(SET)
    chosen = tuple(sorted((folder(SET) / "html").glob("*.html"))[:pages])
    names = {page.name for page in chosen}
    asked = [(key, text) for key, text in data.asked if data.relevant[key] & names]
    random.Random(5).shuffle(asked)
    return Task(chosen, dict(asked), {key: data.relevant[key] & names for key, _ in asked})


def copied(pages: Sequence[Path], to: Path) -> None:
    """Lay a fresh copy of the pages, to be edited; whatever was there goes."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for page in pages:
        shutil.copy(page, to)


def planned_edit(pages: Sequence[Path]) -> Edit:
    """Rewrite the end of the longest paragraph of a page from the middle of the list."""
    for page in pages[len(pages) // 2 :]:
        text = page.read_text(encoding="utf-8")
        found = max(_PARAGRAPH.finditer(text), key=lambda match: len(match.group(1)), default=None)
        if found:
            words = found.group(1).split()
            new = " ".join([*words[:-6], _CAME]) + "."
            changed = text[: found.start(1)] + new + text[found.end(1) :]
            return Edit(page.name, changed, _CAME, " ".join(words[-8:]))
    sys.exit("No page has a paragraph to edit: take more pages.")


def planned_deletion(pages: Sequence[Path]) -> str:
    """Choose a page from the first third of the list."""
    return pages[len(pages) // 3].name
