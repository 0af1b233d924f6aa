"""Detect pages that their source no longer vouches for."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from ingest.freshness.model import Aging, Finding, FlagKind
from ingest.records import DocumentState

PATIENCE = timedelta(days=7)
"""How long a source may be out of reach, or a page unreadable, before anybody is told."""
_GAPS = 3
"""A source that is read in long intervals gets so many of them."""
_TOGETHER = timedelta(days=1)
"""Pages of one run were read within this time."""
_FEWEST = 3
_PUSHED = "upload"
"""The kind of source whose pages come when somebody brings them."""


class SourceGoneDetector:
    """Find pages that could not be read, were left out, or whose whole source is silent.

    How often a source is read is told by the days on which any of its pages was: where that
    was only one day, it is pushed or read by hand, and its silence says nothing.
    """

    kinds = frozenset({FlagKind.SOURCE_GONE})

    def look(self, pages: Sequence[Aging], at: datetime) -> Sequence[Finding]:
        """Find them, each once, by the plainest of the three reasons."""
        sources: defaultdict[str, list[Aging]] = defaultdict(list)
        for page in pages:
            sources[page.source].append(page)
        return [finding for some in sources.values() for finding in _of_source(some, at)]


def _of_source(pages: Sequence[Aging], at: datetime) -> list[Finding]:
    pushed = pages[0].kind == _PUSHED
    last = max([*(page.synced_at for page in pages), *filter(None, [pages[0].source_synced_at])])
    together = sum(last - page.synced_at <= _TOGETHER for page in pages)
    is_read_whole = not pushed and len(pages) >= _FEWEST and 2 * together > len(pages)
    silent = not pushed and at - last > _patience_with(pages)
    findings = []
    for page in pages:
        seen = f"{page.synced_at:%Y-%m-%d}"
        if page.state is DocumentState.FAILED and at - page.synced_at > PATIENCE:
            findings.append(_finding(page, 0.8, f"It could not be read again since {seen}."))
        elif silent:
            reason = f"Its source was read last on {last:%Y-%m-%d}, and more often before."
            findings.append(_finding(page, 0.6, reason))
        elif is_read_whole and last - page.synced_at > PATIENCE:
            reason = f"Its source was read on {last:%Y-%m-%d}, but the page last on {seen}."
            findings.append(_finding(page, 0.7, reason))
    return findings


def _patience_with(pages: Sequence[Aging]) -> timedelta:
    """Give how long a source may be silent: three times its usual gap, a week at least."""
    moments = {page.synced_at for page in pages} | {page.created_at for page in pages}
    moments |= {edit for page in pages for edit in page.edits}
    days = sorted({moment.date() for moment in moments})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return max(PATIENCE, timedelta(days=_GAPS * median(gaps))) if gaps else timedelta.max


def _finding(page: Aging, severity: float, reason: str) -> Finding:
    """Make a finding that stays the same one until the page is read again."""
    key = page.synced_at.date().isoformat()
    return Finding(FlagKind.SOURCE_GONE, page.document, page.revision, key, severity, reason)
