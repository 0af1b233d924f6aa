"""Say what matters most: which flag, and which page, is worth somebody's time first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.freshness.model import Aging, Finding, FlagKind, Staleness, Usage
from ingest.freshness.staleness import flagged
from ingest.freshness.volatility import apart_from_housekeeping, hazard, years

_FRESH = 0.25
"""What is left of a flag's impact on a page that is otherwise fresh."""
_BAD = 3
"""Answers that one bad one counts for."""
_MONTH = 1 / 12
GRAVITY = {
    FlagKind.CONTRADICTION: 1.0,
    FlagKind.EXPIRED: 1.0,
    FlagKind.INCORRECT: 1.0,
    FlagKind.BAD_ANSWERS: 1.0,
    FlagKind.OUTDATED: 0.9,
    FlagKind.SOURCE_GONE: 0.8,
    FlagKind.OVERDUE: 0.6,
    FlagKind.TRANSLATION_BEHIND: 0.6,
    FlagKind.MISSING: 0.5,
    FlagKind.EXPIRING: 0.5,
    FlagKind.DUPLICATE: 0.4,
    FlagKind.BROKEN_LINK: 0.4,
    FlagKind.UNUSED: 0.2,
}
"""What a customer is told wrong by each kind, against the worst."""


@dataclass(frozen=True, slots=True)
class ToReview:
    """A page of the list that is looked through once a month."""

    page: Aging
    worth: float
    """0 and more; the order of the list."""
    outdated: float
    """The probability that it is outdated, or must change within a month."""


def impact(finding: Finding, staleness: Staleness, page: Aging) -> float:
    """Give how often the page answers times how stale it is times how severe the finding is.

    `reach(usage) * (0.25 + 0.75 * staleness) * severity * gravity of its kind`: a contradiction
    matters on a fresh page too, which is why its staleness leaves a quarter.
    """
    stale = _FRESH + (1.0 - _FRESH) * staleness.score
    return round(reach(page.usage) * stale * finding.severity * GRAVITY[finding.kind], 6)


def reach(usage: Usage) -> float:
    """Give 1 for a page that never answers, and 1 more whenever its answers double.

    Damped, so that the busiest page does not hide every other one; never 0, so that a page that
    nobody asked for yet still shows. A bad answer counts three times.
    """
    return 1.0 + math.log2(1.0 + usage.answered + _BAD * usage.bad)


def to_review(pages: Sequence[Aging], at: datetime, most: int) -> list[ToReview]:
    """Give the pages that are worth looking through: the surer outdated and the oftener asked.

    Pages that somebody found right this month are left out.
    """
    own = apart_from_housekeeping(pages)
    listed = [_weighed(page, at) for page in own if not _verified(page, at)]
    return sorted(listed, key=lambda one: (-one.worth, one.page.document))[:most]


def outdated(page: Aging, at: datetime) -> float:
    """Give the probability that a page is known to be outdated, or must change within a month.

    Of its age only the pace counts here: of two pages, the one that changes more often is the
    next to change, however lately it did (`bench.queue` measures both).
    """
    coming = hazard(page, at).within(_MONTH)
    return 1.0 - (1.0 - flagged(page, at)) * (1.0 - coming)


def _verified(page: Aging, at: datetime) -> bool:
    return page.verified_at is not None and years(page.verified_at, at) < _MONTH


def _weighed(page: Aging, at: datetime) -> ToReview:
    probably = outdated(page, at)
    return ToReview(page, round(probably * reach(page.usage), 6), round(probably, 6))
