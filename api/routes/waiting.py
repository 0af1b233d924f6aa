"""Wait until what was pushed or removed has reached the index, but not for ever."""

import asyncio
import time
from dataclasses import dataclass

from api.deps import Services
from api.schemas.runs import ENDED
from connectors.model import Upload
from ingest.reading import DocumentRecord
from ingest.records import DocumentState, RunState, SourceRecord, SyncRun

POLL_SECONDS = 0.05
_SETTLED = ENDED | {RunState.NEEDS_CONFIRMATION}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a push: the document once it was looked at, else the run to follow."""

    document: DocumentRecord | None
    run: SyncRun | None


async def await_upload(
    served: Services, record: SourceRecord, upload: Upload, seconds: float
) -> Arrival:
    """Queue the ingest of an upload, unless it is live already, and wait up to so many seconds."""
    found = await _held(served, record, upload.ref)
    if found is not None and _is_live(found, upload):
        return Arrival(found, None)
    run = await served.schedule.request_run(record.source.tenant, record.source.id)
    until = time.monotonic() + seconds
    while True:
        now = await served.ledger.runs.run(run.tenant, run.id)
        found = await _held(served, record, upload.ref)
        if found is not None and _is_live(found, upload):
            return Arrival(found, None)
        # A failure of an earlier run says nothing of this one before it has ended.
        if now is None or now.state in _SETTLED:
            return Arrival(found if now and _was_tried(found, upload, now) else None, now)
        if time.monotonic() >= until:
            return Arrival(None, now)
        await asyncio.sleep(POLL_SECONDS)


async def await_removal(
    served: Services, record: SourceRecord, ref: str, seconds: float
) -> SyncRun | None:
    """Queue the removal of what is no longer there and wait; None once it is not found."""
    run = await served.schedule.request_run(record.source.tenant, record.source.id)
    until = time.monotonic() + seconds
    while seconds:
        now = await served.ledger.runs.run(run.tenant, run.id)
        held = await _held(served, record, ref)
        if held is None or held.state is DocumentState.DELETED:
            return None
        run = now or run
        if now is None or now.state in _SETTLED or time.monotonic() >= until:
            break
        await asyncio.sleep(POLL_SECONDS)
    return run


async def _held(served: Services, record: SourceRecord, ref: str) -> DocumentRecord | None:
    source = record.source
    return await served.ledger.reading.document_by_ref(source.tenant, source.id, ref)


def _is_live(found: DocumentRecord, upload: Upload) -> bool:
    return found.state is DocumentState.LIVE and found.facts.version == upload.version


def _was_tried(found: DocumentRecord | None, upload: Upload, run: SyncRun) -> bool:
    """Say whether the ended run looked at this upload; of a failure no version is kept."""
    if found is None or run.state is RunState.FAILED:
        return False
    return found.state is DocumentState.FAILED or found.facts.version == upload.version
