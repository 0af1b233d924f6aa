"""Documents, their revisions and pushed ones on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas.common import Asked, Id, InRange, Moment, Name, PageQuery, Ref, Told, WebUrl, shape
from api.security import Caller
from connectors.model import SourceId
from ingest.language import primary
from ingest.reading import DocumentFilter, DocumentRecord, Revision
from ingest.records import DocumentState

_DOCUMENT = {
    "id": "d_51c0",
    "source_id": "s_7f3a",
    "ref": "returns/refunds.md",
    "title": "Refunds",
    "url": "https://help.example.com/refunds",
    "state": "live",
    "reason": "",
    "version": 3,
    "media_type": "text/markdown",
    "language": "en",
    "access": [],
    "tags": ["public"],
    "tokens": 1_204,
    "chunks": 7,
    "created_at": "2026-02-01T09:00:00Z",
    "synced_at": "2026-03-02T08:15:00Z",
    "changed_at": "2026-02-11T10:00:00Z",
    "verified_at": None,
    "review_by": None,
    "staleness": 0.72,
    "stale": True,
    "stale_reasons": ["Its review was due on 1 March 2026."],
    "owner": "maria@example.com",
    "due_at": "2026-03-01T00:00:00Z",
}
_REVISION = {
    "number": 3,
    "title": "Refunds",
    "born_at": "2026-02-11T10:05:00Z",
    "retired_at": None,
}


class DocumentQuery(PageQuery):
    """Which documents are asked for."""

    source_id: Annotated[frozenset[Id] | None, Field(max_length=100)] = None
    ref: Annotated[frozenset[Ref] | None, Field(max_length=100)] = None
    tag: Annotated[frozenset[Name] | None, Field(max_length=100)] = None
    language: Annotated[str | None, Field(max_length=35)] = None
    changed_after: Moment | None = None
    state: DocumentState | None = None

    def within(self, caller: Caller) -> DocumentFilter:
        """Give the filter as the ledger reads it, inside what the caller may see."""
        sources = self.source_id
        return DocumentFilter(
            groups=caller.groups,
            sources=None if sources is None else frozenset(map(SourceId, sources)),
            refs=self.ref,
            tags=self.tag,
            language=primary(self.language) if self.language else None,
            changed_after=self.changed_after,
        )


class WaitQuery(Asked):
    """Whether to wait until a push or a removal has reached the index."""

    wait: bool = False
    timeout_s: Annotated[float, InRange(0, 120)] = 30.0
    """How long to wait at most; after it the answer is 202 with the run."""


class UploadQuery(WaitQuery):
    """What is said of a pushed document beside its bytes."""

    title: Annotated[str, Field(max_length=1_000)] = ""
    """Empty: what the document says itself."""
    url: WebUrl = ""
    """Where people read it; links to passages begin with it."""
    tags: Annotated[frozenset[Name], Field(max_length=100)] = frozenset()
    access: Annotated[frozenset[Name], Field(max_length=100)] = frozenset()
    """Groups that may see it; empty: those of the source."""
    changed_at: Moment | None = None
    """When it changed where it comes from."""


class DocumentView(Told):
    """A document as the ledger tells it."""

    model_config = shape(_DOCUMENT, strict=False)

    id: str
    source_id: str
    ref: str
    title: str
    url: str
    state: DocumentState
    reason: str
    """Why it failed or has no content."""
    version: int
    """The number of the live revision; 0 without one."""
    media_type: str
    language: str
    access: list[str]
    tags: list[str]
    tokens: int
    chunks: int
    created_at: datetime
    synced_at: datetime
    changed_at: datetime | None
    verified_at: datetime | None
    review_by: datetime | None
    """What the page says itself."""
    staleness: float
    """0: as fresh as can be, 1: surely outdated."""
    stale: bool
    """Whether answers say so."""
    stale_reasons: list[str]
    """The gravest first."""
    owner: str
    """Who was said to look after it; empty: whom the review rules name."""
    due_at: datetime | None
    """By when somebody said that it is to be looked at."""

    @classmethod
    def of(cls, record: DocumentRecord) -> "DocumentView":
        """Show a document without what only the sync needs to know."""
        facts = record.facts
        return cls(
            id=facts.id,
            source_id=record.source,
            ref=facts.ref,
            title=facts.title,
            url=facts.url,
            state=record.state,
            reason=record.reason,
            version=record.revision,
            media_type=facts.media_type,
            language=facts.language,
            access=sorted(facts.access),
            tags=sorted(facts.tags),
            tokens=record.tokens,
            chunks=record.chunks,
            created_at=record.created_at,
            synced_at=record.synced_at,
            changed_at=facts.changed_at,
            verified_at=record.verified_at,
            review_by=facts.review_by,
            staleness=record.staleness,
            stale=record.stale,
            stale_reasons=list(record.stale_reasons),
            owner=record.owner,
            due_at=record.due_at,
        )


class DocumentList(Told):
    """A page of documents, in order of id."""

    model_config = shape({"items": [_DOCUMENT], "next_cursor": None}, strict=False)

    items: list[DocumentView]
    next_cursor: str | None


class RevisionView(Told):
    """One stored version of a document's text, without the text."""

    model_config = shape(_REVISION, strict=False)

    number: int
    title: str
    born_at: datetime
    retired_at: datetime | None
    """Null: it is the live one."""

    @classmethod
    def of(cls, revision: Revision) -> "RevisionView":
        """Show when a revision was the live one."""
        return cls(
            number=revision.number,
            title=revision.title,
            born_at=revision.born_at,
            retired_at=revision.retired_at,
        )


class RevisionTextView(Told):
    """The text that the offsets of hits and citations refer to."""

    model_config = shape({**_REVISION, "text": "# Refunds\n\nRefunds reach…"}, strict=False)

    number: int
    title: str
    born_at: datetime
    retired_at: datetime | None
    text: str

    @classmethod
    def of(cls, revision: Revision) -> "RevisionTextView":
        """Show a revision with its text."""
        return cls(
            number=revision.number,
            title=revision.title,
            born_at=revision.born_at,
            retired_at=revision.retired_at,
            text=revision.text,
        )


class RevisionList(Told):
    """All kept revisions of a document, newest first."""

    model_config = shape({"items": [_REVISION], "next_cursor": None}, strict=False)

    items: list[RevisionView]
    next_cursor: str | None = None
