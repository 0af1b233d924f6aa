"""Say how often a page must change: by its words at first, by its own history as that grows.

The words are judged by trained weights that are plain data (`bench/volatility.py` trains them):
each statement by its signs, the page by how its statements sound and how long it is. That is the
mean of a Gamma prior, and the days on which the page was edited are Poisson counts, so that what
is believed of it stays a Gamma distribution: `(PRIOR + edits) / (PRIOR / told + years)`.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib import resources

from ingest.freshness.model import Aging
from ingest.freshness.signs import signs_of, statements

SHIPPED = "volatility.json"
YEAR = timedelta(days=365.25)
ORDINARY = 0.5
"""Edits a year of a page of which nothing is known."""
PRIOR = 0.5
"""Days with edits that the words of a page count for at most, against its history."""
WATCHED = 1.0
"""Years of history that they count for at most."""
MEMORY = 1.0
"""Years after which an edit, and a year without one, counts half."""
_LEAST, _MOST = 0.01, 400.0
_FEW, _MASS = 5, 0.2
"""Pages, and the share of a source, that change on one day by themselves at most."""
_WORDS = re.compile(r"\w+")
_USUAL = math.log1p(400)
"""The length that weights are about: of a page of 400 words."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned of words."""

    calm: float
    """Log changes a year of a statement without signs."""
    signs: Mapping[str, float]
    """What each sign adds to that."""
    base: float
    """Log edits a year of a page of usual length whose statements change once a year."""
    length: float
    tone: float


@dataclass(frozen=True, slots=True)
class Told:
    """What the words of a page tell."""

    volatility: float
    """Expected edits a year."""
    signs: tuple[str, ...]
    """What speaks for change, strongest first."""


@dataclass(frozen=True, slots=True)
class Hazard:
    """What is believed of a page: edits a year, as a Gamma distribution of `shape / years`."""

    shape: float
    years: float
    edits: int
    """Days on which it was edited: what the belief rests on beside its words."""

    @property
    def a_year(self) -> float:
        """Edits a year, as far as can be expected."""
        return self.shape / self.years

    def within(self, years: float) -> float:
        """Give the probability that it must change in so much time."""
        return 1.0 - math.pow(self.years / (self.years + max(years, 0.0)), self.shape)


def content_volatility(title: str, text: str) -> float:
    """Give the edits a year, more than 0, that a page's words let expect."""
    return told(title, text).volatility


def told(title: str, text: str, weights: Weights | None = None) -> Told:
    """Say the same with what speaks for it, by other weights than the shipped ones if given."""
    weights = weights or shipped()
    signs = signs_of([one for one in (title, *statements(text)) if one])
    pull = dict.fromkeys(weights.signs, 0.0)
    for found in signs:
        for sign in found:
            pull[sign] += weights.signs[sign] / len(signs)
    length = math.log1p(len(_WORDS.findall(text))) - _USUAL
    tone = weights.calm + sum(pull.values())
    log = weights.base + weights.length * length + weights.tone * tone
    strongest = sorted((-much, sign) for sign, much in pull.items() if much > 0)
    rate = min(max(math.exp(log), _LEAST), _MOST)
    return Told(rate, tuple(sign for _, sign in strongest))


def hazard(aging: Aging, at: datetime) -> Hazard:
    """Combine what a page's words tell with its own edits before that time.

    Edits of one day count once. Time counts from when the page is known to have stood as it
    was; newer time counts more, edits and quiet alike.
    """
    expected = aging.volatility or ORDINARY
    start = min(aging.created_at, aging.changed_at or aging.created_at)
    days = {edit.date(): edit for edit in aging.edits if edit <= at}
    forgetting = math.log(2) / MEMORY
    edits = sum(math.exp(-forgetting * years(edit, at)) for edit in sorted(days.values()))
    seen = (1 - math.exp(-forgetting * years(start, at))) / forgetting
    believed = min(PRIOR / expected, WATCHED)
    return Hazard(expected * believed + edits, believed + seen, len(days))


def apart_from_housekeeping(pages: Sequence[Aging]) -> list[Aging]:
    """Forget the edits of days on which much of a source changed: they tell of no page.

    Such as a new template, a renamed product, a moved site.
    """
    sizes = Counter(page.source for page in pages)
    touched = Counter(
        (page.source, day) for page in pages for day in {e.date() for e in page.edits}
    )
    mass = {
        (source, day)
        for (source, day), many in touched.items()
        if many > max(_FEW, _MASS * sizes[source])
    }
    return [
        replace(page, edits=tuple(e for e in page.edits if (page.source, e.date()) not in mass))
        if any((page.source, e.date()) in mass for e in page.edits)
        else page
        for page in pages
    ]


def years(since: datetime, until: datetime) -> float:
    """Give the years from one time to another, 0 where it is the earlier one."""
    return max((until - since) / YEAR, 0.0)


@cache
def shipped() -> Weights:
    """Read the weights that ship with Punnet."""
    file = resources.files("ingest.freshness").joinpath(SHIPPED)
    return read_weights(json.loads(file.read_text(encoding="utf-8")))


def read_weights(kept: Mapping[str, Mapping[str, float]]) -> Weights:
    """Read weights from plain data."""
    page, signs = kept["page"], dict(kept["statement"])
    return Weights(signs.pop("calm"), signs, page["base"], page["length"], page["tone"])
