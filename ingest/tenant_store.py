"""One tenant's part of the index, and the only way to it."""

from collections.abc import AsyncIterator, Mapping, Sequence

from connectors.model import SourceId, TenantId
from ingest.errors import IndexUnavailable, TenantBreach
from ingest.model import Point, PointId, PointPayload, Probe, Scope, TwoLists
from ingest.ports import VectorIndex


class TenantStore:
    """Does what an index does, for one tenant: it cannot be asked for another one's points."""

    def __init__(self, index: VectorIndex, tenant: TenantId) -> None:
        self._index = index
        self._tenant = tenant

    async def put(self, points: Sequence[Point]) -> None:
        """Store the points and count that they are there; the same id twice is one point.

        Raises IndexRefused as the index does, and IndexUnavailable when it acknowledged
        points that it then does not have: nothing may be committed that relies on them.
        """
        await self._index.upsert(self._tenant, points)
        wanted = {point.id for point in points}
        missing = wanted - await self._index.present(self._tenant, list(wanted))
        if missing:
            raise IndexUnavailable(
                f"the index acknowledged {len(wanted)} points but {len(missing)} of them are "
                f"missing, {min(missing)} for one: try again, and look at its disk and its log"
            )

    async def search(self, probe: Probe, scope: Scope, limit: int) -> TwoLists:
        """Give the best `limit` points of each list; raises TenantBreach and gives nothing."""
        found = await self._index.search(self._tenant, probe, scope, limit)
        strangers = [hit for hit in (*found.dense, *found.sparse) if hit.tenant != self._tenant]
        if strangers:
            raise TenantBreach(
                f"the index answered {self._tenant} with {len(strangers)} points that are not "
                f"its own, {strangers[0].id} for one: keep it from being searched until "
                "`punnet doctor` has compared it with the ledger"
            )
        return found

    async def present(self, ids: Sequence[PointId]) -> frozenset[PointId]:
        """Say which of these points the tenant has."""
        return await self._index.present(self._tenant, ids)

    async def relabel(self, ids: Sequence[PointId], payload: PointPayload) -> None:
        """Replace the payload of these points; ids that are not there are passed over."""
        await self._index.relabel(self._tenant, ids, payload)

    async def delete(self, ids: Sequence[PointId]) -> None:
        """Forget these points; ids that are not there are passed over."""
        await self._index.delete(self._tenant, ids)

    async def forget(self) -> None:
        """Forget every point of the tenant."""
        await self._index.forget(self._tenant)

    def points(self, source: SourceId | None) -> AsyncIterator[Mapping[PointId, PointPayload]]:
        """Walk all points of the tenant, or of one source of it, in batches."""
        return self._index.points(self._tenant, source)
