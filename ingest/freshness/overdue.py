"""Detect pages whose review is due: by their own word, a person's, or an interval."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ingest.freshness.model import Aging, Finding, FlagKind

_LEAST, _MOST = 0.4, 0.9
_GROWN = timedelta(days=180)
"""After so long a delay its severity is as high as it gets."""


class OverdueDetector:
    """Find pages that somebody should have looked at by now; a new due date is a new finding."""

    kinds = frozenset({FlagKind.OVERDUE})

    def look(self, pages: Sequence[Aging], at: datetime) -> Sequence[Finding]:
        """Find those whose earliest due date has passed."""
        found = ((page, due_of(page)) for page in pages)
        return [_finding(page, *due, at) for page, due in found if due and due[0] <= at]


def due_of(page: Aging) -> tuple[datetime, str] | None:
    """Give when a page is to be looked at next and what says so, by whichever comes first.

    A verification after a date that the page or a person named answers that date.
    """
    verified = page.verified_at
    named = [(page.review_by, "the page itself asks for it"), (page.due_at, "it was given a date")]
    dues = [
        (due, why) for due, why in named if due is not None and (not verified or verified < due)
    ]
    if page.review_days is not None:
        known = [one for one in (verified, page.changed_at) if one]
        since = max(known, default=page.created_at)
        days = "day" if page.review_days == 1 else f"{page.review_days} days"
        every = f"it is to be looked at every {days}"
        dues.append((since + timedelta(days=page.review_days), every))
    return min(dues, default=None)


def _finding(page: Aging, due: datetime, why: str, at: datetime) -> Finding:
    late = min((at - due) / _GROWN, 1.0)
    who = f"{page.owner} was to review it" if page.owner else "Its review was due"
    return Finding(
        kind=FlagKind.OVERDUE,
        document=page.document,
        revision=page.revision,
        key=due.date().isoformat(),
        severity=_LEAST + (_MOST - _LEAST) * late,
        reason=f"{who} by {due:%Y-%m-%d}: {why}.",
    )
