"""A ledger on a real file, with a tenant and a source, for the tests of its contract."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.model import Cursor, SourceId, TenantId
from ingest.adapters.ledger import SqlLedger, open_ledger
from ingest.model import DocumentId, RunId
from ingest.reading import DocumentFilter, LivePassage
from ingest.records import Change, Commit, Lease, RunCounts, SourceRecord, SyncRun
from tests.builders import ACME, SHOP, Ticking, source_record, sync_run, tenant

EVERYTHING = DocumentFilter()


def url_of(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}?timeout=0.2"


@dataclass(frozen=True, slots=True)
class Desk:
    """One tenant's source in a ledger, with the lease that its commits need."""

    ledger: SqlLedger
    clock: Ticking
    lease: Lease
    tenant: TenantId = ACME
    source: SourceId = SHOP

    async def commit(
        self,
        *changes: Change,
        run: str = "run-1",
        lease: Lease | None = None,
        cursor: Cursor | None = None,
        stores_cursor: bool = False,
    ) -> int:
        return await self.ledger.documents.commit(
            Commit(
                tenant=self.tenant,
                source=self.source,
                run=RunId(run),
                lease=lease or self.lease,
                at=self.clock(),
                changes=changes,
                counts=RunCounts(listed=len(changes)),
                cursor=cursor,
                stores_cursor=stores_cursor,
            )
        )

    async def run(self, run: str) -> SyncRun:
        found = await self.ledger.runs.run(self.tenant, RunId(run))
        assert found is not None
        return found

    async def record(self) -> SourceRecord:
        found = await self.ledger.sources.source(self.tenant, self.source)
        assert found is not None
        return found

    async def sequence(self) -> int:
        return (await self.ledger.reading.snapshot(self.tenant)).sequence

    async def lingering(self) -> int:
        return (await self.ledger.reading.snapshot(self.tenant)).lingering

    async def texts(self, sequence: int | None = None) -> Mapping[str, str]:
        """Give the text of every document by ref, as a reader of the sequence sees it."""
        at = await self.sequence() if sequence is None else sequence
        records = await self.ledger.reading.knowledge(self.tenant, at, EVERYTHING)
        ids = [record.facts.id for record in records]
        contents = await self.ledger.reading.contents(self.tenant, at, ids)
        return {record.facts.ref: contents[record.facts.id].text for record in records}

    async def passages(self, ref: str, sequence: int | None = None) -> Sequence[LivePassage]:
        """Give the document's passages in order, and check that `alive` agrees with them."""
        at = await self.sequence() if sequence is None else sequence
        reading = self.ledger.reading
        placed = await reading.placements(self.tenant, at, DocumentId(f"doc-{ref}"))
        alive = await reading.alive(self.tenant, at, [one.id for one in placed], EVERYTHING)
        first = {one.id: one for one in reversed(placed)}
        assert alive == first
        return placed


@asynccontextmanager
async def desk_at(file: Path, clock: Ticking | None = None) -> AsyncIterator[Desk]:
    """Open a migrated ledger and fill in who and where."""
    clock = clock or Ticking()
    async with open_ledger(url_of(file), clock=clock) as ledger:
        yield await furnished(ledger, clock)


async def furnished(
    ledger: SqlLedger, clock: Ticking, tenant_: TenantId = ACME, source: SourceId = SHOP
) -> Desk:
    """Add a tenant with a source and a run that holds its lease."""
    await ledger.tenants.create_tenant(tenant(tenant_))
    await ledger.sources.add_source(source_record(source, tenant_))
    await ledger.runs.add_run(sync_run(f"run-of-{source}", tenant_, source))
    lease = await ledger.leases.take(f"source:{source}", "worker", 3600)
    assert lease is not None
    return Desk(ledger, clock, lease, tenant_, source)
