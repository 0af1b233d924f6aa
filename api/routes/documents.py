"""/v1/documents: what is known of each page, and the text that offsets refer to."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.deps import Reader, Sealed, Served
from api.errors import NotFound
from api.routes.access import document_of
from api.routes.replies import reply
from api.schemas.documents import (
    DocumentList,
    DocumentQuery,
    DocumentView,
    RevisionList,
    RevisionTextView,
    RevisionView,
)

router = APIRouter(prefix="/v1/documents", tags=["documents"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("", summary="List documents", response_model=DocumentList)
async def list_documents(
    asked: Annotated[DocumentQuery, Query()], caller: Reader, served: Served, sealed: Sealed
) -> Response:
    """Give documents in order of id, in any state, narrowed by what is asked."""
    last = sealed.open("documents", caller.tenant, asked.cursor)
    found = await served.ledger.reading.list_documents(
        caller.tenant, asked.within(caller), asked.state, last, asked.limit + 1
    )
    page, further = sealed.page(
        "documents", caller.tenant, found, asked.limit, lambda record: record.facts.id
    )
    items = [DocumentView.of(record) for record in page]
    return reply(DocumentList(items=items, next_cursor=further))


@router.get("/{document_id}", summary="Read a document", response_model=DocumentView)
async def read_document(document_id: str, caller: Reader, served: Served) -> Response:
    """Give what is known of a document; its text is under its revisions."""
    return reply(DocumentView.of(await document_of(served, caller, document_id)))


@router.get("/{document_id}/revisions", summary="List revisions", response_model=RevisionList)
async def list_revisions(document_id: str, caller: Reader, served: Served) -> Response:
    """Give all kept revisions, newest first; old ones are dropped after a set time."""
    record = await document_of(served, caller, document_id)
    found = await served.ledger.reading.list_revisions(caller.tenant, record.facts.id)
    return reply(RevisionList(items=[RevisionView.of(revision) for revision in found]))


@router.get(
    "/{document_id}/revisions/{number}", summary="Read a revision", response_model=RevisionTextView
)
async def read_revision(
    document_id: str, number: Number, caller: Reader, served: Served
) -> Response:
    """Give the text that the offsets of hits and citations refer to, counted in characters."""
    record = await document_of(served, caller, document_id)
    revision = await served.ledger.reading.revision(caller.tenant, record.facts.id, number)
    if revision is None:
        raise NotFound
    return reply(RevisionTextView.of(revision))
