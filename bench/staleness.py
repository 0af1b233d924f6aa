"""Whether staleness tells which pages turn out to be outdated: the editorial record of gnome-help.

    python -m bench.staleness

Every page of the GNOME help carries the dates on which somebody worked on it, each with the status
that it was given: stub, draft, incomplete, outdated, review, candidate, final. Protocol, fixed
when nothing was known but how often each status follows which:

- A case is a revision after the first. The day before, staleness is computed from the dates of the
  revisions before it, where `final`, which somebody other than the writer gives, counts as a
  verification, every other one as an edit. Text and title are of the final state only, and would
  leak what came later: they are not used, so volatility is that of an ordinary page. The statuses
  themselves are not used otherwise either.
- Target `outdated`: the revision's status is `outdated`. All but two of the fifty that the record
  has are the first of their page, with nothing before them, so this target has two positives; it
  is shown because it is the one that was asked for, and says nothing.
- Target `fell`: the page counted as complete (candidate or final) and was given a lower status:
  somebody found that it no longer was. Cases are the complete pages. This is the target that has
  power.
- The baseline is the age since the last revision, that is the date before, on the same cases.
- Intervals draw pages, not cases. Half of the pages (by the digest of their names) were for trying
  things; the figures that count are of the other half.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.ageing import aging_of
from bench.figures import show
from bench.ranked import auroc, compared
from bench.sets import folder
from ingest.freshness.staleness import staleness

ORDER = ("stub", "new", "outdated", "draft", "incomplete", "review", "candidate", "final")
COMPLETE = ("candidate", "final")


@dataclass(frozen=True, slots=True)
class Case:
    """A revision, judged the day before."""

    page: str
    age: float
    """Days since the revision before."""
    score: float
    outdated: bool
    complete: bool
    fell: bool


def main() -> None:
    cases = list(read_cases(folder("gnome-help") / "page_metadata.jsonl"))
    complete = [one for one in cases if one.complete]
    rows = []
    for half in ("all", "trying", "test"):
        for target, some in (("fell", complete), ("outdated", cases)):
            mine = [one for one in some if half in ("all", _half(one.page))]
            rows.append({"half": half, "target": target, **measured(mine, target)})
    show("Staleness: which pages turn out to be outdated", rows)


def measured(cases: Sequence[Case], target: str) -> dict[str, object]:
    """Compare staleness with age."""
    wanted = np.array([float(getattr(one, target)) for one in cases])
    ours = np.array([one.score for one in cases])
    age = np.array([one.age for one in cases])
    counted = {"cases": len(cases), "positive": int(wanted.sum())}
    return {**counted, **compared(auroc, ours, age, wanted, [one.page for one in cases])}


def read_cases(path: Path) -> Iterator[Case]:
    """Read every revision that has one before it."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        record = sorted(
            (datetime.fromisoformat(one["date"]).replace(tzinfo=UTC), one["status"])
            for one in row["revisions"] or ()
            if len(one["date"]) == len("2015-06-15")  # one has a year of five digits
        )
        for at in range(1, len(record)):
            yield _case(row["page"], record[:at], *record[at])


def _case(page: str, before: Sequence[tuple[datetime, str]], at: datetime, status: str) -> Case:
    eve = at - timedelta(days=1)
    dates = [date for date, _ in before]
    verified = max((date for date, said in before if said == "final"), default=None)
    last = before[-1][1]
    return Case(
        page,
        (at - dates[-1]).days,
        staleness(aging_of(page, dates[0], dates[1:], verified=verified), eve).score,
        status == "outdated",
        last in COMPLETE,
        last in COMPLETE and ORDER.index(status) < ORDER.index(last),
    )


def _half(page: str) -> str:
    return ("trying", "test")[hashlib.sha256(page.encode()).digest()[0] % 2]


if __name__ == "__main__":
    main()
