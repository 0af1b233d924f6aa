"""Flags on the wire: what is wrong with pages, and what people do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas.common import (
    Example,
    Id,
    InRange,
    Moment,
    PageQuery,
    Told,
    shape,
)
from connectors.model import SourceId
from ingest.freshness.model import (
    Flag,
    FlagAction,
    FlagChange,
    FlagFilter,
    FlagKind,
    FlagState,
    Origin,
    Quote,
)
from ingest.model import DocumentId

_QUOTE: Example = {
    "document_id": "d_51c0",
    "version": 3,
    "start": 412,
    "end": 461,
    "text": "Refunds reach your card within five working days.",
    "marks": [[37, 41]],
    "chunk_id": "6f1b2a9e-3f0e-5d59-9a52-0a4a6f3f7c11",
}
FLAG_EXAMPLE: Example = {
    "id": "f_88d1",
    "kind": "contradiction",
    "state": "open",
    "origin": "detector",
    "severity": 0.7,
    "impact": 12.4,
    "reason": "This page says 5 working days, “Returns” says 14 days.",
    "code": "duration",
    "document": {"id": "d_51c0", "title": "Refunds"},
    "other": {"id": "d_77e2", "title": "Returns"},
    "source_id": "s_7f3a",
    "quotes": [_QUOTE],
    "raised_at": "2026-03-02T08:15:00Z",
    "raised_by": "",
    "assigned_to": "",
    "snoozed_until": None,
    "ended_at": None,
    "ended_by": "",
    "note": "",
}
_CHANGE: Example = {
    "action": "assign",
    "by": "k_91ab",
    "by_name": "desk",
    "at": "2026-03-02T09:00:00Z",
    "note": "",
    "assigned_to": "maria@example.com",
    "until": None,
}


# --- asked ------------------------------------------------------------------------


class ReviewQuery(PageQuery):
    """Which open flags are asked for."""

    kind: Annotated[frozenset[FlagKind] | None, Field(max_length=20)] = None
    document_id: Annotated[frozenset[Id] | None, Field(max_length=100)] = None
    source_id: Annotated[frozenset[Id] | None, Field(max_length=100)] = None
    assigned_to: Annotated[str | None, Field(max_length=200)] = None
    """Empty: those that nobody has."""
    raised_after: Moment | None = None

    def filter(self) -> FlagFilter:
        """Give the filter as the ledger reads it; groups are added by the review."""
        documents, sources = self.document_id, self.source_id
        return FlagFilter(
            kinds=self.kind,
            documents=None if documents is None else frozenset(map(DocumentId, documents)),
            sources=None if sources is None else frozenset(map(SourceId, sources)),
            assigned_to=self.assigned_to,
            raised_after=self.raised_after,
        )


class FlagQuery(ReviewQuery):
    """Which flags are asked for, whatever became of them."""

    state: Annotated[frozenset[FlagState], Field(min_length=1, max_length=5)] = frozenset(
        {FlagState.OPEN}
    )
    ended_after: Moment | None = None

    def filter(self) -> FlagFilter:
        """Give the filter with the states."""
        return replace(super().filter(), states=self.state, ended_after=self.ended_after)


# --- told -------------------------------------------------------------------------


class QuoteView(Told):
    """Words of a stored version, with what matters in them marked."""

    model_config = shape(_QUOTE, strict=False)

    document_id: str
    version: int
    start: int
    end: int
    text: str
    marks: list[tuple[int, int]]
    """From and to, counted in `text`."""
    chunk_id: str | None

    @classmethod
    def of(cls, quote: Quote) -> "QuoteView":
        """Show a quote."""
        return cls(
            document_id=quote.document,
            version=quote.revision,
            start=quote.start,
            end=quote.end,
            text=quote.text,
            marks=list(quote.marks),
            chunk_id=str(quote.point) if quote.point else None,
        )


class PageView(Told):
    """A page that a flag stands on."""

    model_config = shape({"id": "d_51c0", "title": "Refunds"}, strict=False)

    id: str
    title: str
    """As it is now."""


class FlagView(Told):
    """What is wrong with a page, and what became of it."""

    model_config = shape(FLAG_EXAMPLE, strict=False)

    id: str
    kind: FlagKind
    state: FlagState
    origin: Origin
    severity: Annotated[float, InRange(0, 1)]
    """How bad an answer would be that rests on it."""
    impact: float
    """How much it matters now; the order of the queue."""
    reason: str
    code: str
    """Which rule found it; `reported` where somebody said so, `decides:` and a flag where that was
    how a contradiction was decided."""
    document: PageView
    other: PageView | None
    """The other page of a contradiction, a duplicate or a translation."""
    source_id: str | None
    quotes: list[QuoteView]
    raised_at: datetime
    raised_by: str
    """The id of a key; empty: Punnet itself."""
    assigned_to: str
    snoozed_until: datetime | None
    ended_at: datetime | None
    ended_by: str
    note: str
    """Why it ended."""

    @classmethod
    def of(cls, flag: Flag) -> "FlagView":
        """Show a flag."""
        finding = flag.finding
        other = finding.other
        return cls(
            id=flag.id,
            kind=finding.kind,
            state=flag.state,
            origin=flag.origin,
            severity=round(finding.severity, 3),
            impact=flag.impact,
            reason=finding.reason,
            code=finding.code,
            document=PageView(id=finding.document, title=flag.title),
            other=PageView(id=other, title=flag.other_title) if other else None,
            source_id=flag.source,
            quotes=[QuoteView.of(quote) for quote in finding.quotes],
            raised_at=flag.raised_at,
            raised_by=flag.raised_by,
            assigned_to=flag.assigned_to,
            snoozed_until=flag.snoozed_until,
            ended_at=flag.ended_at,
            ended_by=flag.ended_by,
            note=flag.note,
        )


class ChangeView(Told):
    """One thing that was done with a flag."""

    model_config = shape(_CHANGE, strict=False)

    action: FlagAction
    by: str
    by_name: str
    """Of that key; empty where there is none of it any more, and for Punnet itself."""
    at: datetime
    note: str
    assigned_to: str
    until: datetime | None

    @classmethod
    def of(cls, change: FlagChange, names: Mapping[str, str]) -> "ChangeView":
        """Show one change; `names` are those of keys by their ids."""
        return cls(
            action=change.action,
            by=change.by,
            by_name=names.get(change.by, ""),
            at=change.at,
            note=change.note,
            assigned_to=change.assigned_to,
            until=change.until,
        )


class FlagHistoryView(FlagView):
    """A flag with all that was done with it."""

    model_config = shape({**FLAG_EXAMPLE, "history": [_CHANGE]}, strict=False)

    history: list[ChangeView]
    """Oldest first."""

    @classmethod
    def with_history(
        cls, flag: Flag, history: Sequence[FlagChange], names: Mapping[str, str]
    ) -> "FlagHistoryView":
        """Show a flag with what was done with it."""
        shown = FlagView.of(flag).model_dump()
        return cls(**shown, history=[ChangeView.of(one, names) for one in history])


class FlagList(Told):
    """A page of flags, those that matter most first."""

    model_config = shape({"items": [FLAG_EXAMPLE], "next_cursor": None}, strict=False)

    items: list[FlagView]
    next_cursor: str | None


class ReviewView(Told):
    """The queue: what waits for somebody, by impact, and how much of each kind."""

    model_config = shape(
        {"items": [FLAG_EXAMPLE], "counts": {"contradiction": 1}, "next_cursor": None}, strict=False
    )

    items: list[FlagView]
    counts: dict[FlagKind, int]
    """Of all that the filters let through, not of this page alone."""
    next_cursor: str | None

    @classmethod
    def of(
        cls, flags: Sequence[Flag], counts: Mapping[FlagKind, int], next_cursor: str | None
    ) -> "ReviewView":
        """Show a page of the queue."""
        items = [FlagView.of(flag) for flag in flags]
        return cls(items=items, counts=dict(counts), next_cursor=next_cursor)


class ActedView(Told):
    """Flags as they are now that something was done with all of them."""

    model_config = shape({"items": [FLAG_EXAMPLE]}, strict=False)

    items: list[FlagView]
