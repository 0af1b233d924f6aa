"""Hold the index against the ledger, which is right, and mend the index."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.failpoint import failpoint
from connectors.model import SourceId, TenantId
from ingest.ledger import PointLedger
from ingest.model import Point, PointId, PointPayload, embedded
from ingest.ports import Embedder, SparseEncoder
from ingest.tenant_store import TenantStore

_BATCH = 256
_ALL = 10_000_000
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the index was from the ledger for one source."""

    tenant: TenantId
    source: SourceId
    expected: int
    missing: int
    """Points that must be there and were not."""
    phantom: int
    """Points that were there and nothing places."""
    mislabelled: int
    """Points with another document, access, tags or language than the ledger says."""
    repaired: bool

    @property
    def clean(self) -> bool:
        """Whether there was nothing to mend."""
        return self.missing == self.phantom == self.mislabelled == 0


class Reconciler:
    """Compare and mend one source at a time; its lease must be held meanwhile."""

    def __init__(self, points: PointLedger, embedder: Embedder, sparse: SparseEncoder) -> None:
        self._points = points
        self._embedder = embedder
        self._sparse = sparse

    async def reconcile(
        self, tenant: TenantId, source: SourceId, store: TenantStore, *, repair: bool
    ) -> Drift:
        """Say what differs, and with `repair` make it equal; embeds nothing it has vectors of."""
        expected: dict[PointId, PointPayload] = {}
        async for batch in self._points.live_points(tenant, source):
            expected.update(batch)
        lingering = set(await self._points.lingering(tenant, source, _END_OF_TIME, _ALL))
        unseen = set(expected)
        phantom: list[PointId] = []
        wrong: dict[PointId, PointPayload] = {}
        async for batch in store.points(source):
            unseen -= batch.keys()
            phantom += batch.keys() - expected.keys() - lingering
            for point in batch.keys() & expected.keys():
                if batch[point] != expected[point]:
                    wrong[point] = expected[point]
        missing = list(unseen)
        failpoint("reconcile.compared")
        if repair:
            await self._restore(tenant, missing, expected, store)
            await _relabel(wrong, store)
            for at in range(0, len(phantom), _BATCH):
                await store.delete(phantom[at : at + _BATCH])
                failpoint("reconcile.deleted")
        return Drift(tenant, source, len(expected), len(missing), len(phantom), len(wrong), repair)

    async def _restore(
        self,
        tenant: TenantId,
        missing: Sequence[PointId],
        expected: Mapping[PointId, PointPayload],
        store: TenantStore,
    ) -> None:
        for at in range(0, len(missing), _BATCH):
            held = await self._points.passages(tenant, missing[at : at + _BATCH])
            vectors = {its.id: its.vector for its in held.values() if its.vector is not None}
            bare = [its for its in held.values() if its.vector is None]
            made = await self._embedder.embed_passages(
                [embedded(its.context, its.text) for its in bare]
            )
            vectors.update(zip([its.id for its in bare], made, strict=True))
            await store.put(
                [
                    Point(
                        its.id,
                        vectors[its.id],
                        self._sparse.encode_passage(its.context, its.text, its.language),
                        expected[its.id],
                    )
                    for its in held.values()
                ]
            )
            failpoint("reconcile.restored")


async def _relabel(wrong: Mapping[PointId, PointPayload], store: TenantStore) -> None:
    by_payload: defaultdict[PointPayload, list[PointId]] = defaultdict(list)
    for point, payload in wrong.items():
        by_payload[payload].append(point)
    for payload, points in by_payload.items():
        await store.relabel(points, payload)
        failpoint("reconcile.relabelled")
