"""The client of the index process: the VectorIndex of the embedded mode."""

from array import array
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from uuid import UUID

import numpy as np

from connectors.failpoint import failpoint
from connectors.model import SourceId, TenantId
from ingest.adapters import edge_protocol as wire
from ingest.adapters.edge_connection import EdgeConnections
from ingest.adapters.index_checks import refuse_unfit
from ingest.errors import IndexUnavailable
from ingest.model import (
    DocumentId,
    Point,
    PointId,
    PointPayload,
    Probe,
    Scope,
    Scored,
    TwoLists,
)

# 256 points take 20 to 40 ms: the longest that a search waits behind an upsert.
_POINTS_A_FRAME = 256
_IDS_A_FRAME = 1000
_MOST_HITS = 1 << 20

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer", bound=wire.Reply)


class EdgeIndex:
    """Reaches Qdrant Edge in its own process, and waits where that one is restarting.

    Every request can be sent twice without harm, so one that a restart cut off is sent
    again until it is answered or its time is up: then IndexUnavailable. Times in seconds.
    """

    def __init__(
        self, socket: Path, *, write_deadline: float = 10.0, search_deadline: float = 3.0
    ) -> None:
        self._connections = EdgeConnections(socket)
        self._write_deadline = write_deadline
        self._search_deadline = search_deadline

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        await self._connections.close()

    async def upsert(self, tenant: TenantId, points: Sequence[Point]) -> None:
        refuse_unfit(points)
        for batch in _batches(points, _POINTS_A_FRAME):
            failpoint("index.upsert")
            await self._ask(_upsert(tenant, batch), wire.Done, self._write_deadline)
            failpoint("index.upserted")

    async def search(self, tenant: TenantId, probe: Probe, scope: Scope, limit: int) -> TwoLists:
        request = wire.Search(
            tenant=tenant,
            dense=_float32(probe.dense),
            terms=array("I", probe.sparse.indices).tobytes(),
            weights=array("f", probe.sparse.values).tobytes(),
            limits=_limits(scope),
            limit=max(0, min(limit, _MOST_HITS)),
        )
        found = await self._ask(request, wire.Found, self._search_deadline)
        return TwoLists(dense=_scored(found.dense), sparse=_scored(found.sparse))

    async def present(self, tenant: TenantId, ids: Sequence[PointId]) -> frozenset[PointId]:
        found: set[PointId] = set()
        for batch in _batches(ids, _IDS_A_FRAME):
            request = wire.Present(tenant, _packed(batch))
            found |= set(_ids((await self._ask(request, wire.Ids, self._search_deadline)).ids))
        return frozenset(found)

    async def relabel(
        self, tenant: TenantId, ids: Sequence[PointId], payload: PointPayload
    ) -> None:
        for batch in _batches(ids, _IDS_A_FRAME):
            request = wire.Relabel(tenant, _packed(batch), _labels(payload))
            await self._ask(request, wire.Done, self._write_deadline)

    async def delete(self, tenant: TenantId, ids: Sequence[PointId]) -> None:
        for batch in _batches(ids, _IDS_A_FRAME):
            request = wire.Delete(tenant, _packed(batch))
            failpoint("index.delete")
            await self._ask(request, wire.Done, self._write_deadline)
            failpoint("index.deleted")

    async def forget(self, tenant: TenantId) -> None:
        await self._ask(wire.Forget(tenant), wire.Done, self._write_deadline)

    async def points(
        self, tenant: TenantId, source: SourceId | None
    ) -> AsyncIterator[Mapping[PointId, PointPayload]]:
        start: bytes | None = None
        while True:
            request = wire.Walk(tenant, source, start, _IDS_A_FRAME)
            page = await self._ask(request, wire.Page, self._write_deadline)
            if page.ids:
                yield dict(zip(_ids(page.ids), map(_payload, page.labels), strict=True))
            if page.following is None:
                return
            start = page.following

    async def flush(self) -> None:
        failpoint("index.flush")
        await self._ask(wire.Flush(), wire.Done, self._write_deadline)

    async def is_audited(self) -> bool:
        return (await self.health()).audited

    async def set_audited(self) -> None:
        await self._ask(wire.SetAudited(), wire.Done, self._write_deadline)

    async def count(self, tenant: TenantId | None) -> int:
        """Count the points of one tenant, or of all."""
        return (await self._ask(wire.Count(tenant), wire.Counted, self._search_deadline)).count

    async def health(self) -> wire.Health:
        """Tell how the index process is; raises IndexUnavailable while there is none."""
        return await self._ask(wire.AskHealth(), wire.Health, self._search_deadline)

    async def _ask(self, request: wire.Request, answer: type[_Answer], seconds: float) -> _Answer:
        reply = await self._connections.exchange(request, seconds)
        if not isinstance(reply, answer):
            raise IndexUnavailable(f"the index process answered {type(reply).__name__}: restart it")
        return reply


def _upsert(tenant: TenantId, points: Sequence[Point]) -> wire.Upsert:
    sparse = [point.sparse for point in points]
    return wire.Upsert(
        tenant=tenant,
        ids=_packed([point.id for point in points]),
        dense=_float32(np.concatenate([point.dense for point in points])),
        term_counts=array("I", [len(vector.indices) for vector in sparse]).tobytes(),
        terms=array("I", chain.from_iterable(vector.indices for vector in sparse)).tobytes(),
        weights=array("f", chain.from_iterable(vector.values for vector in sparse)).tobytes(),
        labels=[_labels(point.payload) for point in points],
    )


def _batches(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _float32(vector: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> bytes:
    return vector.astype("<f4", copy=False).tobytes()


def _packed(ids: Sequence[PointId]) -> bytes:
    return b"".join(point_id.bytes for point_id in ids)


def _ids(packed: bytes) -> list[PointId]:
    starts = range(0, len(packed), wire.ID_BYTES)
    return [UUID(bytes=packed[start : start + wire.ID_BYTES]) for start in starts]


def _scored(ranked: wire.Ranked) -> tuple[Scored, ...]:
    scores = array("d", ranked.scores)
    hits = zip(_ids(ranked.ids), scores, ranked.tenants, strict=True)
    return tuple(Scored(point_id, score, TenantId(tenant)) for point_id, score, tenant in hits)


def _limits(scope: Scope) -> wire.Limits:
    return wire.Limits(
        groups=_sorted(scope.groups),
        sources=_sorted(scope.sources),
        documents=_sorted(scope.documents),
        tags=_sorted(scope.tags),
        language=scope.language,
    )


def _sorted(
    values: frozenset[str] | frozenset[SourceId] | frozenset[DocumentId] | None,
) -> list[str] | None:
    return None if values is None else sorted(values)


def _labels(payload: PointPayload) -> wire.Labels:
    return wire.Labels(
        source=payload.source,
        document=payload.document,
        access=sorted(payload.access),
        tags=sorted(payload.tags),
        language=payload.language,
    )


def _payload(labels: wire.Labels) -> PointPayload:
    return PointPayload(
        source=SourceId(labels.source),
        document=DocumentId(labels.document),
        access=frozenset(labels.access),
        tags=frozenset(labels.tags),
        language=labels.language,
    )
