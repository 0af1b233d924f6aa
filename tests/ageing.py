"""Pages of which only what matters to their age is said."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from connectors.model import SourceId
from ingest.freshness.model import Aging, FlagKind, Usage
from ingest.model import DocumentId
from ingest.records import DocumentState

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def aging(
    document: str = "page",
    created: datetime | None = None,
    edits: Sequence[datetime] = (),
    flags: Mapping[FlagKind, float] | None = None,
    *,
    synced: datetime = NOW,
    changed: datetime | None = None,
    verified: datetime | None = None,
    review_by: datetime | None = None,
    due: datetime | None = None,
    review_days: int | None = None,
    volatility: float | None = None,
    usage: Usage | None = None,
    state: DocumentState = DocumentState.LIVE,
) -> Aging:
    return Aging(
        document=DocumentId(document),
        source=SourceId("help"),
        state=state,
        access=frozenset(),
        tags=frozenset(),
        language="en",
        title=document,
        ref=document,
        url="",
        created_at=created or min([*edits, ago(30)]),
        synced_at=synced,
        changed_at=changed,
        verified_at=verified,
        review_by=review_by,
        due_at=due,
        review_days=review_days,
        owner="",
        edits=tuple(edits),
        volatility=volatility,
        tokens=100,
        flags=tuple((flags or {}).items()),
        usage=usage or Usage(),
    )
