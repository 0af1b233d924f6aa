"""What a filter lets through: in the database what is compared, here what is a set."""

from collections.abc import Iterator

from sqlalchemy import or_
from sqlalchemy.sql import ColumnElement

from ingest.adapters.ledger.tables import document
from ingest.reading import DocumentFilter
from ingest.records import DocumentState

NOT_QUARANTINED = document.c.state != DocumentState.QUARANTINED


def conditions(where: DocumentFilter) -> Iterator[ColumnElement[bool]]:
    """Give what the database can decide; access and tags are left to `lets_through`."""
    if where.sources is not None:
        yield document.c.source.in_(where.sources)
    if where.refs is not None:
        yield document.c.ref.in_(where.refs)
    if where.language is not None:
        yield document.c.language == where.language
    if where.changed_after is not None:
        yield document.c.changed_at > where.changed_after
    if where.fresh_at is not None:
        yield document.c.stale.is_(False)
        yield or_(
            document.c.review_by.is_(None),
            document.c.review_by > where.fresh_at,
            document.c.verified_at >= document.c.review_by,
        )


def lets_through(where: DocumentFilter, access: frozenset[str], tags: frozenset[str]) -> bool:
    """Say whether the groups may see a document with this access, and one of the tags is on it."""
    allowed = where.groups is None or not access or not access.isdisjoint(where.groups)
    return allowed and (where.tags is None or not tags.isdisjoint(where.tags))
