"""Find what a caller names, or say that it is not there: the same words for not theirs."""

from api.deps import Services
from api.errors import Conflict, Forbidden, NotFound
from api.security import Caller
from connectors.model import SourceId
from ingest.freshness.reporting import Actor
from ingest.model import DocumentId, RunId
from ingest.reading import DocumentRecord
from ingest.records import SourceRecord, SyncRun


async def source_of(served: Services, caller: Caller, source_id: str) -> SourceRecord:
    """Give a source that the caller may see; raises NotFound for any other."""
    record = await served.ledger.sources.source(caller.tenant, SourceId(source_id))
    if record is None or not caller.sees(record.source.access):
        raise NotFound
    return record


async def working_source(served: Services, caller: Caller, source_id: str) -> SourceRecord:
    """Give a source that is not being removed; raises NotFound or Conflict."""
    record = await source_of(served, caller, source_id)
    if record.removing:
        raise Conflict("The source is being removed.")
    return record


async def run_of(served: Services, caller: Caller, run_id: str) -> SyncRun:
    """Give a run of a source that the caller may see; raises NotFound for any other."""
    run = await served.ledger.runs.run(caller.tenant, RunId(run_id))
    if run is None:
        raise NotFound
    if caller.groups is not None:
        await source_of(served, caller, run.source)
    return run


async def require_sight(served: Services, caller: Caller, run: SyncRun) -> None:
    """Refuse who cannot see every document whose deletion the run waits with."""
    if caller.groups is None:
        return
    heads = await served.ledger.documents.heads(run.tenant, run.source, run.awaiting)
    if not all(caller.sees(head.facts.access) for head in heads.values()):
        raise Forbidden("The run would delete documents that the key's groups may not see.")


async def document_of(served: Services, caller: Caller, document_id: str) -> DocumentRecord:
    """Give a document that the caller may see; raises NotFound for any other."""
    record = await served.ledger.reading.document(caller.tenant, DocumentId(document_id))
    if record is None or not caller.sees(record.facts.access):
        raise NotFound
    return record


def actor_of(caller: Caller) -> Actor:
    """Give the caller as a review knows it: who may report and not write is an agent."""
    return Actor(caller.tenant, caller.key_id, caller.groups, agent=not caller.may("write"))
