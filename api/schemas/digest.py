"""Digests on the wire, for programs that write them in words of their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from api.schemas.common import Asked, Example, Told, shape
from api.schemas.flags import FLAG_EXAMPLE, FlagView
from ingest.freshness.digest import (
    ChangedPage,
    DuePage,
    GapLine,
    MonthList,
    SyncTrouble,
    WeekDigest,
)
from ingest.freshness.model import FlagKind
from ingest.records import RunState

_GAP: Example = {
    "topic_id": "t_gift",
    "name": "Can I pay with a gift card?",
    "asked": 14,
    "change": 6,
    "new": False,
    "page": "Payment methods",
}
_CHANGED: Example = {
    "document_id": "d_51c0",
    "title": "Refunds",
    "url": "https://help.example.com/refunds",
    "at": "2026-03-01T10:05:00Z",
    "new": False,
}
_TROUBLE: Example = {
    "source": "Help centre",
    "state": "partial",
    "reason": "1 pages failed, such as scan.pdf: The PDF is encrypted.",
    "at": "2026-03-02T08:15:09Z",
}
_DUE: Example = {
    "document_id": "d_51c0",
    "title": "Refunds",
    "url": "https://help.example.com/refunds",
    "owner": "maria@example.com",
    "seen_at": "2025-02-11T10:00:00Z",
    "answered": 214,
    "outdated": 0.71,
    "reasons": ["its review was due on 2026-02-11"],
}


class DigestQuery(Asked):
    """Which digest is asked for, and how it is written."""

    kind: Literal["week", "month"] = "week"
    """`week`: what happened and what waits; `month`: the pages to look through."""
    format: Literal["json", "md", "html"] = "json"


class GapLineView(Told):
    """What people ask about and are not answered well, new or asked more than before."""

    model_config = shape(_GAP, strict=False)

    topic_id: str
    name: str
    asked: int
    """In the last seven days."""
    change: int
    """Against the seven days before those."""
    new: bool
    page: str
    """The title of the page that comes nearest."""

    @classmethod
    def of(cls, line: GapLine) -> "GapLineView":
        """Show a line."""
        return cls(
            topic_id=line.topic,
            name=line.name,
            asked=line.asked,
            change=line.change,
            new=line.new,
            page=line.page,
        )


class ChangedPageView(Told):
    """A page whose text is new."""

    model_config = shape(_CHANGED, strict=False)

    document_id: str
    title: str
    url: str
    at: datetime
    new: bool
    """Whether the page itself is."""

    @classmethod
    def of(cls, page: ChangedPage) -> "ChangedPageView":
        """Show a page."""
        return cls(
            document_id=page.document, title=page.title, url=page.url, at=page.at, new=page.new
        )


class TroubleView(Told):
    """A source whose last run did not go well."""

    model_config = shape(_TROUBLE, strict=False)

    source: str
    state: RunState
    reason: str
    at: datetime

    @classmethod
    def of(cls, trouble: SyncTrouble) -> "TroubleView":
        """Show a trouble."""
        return cls(source=trouble.source, state=trouble.state, reason=trouble.reason, at=trouble.at)


class DigestWeekView(Told):
    """What happened within seven days, and what waits."""

    model_config = shape(
        {
            "since": "2026-02-23T08:00:00Z",
            "until": "2026-03-02T08:00:00Z",
            "waiting": {"contradiction": 1},
            "raised": {"contradiction": 1},
            "ended": {"expired": 2},
            "queue": [FLAG_EXAMPLE],
            "gaps": [_GAP],
            "changed": [_CHANGED],
            "pages_changed": 1,
            "pages_added": 0,
            "troubles": [_TROUBLE],
        },
        strict=False,
    )

    since: datetime
    until: datetime
    waiting: Mapping[FlagKind, int]
    raised: Mapping[FlagKind, int]
    ended: Mapping[FlagKind, int]
    queue: list[FlagView]
    """The ten that matter most."""
    gaps: list[GapLineView]
    """Only for keys that are not limited to groups."""
    changed: list[ChangedPageView]
    """The latest twenty, those that were there before first."""
    pages_changed: int
    pages_added: int
    troubles: list[TroubleView]

    @classmethod
    def of(cls, digest: WeekDigest) -> "DigestWeekView":
        """Show a week."""
        return cls(
            since=digest.since,
            until=digest.until,
            waiting=digest.waiting,
            raised=digest.raised,
            ended=digest.ended,
            queue=[FlagView.of(flag) for flag in digest.queue],
            gaps=[GapLineView.of(line) for line in digest.gaps],
            changed=[ChangedPageView.of(page) for page in digest.changed],
            pages_changed=digest.pages_changed,
            pages_added=digest.pages_added,
            troubles=[TroubleView.of(trouble) for trouble in digest.troubles],
        )


class DuePageView(Told):
    """A page that is worth looking through, and why."""

    model_config = shape(_DUE, strict=False)

    document_id: str
    title: str
    url: str
    owner: str
    seen_at: datetime
    """When somebody last had it in hand: changed it, or found it still right."""
    answered: int
    """How often it answered within the last 30 days."""
    outdated: float
    """The probability that it is outdated, or must change within a month."""
    reasons: list[str]
    """The gravest first."""

    @classmethod
    def of(cls, page: DuePage) -> "DuePageView":
        """Show a page."""
        return cls(
            document_id=page.document,
            title=page.title,
            url=page.url,
            owner=page.owner,
            seen_at=page.seen_at,
            answered=page.answered,
            outdated=page.outdated,
            reasons=list(page.reasons),
        )


class DigestMonthView(Told):
    """The pages that are worth looking through this month, the worthiest first."""

    model_config = shape({"at": "2026-03-02T08:00:00Z", "pages": [_DUE]}, strict=False)

    at: datetime
    pages: list[DuePageView]

    @classmethod
    def of(cls, month: MonthList) -> "DigestMonthView":
        """Show a month."""
        return cls(at=month.at, pages=[DuePageView.of(page) for page in month.pages])
