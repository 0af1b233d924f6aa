"""Which columns a record is read from, in the order of its fields."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func

from ingest.adapters.ledger.packing import unpacked
from ingest.adapters.ledger.tables import document, passage, placement, revision
from ingest.reading import DocumentRecord, Revision
from ingest.records import DocumentFacts, DocumentState

FACTS = (
    document.c.id,
    document.c.ref,
    document.c.version,
    document.c.validators,
    document.c.content_hash,
    document.c.title,
    document.c.url,
    document.c.media_type,
    document.c.language,
    document.c.access,
    document.c.tags,
    document.c.changed_at,
    document.c.review_by,
    document.c.parent,
)
"""Of a DocumentFacts."""

AGE = (
    document.c.staleness,
    document.c.stale,
    document.c.stale_reasons,
    document.c.disputed,
)
"""What readers are told of a document's age."""

RECORD = (
    *FACTS,
    document.c.tenant,
    document.c.source,
    document.c.state,
    document.c.reason,
    document.c.attempts,
    revision.c.number,
    revision.c.tokens,
    revision.c.chunks,
    document.c.created_at,
    document.c.synced_at,
    document.c.verified_at,
    document.c.owner,
    document.c.due_at,
    *AGE,
    document.c.volatility,
)
"""Of a DocumentRecord; the revision's three may be null."""

LIVE_PASSAGE = (
    placement.c.point_id,
    document.c.id,
    document.c.source,
    document.c.ref,
    document.c.title,
    document.c.url,
    revision.c.number,
    placement.c.ordinal,
    passage.c.text,
    passage.c.context,
    passage.c.tokens,
    placement.c.start,
    placement.c.end,
    placement.c.heading_path,
    placement.c.anchor,
    placement.c.page,
    placement.c.seconds,
    document.c.language,
    document.c.media_type,
    document.c.tags,
    document.c.synced_at,
    document.c.changed_at,
    document.c.verified_at,
    document.c.review_by,
    *AGE,
)
"""Of a LivePassage."""

HEADLINE = (
    revision.c.document,
    revision.c.number,
    revision.c.born_at,
    revision.c.retired_at,
    revision.c.title,
)
"""Of a Revision, without text and blocks."""
WHOLE_REVISION = (*HEADLINE, revision.c.text, revision.c.blocks)

LIVE = revision.c.retired_seq.is_(None)
OF_DOCUMENT = revision.c.document == document.c.id
LIVE_REVISION = and_(OF_DOCUMENT, LIVE)


def alive_at(sequence: ColumnElement[int]) -> ColumnElement[bool]:
    """Select the revisions that a reader of this sequence sees."""
    retired_later = LIVE | (revision.c.retired_seq > sequence)
    return (revision.c.born_seq <= sequence) & retired_later


def aside(column: ColumnElement[str]) -> ColumnElement[str]:
    """Give a column to compare without its index, where ids already name the rows.

    SQLite, which keeps no statistics here, believes that a tenant or a source has ten
    rows: it would go through all of them instead of looking up sixty ids.
    """
    return func.coalesce(column, "")


def facts_of(row: Row[Any]) -> DocumentFacts:
    """Read a row that begins with FACTS."""
    return DocumentFacts(*row[: len(FACTS)])


def record_of(row: Row[Any]) -> DocumentRecord:
    """Read a row that begins with RECORD."""
    tenant, source, state, reason, attempts, number, tokens, chunks, *rest = row[
        len(FACTS) : len(RECORD)
    ]
    counts = (number or 0, tokens or 0, chunks or 0)
    its_state = DocumentState(state)
    return DocumentRecord(
        facts_of(row), tenant, source, its_state, reason, attempts, *counts, *rest
    )


def headline_of(row: Sequence[Any]) -> Revision:
    """Read a row that begins with HEADLINE, leaving text and blocks empty."""
    its_document, number, born_at, retired_at, title = row[: len(HEADLINE)]
    return Revision(its_document, number, born_at, retired_at, title, "", ())


def revision_of(row: Row[Any]) -> Revision:
    """Read a row of WHOLE_REVISION."""
    return replace(headline_of(row), text=row.text, blocks=unpacked(row.blocks))
