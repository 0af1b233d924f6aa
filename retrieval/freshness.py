"""Say how far a passage can be trusted today, and why."""

from datetime import datetime

from ingest.reading import LivePassage
from retrieval.model import Freshness

_SURELY = 1.0


def judge(passage: LivePassage, now: datetime) -> Freshness:
    """Call a passage stale when its page was found so, or is past the date that it names itself.

    A page is looked at from time to time, its own date passes at any moment: a verification
    after that date makes it fresh again. Being looked up changes nothing.
    """
    due, verified = passage.review_by, passage.verified_at
    past = due is not None and due <= now and (verified is None or verified < due)
    reasons = passage.stale_reasons
    if past and due and not passage.stale:
        reasons = (f"past its review date, {due:%Y-%m-%d}", *reasons)
    return Freshness(
        as_of=passage.synced_at,
        changed_at=passage.changed_at,
        verified_at=verified,
        stale=past or passage.stale,
        reasons=reasons,
        staleness=_SURELY if past else passage.staleness,
    )
