"""The work beside runs: sweep, repair, remove, erase, forget."""

from dataclasses import replace
from datetime import timedelta

import structlog

from connectors.failpoint import failpoint
from connectors.model import SourceId, TenantId
from ingest.errors import TryLater
from ingest.holding import holding
from ingest.ledger import (
    LeaseLedger,
    PointLedger,
    RunLedger,
    SourceLedger,
    TenantLedger,
)
from ingest.model import PointId
from ingest.ports import Clock, VectorIndex
from ingest.reconcile import Drift, Reconciler
from ingest.records import WorkItem
from ingest.schedule import GRACE
from ingest.tenant_store import TenantStore

KEPT_REVISIONS = timedelta(days=90)
"""How long an old version can still be read and compared."""

KEPT_RUNS = timedelta(days=90)
"""How long runs are told of, and how many of a source are for ever."""
KEPT_RUNS_OF_EACH = 20

KEPT_DELETED = timedelta(days=90)
"""How long a deleted document can still be looked up."""

_SLICE = 500


class Upkeep:
    """Handle items of the kinds sweep, reconcile, remove, erase; each safe to do twice."""

    def __init__(
        self,
        sources: SourceLedger,
        tenants: TenantLedger,
        runs: RunLedger,
        points: PointLedger,
        leases: LeaseLedger,
        index: VectorIndex,
        reconciler: Reconciler,
        *,
        owner: str,
        clock: Clock,
    ) -> None:
        self._sources = sources
        self._tenants = tenants
        self._runs = runs
        self._points = points
        self._leases = leases
        self._index = index
        self._reconciler = reconciler
        self._owner = owner
        self._clock = clock
        self._log = structlog.get_logger("punnet.upkeep")

    async def sweep(self, item: WorkItem) -> None:
        """Take points from the index that were retired longer ago than any query takes.

        Under the source's lease, so that no run places them again meanwhile. Raises TryLater
        when some were retired since: one sweep waits for a source, however many runs it has.
        """
        source = SourceId(item.subject)
        store = TenantStore(self._index, item.tenant)
        async with holding(self._leases, source, f"{self._owner}:sweep"):
            while points := await self._retired(item.tenant, source):
                await store.delete(points)
                failpoint("sweep.deleted")
                await self._points.forget_points(item.tenant, points)
                failpoint("sweep.forgotten")
        if await self._points.lingering(item.tenant, source, self._clock(), 1):
            raise TryLater("some points were retired a moment ago", GRACE)

    async def _retired(self, tenant: TenantId, source: SourceId) -> list[PointId]:
        before = self._clock() - GRACE
        return list(await self._points.lingering(tenant, source, before, _SLICE))

    async def reconcile(self, item: WorkItem) -> None:
        """Mend what the index has wrong about one source."""
        source = SourceId(item.subject)
        drift = await self.compare(item.tenant, source, repair=True, patience=0.0)
        if not drift.clean:
            self._log.warning(
                "index_repaired",
                source=source,
                missing=drift.missing,
                phantom=drift.phantom,
                mislabelled=drift.mislabelled,
            )

    async def compare(
        self, tenant: TenantId, source: SourceId, *, repair: bool, patience: float = 60.0
    ) -> Drift:
        """Hold the index against the ledger for one source, while no run changes it.

        Waits `patience` seconds for a run to end; raises SourceBusy then.
        """
        store = TenantStore(self._index, tenant)
        me = f"{self._owner}:compare"
        async with holding(self._leases, source, me, patience=patience):
            return await self._reconciler.reconcile(tenant, source, store, repair=repair)

    async def remove(self, item: WorkItem) -> None:
        """Remove a source whose removal was asked for, first from the index."""
        source = SourceId(item.subject)
        store = TenantStore(self._index, item.tenant)
        async with holding(self._leases, source, f"{self._owner}:remove"):
            async for batch in store.points(source):
                await store.delete(list(batch))
                failpoint("remove.deleted")
            await self._sources.remove_source(item.tenant, source)

    async def erase(self, item: WorkItem) -> None:
        """Erase a tenant from the index and the ledger."""
        store = TenantStore(self._index, item.tenant)
        for record in await self._sources.list_sources(item.tenant):
            # A run that works on it ends at its next commit.
            await self._sources.save_source(replace(record, removing=True))
            async with holding(self._leases, record.source.id, f"{self._owner}:erase"):
                await self._sources.remove_source(item.tenant, record.source.id)
        failpoint("erase.sources")
        await store.forget()
        failpoint("erase.forgotten")
        await self._tenants.erase_tenant(item.tenant)
        failpoint("erase.erased")
        await store.forget()  # what a run of a source added meanwhile has left

    async def forget(self) -> None:
        """Drop what was kept for its time: old versions, deleted documents, old runs."""
        now = self._clock()
        while await self._points.drop_old_revisions(now - KEPT_REVISIONS, _SLICE) == _SLICE:
            continue
        while await self._points.drop_deleted_documents(now - KEPT_DELETED, _SLICE) == _SLICE:
            continue
        forget_runs = self._runs.forget_runs
        while await forget_runs(now - KEPT_RUNS, KEPT_RUNS_OF_EACH, _SLICE) == _SLICE:
            continue
