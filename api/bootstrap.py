"""The only place that builds: settings in, services out.

HTTP, worker, command line and tests all enter by it, and only it knows the adapters.
"""

from dataclasses import dataclass

from connectors.port import UploadStore
from ingest.ledger import (
    DocumentLedger,
    LeaseLedger,
    PointLedger,
    QueryLedger,
    ReadLedger,
    RunLedger,
    SourceLedger,
    TenantLedger,
    WorkLedger,
)
from ingest.ports import Clock, NewId, VectorIndex, WorkQueue


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ports of one ledger side by side."""

    tenants: TenantLedger
    sources: SourceLedger
    runs: RunLedger
    documents: DocumentLedger
    points: PointLedger
    reading: ReadLedger
    leases: LeaseLedger
    work: WorkLedger
    queries: QueryLedger
    uploads: UploadStore


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with."""

    ledger: Ledger
    index: VectorIndex
    queue: WorkQueue
    clock: Clock
    new_id: NewId
