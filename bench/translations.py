"""Whether the lag of a translation tells that it is outdated: the FastAPI documentation of 2023.

    python -m bench.translations

Its history has the English pages and those in German, Spanish and French. On the first of every
month from February to December, every translation whose English page was there is a case. Nothing
of the time after that day is known to what is judged. What a translation lacks is told by its
content and by no date: names that nobody translates (with an underscore, such as `status_code`,
of files and of addresses) are taken from both texts as they were that day.

Fixed before any figure was seen:

- Target `lacks`: the translation lacks at least a twentieth of the distinct names of its original.
  What it left out from its first day, or fell behind before the history begins, counts as well,
  and no date of the history tells that.
- Target `followed`: a later commit changed the translation, and it then lacked fewer of the names
  that the original had on that day: somebody brought it nearer.
- Ours is the severity that `TranslationDetector` gives, from addresses and times of change alone;
  0 where it finds nothing. The baseline is the age: days since the translation was changed last.
- Intervals draw pages with all their cases, not cases.

Changed after figures were seen: names were first taken by a pattern that took English words such
as `and/or` and ends of sentences, so that 441 of 449 cases lacked something; and the next target,
because the first counts mostly what was amiss before the history begins:

- Target `fell`: the original gained names since the translation was changed last which the
  translation lacks, or lost some which it still has. That needs a change of the original, as ours
  does, so beside all cases it is shown for those alone whose original changed.
- Edits of many pages at once first counted for a quarter. On half of the pages (by the digest of
  their names: `trying`) every edit counting alike was better; the other half is `test`.
"""

import hashlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np

from bench.ageing import aging_of
from bench.figures import show
from bench.histories import Life, read_lives
from bench.ranked import auroc, compared
from bench.sets import folder
from ingest.freshness.model import Aging
from ingest.freshness.translations import TranslationDetector

MOMENTS = [datetime(2023, month, 1, tzinfo=UTC) for month in range(2, 13)]
LACKS = 0.05
_WORD = re.compile(r"[\w./]+")
_NAME = re.compile(r"_|\w\.(?:py|md|txt|toml|json|yml|com|dev|org)\b")


@dataclass(frozen=True, slots=True)
class Case:
    """A translation on one day."""

    page: str
    ours: float
    age: float
    lacks: bool
    followed: bool
    fell: bool
    changed: bool
    """Whether the original was changed after it."""


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        bundle = folder("fastapi-docs-2023") / "history.bundle"
        lives = read_lives(bundle, Path(place), "docs/")
    cases = [case for moment in MOMENTS for case in cases_at(lives, moment)]
    changed = [one for one in cases if one.changed]
    asked = [("lacks", cases), ("followed", cases), ("fell", cases), ("fell", changed)]
    rows = [
        {"half": half, "target": target, **measured(mine, target)}
        for half in ("all", "trying", "test")
        for target, some in asked
        if (mine := [one for one in some if half in ("all", _half(one.page))])
    ]
    show("Translations: which are outdated", rows)
    show("Translations: what is flagged", [flagged(cases)])


def measured(cases: Sequence[Case], target: str) -> dict[str, object]:
    """Compare the lag with the age; a target that nobody meets cannot be measured."""
    truth = np.array([float(getattr(one, target)) for one in cases])
    ours = np.array([one.ours for one in cases])
    age = np.array([one.age for one in cases])
    counted = {"cases": len(cases), "positive": int(truth.sum())}
    if not truth.any():
        return counted | dict.fromkeys(
            ("ours", "95 %", "baseline", "baseline 95 %", "gain 95 %"), "none"
        )
    return {**counted, **compared(auroc, ours, age, truth, [one.page for one in cases])}


def flagged(cases: Sequence[Case]) -> dict[str, object]:
    """Say how many of those flagged lack something, and how many of those that lack are flagged."""
    found = [one for one in cases if one.ours]
    figures: dict[str, object] = {"cases": len(cases), "flagged": len(found)}
    for target in ("lacks", "fell"):
        right = sum(getattr(one, target) for one in found)
        figures[f"precision ({target})"] = right / len(found)
        figures[f"recall ({target})"] = right / sum(getattr(one, target) for one in cases)
    return figures


def cases_at(lives: Sequence[Life], at: datetime) -> Iterator[Case]:
    """Judge every translation as it was that day."""
    alive = {life.path: life for life in lives if life.alive(at)}
    pages = [_aging(life, at) for life in alive.values()]
    found = {one.document: one.severity for one in TranslationDetector().look(pages, at)}
    for path, life in alive.items():
        original = alive.get(re.sub(r"^docs/\w+/", "docs/en/", path))
        if original is None or original is life:
            continue
        theirs, ours = original.before(at)[-1].text, life.before(at)[-1]
        then = [one.text for one in original.versions if one.at <= ours.at] or [theirs]
        yield Case(
            page=path,
            ours=found.get(_aging(life, at).document, 0.0),
            age=(at - ours.at).total_seconds() / 86_400,
            lacks=_lacking(ours.text, theirs) >= LACKS,
            followed=any(
                _lacking(later.text, theirs) < _lacking(ours.text, theirs)
                for later in life.versions
                if later.at >= at
            ),
            fell=_fell(ours.text, then[-1], theirs),
            changed=any(ours.at < one.at < at for one in original.versions),
        )


def _aging(life: Life, at: datetime) -> Aging:
    first, *later = life.before(at)
    page = aging_of(life.path, first.at, [one.at for one in later])
    # The history begins with a commit of everything: its date says nothing of any page.
    changed = page.changed_at if later else None
    return replace(page, language=life.path.split("/")[1], changed_at=changed)


def _half(page: str) -> str:
    return "test" if int(hashlib.sha256(page.encode()).hexdigest(), 16) % 2 else "trying"


def _fell(translation: str, before: str, now: str) -> bool:
    had, has, ours = _words(before), _words(now), _words(translation)
    return bool((has - had - ours) | ((had - has) & ours))


def _lacking(translation: str, original: str) -> float:
    theirs = _words(original)
    return len(theirs - _words(translation)) / len(theirs) if theirs else 0.0


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip(".") for word in _WORD.findall(text) if _NAME.search(word))


if __name__ == "__main__":
    main()
