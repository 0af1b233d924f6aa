"""Find passages of other pages that are near in meaning: exactly, over the ledger's vectors.

An index gives the nearest points of one question in milliseconds; here thousands ask at once,
and one product of matrices answers them all in less time than the index takes for a hundred.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from connectors.model import TenantId
from ingest.freshness.pages import Neighbour, VectorBlock
from ingest.freshness.ports import VectorLedger
from ingest.model import PointId, Vector, Vectors
from ingest.reading import DocumentFilter, ReadLedger

_ASKED_AT_ONCE = 1024
"""Rows of one product: with a block of some thousands it takes about 30 MB."""
_HELD_BYTES = 128 * 2**20
"""Vectors held between calls: of 87,000 passages at 384 dimensions. More are read every time."""
_DIGITS = 5
"""Equal vectors must be equally near, wherever they stand in a matrix."""


class LedgerNeighbours:
    """Compares with every vector that the ledger keeps; without kept vectors nothing is near."""

    def __init__(
        self, vectors: VectorLedger, reading: ReadLedger, held_bytes: int = _HELD_BYTES
    ) -> None:
        self._vectors = vectors
        self._reading = reading
        self._held_bytes = held_bytes
        self._held: dict[TenantId, _Held] = {}

    async def near(
        self, tenant: TenantId, points: Mapping[PointId, Vector], least: float, most: int
    ) -> Mapping[PointId, Sequence[Neighbour]]:
        """Give of each passage up to `most` live ones of other pages with at least this cosine."""
        if not points:
            return {}
        # While a model takes the place of another one there are vectors of two lengths.
        dimension = Counter(map(len, points.values())).most_common(1)[0][0]
        asked = [id_ for id_, vector in points.items() if len(vector) == dimension]
        nearest = _Nearest(asked, np.stack([points[id_] for id_ in asked]), least, most)
        sequence = (await self._reading.snapshot(tenant)).sequence
        async for block in self._blocks(tenant, _Key(sequence, dimension)):
            await asyncio.to_thread(nearest.take_in, block)
        found = nearest.found()
        ids = list({id_ for pairs in found.values() for id_, _ in pairs})
        alive = await self._reading.alive(tenant, sequence, ids, DocumentFilter())
        return {
            id_: [Neighbour(alive[other], cosine) for other, cosine in pairs if other in alive]
            for id_, pairs in found.items()
        }

    def let_go(self, tenant: TenantId) -> None:
        """Free the tenant's vectors, if they were held for the next call."""
        self._held.pop(tenant, None)

    async def _blocks(self, tenant: TenantId, key: "_Key") -> AsyncIterator[VectorBlock]:
        held = self._held.get(tenant)
        if held is not None and held.key == key:
            for block in held.blocks:
                yield block
            return
        self.let_go(tenant)
        blocks: list[VectorBlock] = []
        size = 0
        async for block in self._vectors.blocks(tenant, key.dimension):
            size += block.vectors.nbytes
            blocks = [*blocks, block] if size <= self._held_bytes else []
            yield block
        if size <= self._held_bytes:
            self._held[tenant] = _Held(key, blocks)


@dataclass(frozen=True, slots=True)
class _Key:
    """What decides which vectors there are."""

    sequence: int
    dimension: int


@dataclass(frozen=True, slots=True)
class _Held:
    key: _Key
    blocks: Sequence[VectorBlock]


@dataclass(slots=True)
class _Nearest:
    """The best of what has passed by, for each of the points that were asked for."""

    asked: Sequence[PointId]
    vectors: Vectors
    least: float
    most: int
    _seen: set[PointId] = field(default_factory=set)
    _best: dict[PointId, list[tuple[PointId, float]]] = field(default_factory=dict)

    def take_in(self, block: VectorBlock) -> None:
        """Compare all that were asked for with the block."""
        at = {point: row for row, point in enumerate(block.points)}
        documents = np.unique(np.array(block.documents), return_inverse=True)[1]
        for start in range(0, len(self.asked), _ASKED_AT_ONCE):
            some = self.asked[start : start + _ASKED_AT_ONCE]
            cosines = self.vectors[start : start + _ASKED_AT_ONCE] @ block.vectors.T
            for row, point in enumerate(some):
                if point in at:
                    # A document stands in one block, so only here can its own passages be.
                    self._seen.add(point)
                    cosines[row, documents == documents[at[point]]] = -1
            self._keep(some, cosines, block.points)

    def found(self) -> dict[PointId, list[tuple[PointId, float]]]:
        """Give what is nearest to those that are live, best first, ties by document."""
        return {point: pairs for point, pairs in self._best.items() if point in self._seen}

    def _keep(
        self, asked: Sequence[PointId], cosines: NDArray[np.float32], points: Sequence[PointId]
    ) -> None:
        rows, columns = np.nonzero(cosines >= self.least)
        values = np.round(cosines[rows, columns].astype(float), _DIGITS)
        order = np.lexsort((-values, rows))
        rows, columns, values = rows[order], columns[order], values[order]
        for row in np.unique(rows):
            first, last = np.searchsorted(rows, [row, row + 1])
            last = min(last, first + self.most)
            near = [
                (points[at], value)
                for at, value in zip(columns[first:last], values[first:last].tolist(), strict=True)
            ]
            best = self._best.get(asked[row], []) + near
            # What came earlier stays before what is equally near.
            self._best[asked[row]] = sorted(best, key=lambda pair: -pair[1])[: self.most]
