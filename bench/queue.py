"""Whether the list of pages to review names the pages that are edited next: ddg-help, replayed.

    python -m bench.queue [--set fastapi-docs-2023]

The history of DuckDuckGo's help centre is laid out day by day. Before each day on which pages were
edited, all pages that exist are ranked by what was known when the day began, and the ranking is
held against the pages edited that day: one AUROC a day, the mean of the days, 95 % intervals by
drawing days. Protocol:

- Commits that touch over 20 % of the pages are no edits to be foretold (README rule of the set).
  In the pages' own history they stay, as the ledger would have them; the product's own rule
  (`apart_from_housekeeping`) has to tell them.
- The set's name says 2016, but after one import nothing was committed before 2019. So what was
  chosen (prior, memory, the form of the ranking, the pages' part of the weights, together with
  fastapi-docs-2023) was chosen on 2019; 2020 and 2021 are reported, and all years beside them.
- `review list`: `impact.outdated`, words and history. `words`, `history`: each alone.
  `staleness`: the score of pages, rate times time since the page was last changed.
  `age`: the longest unchanged first, the baseline that was asked for. `lately edited`: its
  opposite, a harder baseline: what was edited yesterday is edited again.
- Nobody's questions are known here, so usage counts for nothing.

Draws docs/results/queue.svg.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np

from bench.ageing import aging_of
from bench.figures import interval, mean, show
from bench.histories import Life, read_lives
from bench.queue_picture import picture
from bench.ranked import auroc
from bench.sets import folder
from ingest.freshness.impact import outdated
from ingest.freshness.model import Aging
from ingest.freshness.staleness import looked_at, staleness
from ingest.freshness.volatility import apart_from_housekeeping, content_volatility, hazard

SETS = {"ddg-help-2016-2021": "", "fastapi-docs-2023": "docs/en/"}
PICTURE = Path(__file__).parent.parent / "docs/results/queue.svg"
Score = Callable[[Aging, datetime], float]


def _words(page: Aging, _: datetime) -> float:
    return page.volatility or 0.0


def _history(page: Aging, at: datetime) -> float:
    return hazard(replace(page, volatility=None), at).a_year


def _age(page: Aging, at: datetime) -> float:
    return (at - looked_at(page)).total_seconds()


WAYS: Mapping[str, Score] = {
    "review list": outdated,
    "words": _words,
    "history": _history,
    "staleness": lambda page, at: staleness(page, at).score,
    "age": _age,
    "lately edited": lambda page, at: -_age(page, at),
}


@dataclass(frozen=True, slots=True)
class Eve:
    """A day before it began: its pages, and which of them were edited on it."""

    day: date
    at: datetime
    pages: Sequence[Aging]
    edited: Sequence[bool]

    def ranked(self, way: Score) -> float:
        """Give the AUROC of a ranking."""
        scores = np.array([way(page, self.at) for page in self.pages])
        return auroc(scores, np.array(self.edited, dtype=float))

    def found(self, way: Score, depth: float) -> list[float]:
        """Say of each edited page whether it is in that share of the list; ties are shared."""
        scores = np.array([way(page, self.at) for page in self.pages])
        most = depth * len(scores)
        return [
            min(max((most - (scores > score).sum()) / (scores == score).sum(), 0.0), 1.0)
            for score, edited in zip(scores.tolist(), self.edited, strict=True)
            if edited
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=SETS, default="ddg-help-2016-2021")
    name = parser.parse_args().set
    bundle = folder(name) / "history.bundle"
    with tempfile.TemporaryDirectory(prefix="punnet-queue-") as place:
        lives = read_lives(bundle, Path(place) / "git", SETS[name])
    days = list(eves(lives))
    periods = periods_of(name, days)
    rows = [row(way, periods) for way in WAYS]
    show(f"Queue-{name}: AUROC for the pages edited next", rows)
    if name == "ddg-help-2016-2021":
        shown = periods["2020 to 2021"]
        curves = {way: gains(shown, WAYS[way]) for way in ("review list", "words", "age")}
        labels = {way: labelled(way, shown) for way in curves}
        PICTURE.write_text(picture(curves, labels), encoding="utf-8")
        print(f"drawn to {PICTURE}")


def periods_of(name: str, days: Sequence[Eve]) -> Mapping[str, Sequence[Eve]]:
    """Divide the days into those that were tuned on and those that were not."""
    if name == "fastapi-docs-2023":
        return {"2023, tuned on": days}
    return {
        "2019, tuned on": [one for one in days if one.day.year < 2020],
        "2020 to 2021": [one for one in days if one.day.year >= 2020],
        "all": days,
    }


def eves(lives: Sequence[Life]) -> Iterator[Eve]:
    """Give every day with edits, with what was known before it."""
    edited: defaultdict[date, set[int]] = defaultdict(set)
    for life in lives:
        for edit in life.edits:
            edited[edit.date()].add(id(life))
    told: dict[str, float] = {}
    for day, touched in sorted(edited.items()):
        at = datetime.combine(day, time(), UTC)
        alive = [life for life in lives if life.alive(at)]
        marks = [id(life) in touched for life in alive]
        if any(marks) and not all(marks):
            pages = apart_from_housekeeping([_known(life, at, told) for life in alive])
            yield Eve(day, at, pages, marks)


def _known(life: Life, at: datetime, told: dict[str, float]) -> Aging:
    versions = life.before(at)
    last = versions[-1]
    if last.text not in told:
        told[last.text] = content_volatility(last.title, last.text)
    edits = [one.at for one in versions[1:]]
    return aging_of(life.path, versions[0].at, edits, volatility=told[last.text])


def row(way: str, periods: Mapping[str, Sequence[Eve]]) -> dict[str, object]:
    """Give the mean of each period's days, its interval, and what it is better than age by."""
    shown: dict[str, object] = {"ranking": way}
    for period, days in periods.items():
        values = [day.ranked(WAYS[way]) for day in days]
        gains = [one - day.ranked(_age) for one, day in zip(values, days, strict=True)]
        shown |= {
            f"{period} ({len(days)} days)": f"{mean(values):.3f} ({_said(values)})",
            f"over age, {period}": _said(gains),
        }
    return shown


def _said(values: Sequence[float]) -> str:
    low, high = interval(values)
    return f"{low:.3f} to {high:.3f}"


def gains(days: Sequence[Eve], way: Score) -> list[float]:
    """Give the share of edited pages among the first 0, 1, … 100 % of the list."""
    return [
        mean([found for day in days for found in day.found(way, share / 100)])
        for share in range(101)
    ]


def labelled(way: str, days: Sequence[Eve]) -> str:
    """Name a curve by its figure."""
    values = [day.ranked(WAYS[way]) for day in days]
    return f"{way}: AUROC {mean(values):.2f} ({_said(values)})"


if __name__ == "__main__":
    main()
