"""What the ledger would know of a page whose edits are given."""

from collections.abc import Sequence
from datetime import datetime

from connectors.model import SourceId
from ingest.freshness.model import Aging
from ingest.model import DocumentId
from ingest.records import DocumentState


def aging_of(
    page: str,
    created: datetime,
    edits: Sequence[datetime],
    *,
    verified: datetime | None = None,
    volatility: float | None = None,
) -> Aging:
    """Give it: never synced since, with nothing said of it."""
    return Aging(
        document=DocumentId(page),
        source=SourceId("bench"),
        state=DocumentState.LIVE,
        access=frozenset(),
        tags=frozenset(),
        language="en",
        title=page,
        ref=page,
        url="",
        created_at=created,
        synced_at=created,
        changed_at=edits[-1] if edits else created,
        verified_at=verified,
        review_by=None,
        due_at=None,
        review_days=None,
        owner="",
        edits=tuple(edits),
        volatility=volatility,
        tokens=0,
    )
