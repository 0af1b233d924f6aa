"""Find pages whose answers are called bad more often than others'."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from ingest.freshness.model import Aging, Finding, FlagKind
from ingest.records import DocumentState

_FEWEST_ANSWERS = 10
_FEWEST_BAD = 3
_Z = 1.96
"""Of the 95 % interval."""
_COUNTED_FOR = timedelta(days=30)
_LEAST_SEVERITY, _MOST_SEVERITY = 0.4, 0.8


class BadAnswersDetector:
    """Looks for pages that answer often and are complained of more than is chance.

    A page whose text changed within the days that are counted is left alone: what was said may
    be about the text before.
    """

    @property
    def kinds(self) -> frozenset[FlagKind]:
        """What it can find."""
        return frozenset({FlagKind.BAD_ANSWERS})

    def look(self, pages: Sequence[Aging], at: datetime) -> Sequence[Finding]:
        """Say which pages do worse than the others together."""
        answered = sum(page.usage.answered for page in pages)
        bad = sum(page.usage.bad for page in pages)
        found = []
        for page in pages:
            usage = page.usage
            usual = _share(bad - usage.bad, answered - usage.answered)
            if _judged(page, at) and lower_bound(usage.bad, usage.answered) > usual:
                found.append(_finding(page, usual))
        return found


def lower_bound(hits: int, tries: int) -> float:
    """Give the lower end of the 95 % interval of a share (Wilson 1927)."""
    if not tries:
        return 0.0
    share = min(hits / tries, 1.0)
    spread = _Z * math.sqrt(share * (1 - share) / tries + (_Z / tries) ** 2 / 4)
    return (share + _Z**2 / (2 * tries) - spread) / (1 + _Z**2 / tries)


def _judged(page: Aging, at: datetime) -> bool:
    usage = page.usage
    often = usage.answered >= _FEWEST_ANSWERS and usage.bad >= _FEWEST_BAD
    settled = not page.edits or page.edits[-1] <= at - _COUNTED_FOR
    return page.state is DocumentState.LIVE and often and settled


def _finding(page: Aging, usual: float) -> Finding:
    usage = page.usage
    share = _share(usage.bad, usage.answered)
    worse = f"other pages get {usual:.1%}" if usual else "other pages get none"
    return Finding(
        kind=FlagKind.BAD_ANSWERS,
        document=page.document,
        revision=page.revision,
        key=f"revision {page.revision}",
        severity=_LEAST_SEVERITY + (_MOST_SEVERITY - _LEAST_SEVERITY) * share,
        reason=(
            f"{usage.bad} of {usage.answered} answers from this page in the last 30 days were "
            f"called bad ({share:.0%}); {worse}."
        ),
    )


def _share(hits: int, tries: int) -> float:
    return min(hits / tries, 1.0) if tries else 0.0
