"""Find pages that nobody was ever answered from, though much was asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ingest.freshness.model import Aging, Finding, FlagKind
from ingest.records import DocumentState

LIVE_FOR = timedelta(days=30)
"""A younger page has not had its chance."""
_LEAST_ANSWERS = 200
_PAGES_AN_ANSWER = 10
"""An answer rests on at most so many pages, so so many uses are at least that many answers."""
_SEVERITY = 0.1


class UnusedDetector:
    """Looks for pages that answer nothing: they cost care, and may hide a better one."""

    @property
    def kinds(self) -> frozenset[FlagKind]:
        """What it can find."""
        return frozenset({FlagKind.UNUSED})

    def look(self, pages: Sequence[Aging], at: datetime) -> Sequence[Finding]:
        """Say which pages were not used in the last 30 days, where many others were."""
        uses = sum(page.usage.answered for page in pages)
        if uses < _LEAST_ANSWERS * _PAGES_AN_ANSWER:
            return ()
        return [_finding(page, uses) for page in pages if _unused(page, at)]


def _unused(page: Aging, at: datetime) -> bool:
    answered = page.usage.answered or page.usage.last_at
    return page.state is DocumentState.LIVE and not answered and page.created_at <= at - LIVE_FOR


def _finding(page: Aging, uses: int) -> Finding:
    return Finding(
        kind=FlagKind.UNUSED,
        document=page.document,
        revision=page.revision,
        key="unused",
        severity=_SEVERITY,
        reason=(
            "No answer of the last 30 days rested on this page, while pages answered "
            f"{'once' if uses == 1 else f'{uses:,} times'}."
        ),
    )
