"""Say how stale a page is, from what is known of it and nothing else.

Every reason is a probability that the page is outdated; the score is the probability that at least
one of them is right: `1 - Π(1 - p)`. Age is one of them, by how often the page must change:
it counts from the last change or verification, never from a sync or an answer, and never makes a
page stale by itself unless the page's own history shows that it changes.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.freshness.model import Aging, FlagKind, Staleness
from ingest.freshness.overdue import due_of
from ingest.freshness.volatility import Hazard, hazard, years
from ingest.records import DocumentState

STALE = 0.6
"""The probability from which answers warn; mere age is not counted in it."""
HISTORY = 2
"""Days with edits from which a page's own history is evidence."""
_WORTH_SAYING = 0.2
"""The probability from which age is given as a reason."""
_GRAVE = 0.3
"""The least probability of flags that are evidence: a broken link is none."""
_UNREAD = 0.3
_PAST_ITS_DATE = 0.9


@dataclass(frozen=True, slots=True)
class Weight:
    """How probably a page with such a flag is outdated, by the flag's severity."""

    least: float
    most: float
    sentence: str

    def at(self, severity: float) -> float:
        """Give the probability between the two."""
        return self.least + (self.most - self.least) * min(max(severity, 0.0), 1.0)


WEIGHTS = {
    FlagKind.EXPIRED: Weight(STALE, 0.95, "something on it held until a date that has passed"),
    FlagKind.SOURCE_GONE: Weight(STALE, 0.9, "its source has not been reached since {synced}"),
    FlagKind.OVERDUE: Weight(STALE, 0.8, "its review is overdue"),
    FlagKind.OUTDATED: Weight(0.5, 0.9, "somebody said that it is outdated"),
    FlagKind.INCORRECT: Weight(0.5, 0.9, "somebody said that it is wrong"),
    FlagKind.TRANSLATION_BEHIND: Weight(0.4, 0.8, "the page that it translates changed after it"),
    FlagKind.CONTRADICTION: Weight(0.3, 0.6, "another page contradicts it"),
    FlagKind.BAD_ANSWERS: Weight(0.3, 0.6, "people say that answers from it are bad"),
    FlagKind.BROKEN_LINK: Weight(0.1, 0.3, "links on it lead nowhere"),
    FlagKind.EXPIRING: Weight(0.1, 0.3, "something on it holds only until a date that is near"),
    FlagKind.MISSING: Weight(0.05, 0.2, "somebody missed something on it"),
    FlagKind.DUPLICATE: Weight(0.0, 0.1, "another page says the same, or nearly"),
}
"""What flags say of age; pages that nobody uses are not outdated by that."""


@dataclass(frozen=True, slots=True)
class _Reason:
    probability: float
    sentence: str
    evidence: bool = True
    """Whether answers may warn because of it."""


def staleness(aging: Aging, at: datetime) -> Staleness:
    """Judge a page at a time; later is never fresher, and equal knowledge gives equal judgement."""
    found = [_age(aging, at), *_reasons(aging, at)]
    reasons = sorted(found, key=lambda one: (-one.probability, one.sentence))
    sure = _any_right([one for one in reasons if one.evidence])
    said = tuple(one.sentence for one in reasons if one.sentence)
    return Staleness(_any_right(reasons), said, stale=sure >= STALE)


def flagged(aging: Aging, at: datetime) -> float:
    """Give the probability that a page is outdated, its age left aside."""
    return _any_right(list(_reasons(aging, at)))


def looked_at(aging: Aging) -> datetime:
    """Give when somebody last had the page in hand: changed it, or found it still right."""
    changed = _changed(aging)
    return max(changed, aging.verified_at) if aging.verified_at else changed


def _any_right(reasons: Sequence[_Reason]) -> float:
    return round(1.0 - math.prod(1.0 - one.probability for one in reasons), 6)


def _changed(aging: Aging) -> datetime:
    """A source may not tell of a change that we saw, and tells of some from before we came."""
    told = aging.changed_at or (None if aging.edits else aging.created_at)
    return max(one for one in (told, *aging.edits[-1:]) if one is not None)


def _reasons(aging: Aging, at: datetime) -> Iterator[_Reason]:
    flags = dict(sorted(aging.flags, key=lambda one: (one[0], one[1])))
    late = _late(aging, at, flags.get(FlagKind.OVERDUE, 0.0))
    if late is not None:
        flags.pop(FlagKind.OVERDUE, None)
        yield late
    if aging.state is DocumentState.FAILED and FlagKind.SOURCE_GONE not in flags:
        yield _Reason(_UNREAD, "its latest version could not be read", evidence=False)
    for kind, severity in flags.items():
        if kind in WEIGHTS:
            weight, synced = WEIGHTS[kind], f"{aging.synced_at:%Y-%m-%d}"
            said = weight.sentence.format(synced=synced)
            yield _Reason(weight.at(severity), said, evidence=weight.least >= _GRAVE)


def _late(aging: Aging, at: datetime, severity: float) -> _Reason | None:
    date, verified = aging.review_by, aging.verified_at
    # An edit that leaves the page's own date as it was does not take it back.
    if date is not None and date <= at and (verified is None or verified < date):
        return _Reason(_PAST_ITS_DATE, f"says itself that it is good until {date:%Y-%m-%d}")
    due = due_of(aging)
    if due is None or due[0] > at:
        return None
    delay = years(due[0], at)
    probability = WEIGHTS[FlagKind.OVERDUE].at(max(severity, delay / (delay + 1.0)))
    return _Reason(probability, f"its review was due on {due[0]:%Y-%m-%d}")


def _age(aging: Aging, at: datetime) -> _Reason:
    since = looked_at(aging)
    belief = hazard(aging, since)
    probability = belief.within(years(since, at))
    said = _age_said(aging, belief, at) if probability >= _WORTH_SAYING else ""
    return _Reason(probability, said, evidence=belief.edits >= HISTORY)


def _age_said(aging: Aging, belief: Hazard, at: datetime) -> str:
    pace = _pace(belief.a_year)
    often = f"changes {pace}" if belief.edits >= HISTORY else f"may be expected to change {pace}"
    verified = (
        f"verified {_ago(aging.verified_at, at)} ago"
        if aging.verified_at is not None
        else "never verified"
    )
    return f"{often}, last changed {_ago(_changed(aging), at)} ago, {verified}"


def _pace(a_year: float) -> str:
    if a_year >= 1.5:
        return f"about {a_year:.0f} times a year"
    if a_year >= 2 / 3:
        return "about once a year"
    return f"about every {1 / a_year:.0f} years"


def _ago(since: datetime, at: datetime) -> str:
    """Say it roughly, so that the sentence does not change every day."""
    days = max((at - since).days, 0)
    if days < 14:
        return f"{days} day{'' if days == 1 else 's'}"
    if days < 60:
        return f"{days // 7} weeks"
    return f"{days // 30} months" if days < 730 else f"{days // 365} years"
