"""Say how far a passage can be trusted today, and why."""

from datetime import datetime

from ingest.reading import LivePassage
from retrieval.model import Freshness


def judge(passage: LivePassage, now: datetime) -> Freshness:
    """Call a passage stale when its page is past the date that the page itself names.

    A verification after that date makes it fresh again; being looked up does not.
    """
    due = passage.review_by
    verified = passage.verified_at
    stale = due is not None and due <= now and (verified is None or verified < due)
    reasons = (f"past its review date, {due:%Y-%m-%d}",) if stale and due else ()
    return Freshness(passage.synced_at, passage.changed_at, verified, stale, reasons)
