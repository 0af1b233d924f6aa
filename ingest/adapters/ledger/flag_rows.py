"""Flags as rows: which columns they are read from, and how their findings are written."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.sql import ColumnElement

from connectors.model import TenantId
from ingest.adapters.ledger.freshness_tables import flag
from ingest.adapters.ledger.tables import document
from ingest.freshness.model import Finding, Flag, FlagFilter, FlagKind, FlagState, Origin, Quote
from ingest.model import DocumentId

OTHER = document.alias("other_document")
FLAGS = (
    select(
        flag,
        document.c.title.label("title"),
        document.c.ref.label("ref"),
        document.c.source.label("source"),
        document.c.access.label("access"),
        OTHER.c.title.label("other_title"),
        OTHER.c.ref.label("other_ref"),
        OTHER.c.access.label("other_access"),
    )
    .join_from(flag, document, document.c.id == flag.c.document)
    .outerjoin(OTHER, OTHER.c.id == flag.c.other)
)
"""Rows of `flag_of`."""


def flag_id(tenant: TenantId, finding: Finding) -> str:
    """Name the flag of a finding: the same finding always has the same one."""
    said = json.dumps([tenant, finding.kind, finding.document, finding.key])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def flag_of(row: Row[Any]) -> Flag:
    """Read a row of FLAGS."""
    return Flag(
        id=row.id,
        tenant=TenantId(row.tenant),
        finding=finding_of(row),
        origin=Origin(row.origin),
        state=FlagState(row.state),
        impact=row.impact,
        raised_at=row.raised_at,
        raised_by=row.raised_by,
        assigned_to=row.assigned_to,
        snoozed_until=row.snoozed_until,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        note=row.note,
        title=row.title,
        other_title=row.other_title or "",
        ref=row.ref,
        other_ref=row.other_ref or "",
        source=row.source,
        access=row.access,
        other_access=row.other_access or frozenset(),
    )


def finding_of(row: Row[Any]) -> Finding:
    """Read the finding of a flag's row."""
    return Finding(
        kind=FlagKind(row.kind),
        document=DocumentId(row.document),
        revision=row.revision,
        key=row.key,
        severity=row.severity,
        reason=row.reason,
        quotes=quotes_of(row.quotes),
        other=row.other,
        code=row.code,
    )


def quotes_of(told: Any) -> tuple[Quote, ...]:
    """Read what was kept of quotes."""
    return tuple(
        Quote(
            document=DocumentId(one["document"]),
            revision=one["revision"],
            start=one["start"],
            end=one["end"],
            text=one["text"],
            marks=tuple((start, end) for start, end in one["marks"]),
            point=UUID(one["point"]) if one["point"] else None,
        )
        for one in told
    )


def columns_of(finding: Finding) -> dict[str, Any]:
    """Give what the row of a flag says of its finding."""
    return {
        "kind": finding.kind,
        "document": finding.document,
        "revision": finding.revision,
        "key": finding.key,
        "severity": finding.severity,
        "reason": finding.reason,
        "quotes": [_kept(quote) for quote in finding.quotes],
        "other": finding.other,
        "code": finding.code,
    }


def narrow(tenant: TenantId, where: FlagFilter) -> Iterator[ColumnElement[bool]]:
    """Give what the database decides of a filter; its groups are left to `lets_through`."""
    yield flag.c.tenant == tenant
    if where.states is not None:
        yield flag.c.state.in_(where.states)
    if where.kinds is not None:
        yield flag.c.kind.in_(where.kinds)
    if where.documents is not None:
        yield or_(flag.c.document.in_(where.documents), flag.c.other.in_(where.documents))
    if where.sources is not None:
        yield or_(document.c.source.in_(where.sources), OTHER.c.source.in_(where.sources))
    if where.assigned_to is not None:
        yield flag.c.assigned_to == where.assigned_to
    if where.raised_after is not None:
        yield flag.c.raised_at > where.raised_after
    if where.ended_after is not None:
        yield flag.c.ended_at > where.ended_after


def _kept(quote: Quote) -> dict[str, Any]:
    return {
        "document": quote.document,
        "revision": quote.revision,
        "start": quote.start,
        "end": quote.end,
        "text": quote.text,
        "marks": [list(mark) for mark in quote.marks],
        "point": str(quote.point) if quote.point else None,
    }
