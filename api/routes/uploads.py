"""/v1/sources/{id}/documents/{ref}: documents that are pushed to us."""

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Decided, Reader, Served, Services, Writer
from api.errors import Conflict, DocumentUnsearchable, Invalid, NotFound
from api.middleware import allow_body
from api.routes.access import source_of, working_source
from api.routes.replies import Responses, reply
from api.routes.waiting import Arrival, await_removal, await_upload
from api.schemas.common import Ref
from api.schemas.documents import DocumentView, UploadQuery, WaitQuery
from api.schemas.runs import RunView
from api.security import Caller
from connectors.media_types import UNKNOWN, media_type_of
from connectors.model import Upload
from ingest.records import DocumentState, SourceRecord, SyncRun

router = APIRouter(prefix="/v1/sources/{source_id}/documents", tags=["documents"])
KIND = "upload"
RefPath = Annotated[Ref, Path(description="The name of the document; it may hold slashes.")]
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The document as it is; `Content-Type` says what it is.",
        "content": {
            "text/markdown": {"schema": {"type": "string"}, "example": "# Refunds\n\nFive days."},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
_QUEUED: Responses = {202: {"model": RunView, "description": "It is stored; follow the run."}}
_BYTES: Responses = {200: {"description": "Bytes.", "content": {"application/octet-stream": {}}}}


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A pushed body that nobody has read yet."""

    request: Request
    limit: int

    @property
    def media_type(self) -> str:
        return self.request.headers.get("content-type", "")

    async def read(self) -> bytes:
        """Give the whole body; raises TooLarge beyond the limit, Invalid for an empty one."""
        allow_body(self.request, self.limit)
        content = await self.request.body()
        if not content:
            raise Invalid("body", "is empty: send the document's bytes")
        return content


async def _delivered(request: Request, decided: Decided) -> _Delivery:
    return _Delivery(request, decided.upload_max_bytes)


Delivered = Annotated[_Delivery, Depends(_delivered)]


@router.put(
    "/{ref:path}",
    summary="Push a document",
    response_model=DocumentView,
    responses=_QUEUED,
    openapi_extra=_BODY,
)
async def push(
    source_id: str,
    ref: RefPath,
    asked: Annotated[UploadQuery, Query()],
    delivery: Delivered,
    caller: Writer,
    served: Served,
) -> Response:
    """Store a document durably and queue its ingest; the same one again costs a comparison.

    With `wait=true` the answer comes when it is searchable: 200 with the document, 422 when
    it gives no text, or 202 with the run after `timeout_s`.
    """
    record = await upload_source(served, caller, source_id)
    content = await delivery.read()
    upload = described(ref, asked, delivery.media_type, content)
    await stored(served, caller, record, upload, content)
    seconds = asked.timeout_s if asked.wait else 0.0
    arrival = await await_upload(served, record, upload, seconds)
    return _arrived(arrival, caller)


@router.get("/{ref:path}", summary="Read a pushed document", responses=_BYTES)
async def pull(source_id: str, ref: RefPath, caller: Reader, served: Served) -> Response:
    """Give the bytes as they were pushed."""
    record = await source_of(served, caller, source_id)
    held = await served.ledger.uploads.read_upload(caller.tenant, record.source.id, ref)
    if held is None or not caller.sees(held[0].access):
        raise NotFound
    upload, content = held
    return Response(
        content,
        media_type=upload.media_type,
        headers={
            # What customers wrote must never run as a page of ours.
            "Content-Disposition": "attachment",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store",
            "ETag": f'"{upload.version}"',
        },
    )


@router.delete(
    "/{ref:path}",
    status_code=202,
    summary="Remove a pushed document",
    response_model=RunView,
    responses={204: {"description": "With `wait=true`: it is no longer found."}},
)
async def remove(
    source_id: str,
    ref: RefPath,
    asked: Annotated[WaitQuery, Query()],
    caller: Writer,
    served: Served,
) -> Response:
    """Forget a document and queue its removal from the index."""
    record = await upload_source(served, caller, source_id)
    held = await served.ledger.uploads.read_upload(caller.tenant, record.source.id, ref)
    if held is None or not caller.sees(held[0].access):
        raise NotFound
    await served.ledger.uploads.remove_upload(caller.tenant, record.source.id, ref)
    seconds = asked.timeout_s if asked.wait else 0.0
    run = await await_removal(served, record, ref, seconds)
    return Response(status_code=204) if run is None else _queued(run, caller)


async def stored(
    served: Services, caller: Caller, record: SourceRecord, upload: Upload, content: bytes
) -> None:
    """Keep what was pushed, unless it is there already; raises NotFound where it is hidden."""
    tenant, source = caller.tenant, record.source.id
    held = await served.ledger.uploads.read_upload(tenant, source, upload.ref)
    if held is not None and not caller.sees(held[0].access):
        raise NotFound
    if held is None or held[0].version != upload.version:
        await served.ledger.uploads.put_upload(tenant, source, upload, content)


async def upload_source(served: Services, caller: Caller, source_id: str) -> SourceRecord:
    """Give a source that takes documents; raises NotFound, Conflict."""
    record = await working_source(served, caller, source_id)
    if record.source.kind != KIND:
        raise Conflict(
            f"The source is of the kind '{record.source.kind}', which reads its documents "
            f"itself; only sources of the kind '{KIND}' take pushed ones."
        )
    return record


def described(ref: str, asked: UploadQuery, content_type: str, content: bytes) -> Upload:
    """Describe what was pushed; anything that differs makes another version."""
    media_type = content_type.strip().lower()
    if media_type in {"", UNKNOWN, "application/x-www-form-urlencoded"}:
        media_type = media_type_of(ref)
    said = {
        "content": hashlib.sha256(content).hexdigest(),
        "media_type": media_type,
        "title": asked.title,
        "url": asked.url,
        "changed_at": asked.changed_at.isoformat() if asked.changed_at else "",
        "access": sorted(asked.access),
        "tags": sorted(asked.tags),
    }
    version = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return Upload(
        ref=ref,
        version=version,
        media_type=media_type,
        title=asked.title,
        url=asked.url,
        changed_at=asked.changed_at,
        access=asked.access,
        tags=asked.tags,
    )


def _arrived(arrival: Arrival, caller: Caller) -> Response:
    document, run = arrival.document, arrival.run
    if document is None:
        if run is None:
            raise Conflict("The source was removed meanwhile.")
        return _queued(run, caller)
    if document.state is not DocumentState.LIVE:
        raise DocumentUnsearchable(document.reason or document.state.value)
    return reply(DocumentView.of(document))


def _queued(run: SyncRun, caller: Caller) -> Response:
    return reply(RunView.of(run, caller), 202, {"Location": f"/v1/runs/{run.id}"})
