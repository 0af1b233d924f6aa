"""An index and an embedder that count what is asked of them."""

from collections.abc import Sequence

from connectors.model import TenantId
from ingest.model import DocumentId, Point, PointId, PointPayload, Recipe, Vector, Vectors
from ingest.ports import Embedder, TokenCounter
from tests.fakes import MemoryIndex


class CountingIndex(MemoryIndex):
    """Holds points in memory, and counts those that are written, relabelled or deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.written: set[DocumentId] = set()
        """The documents whose points were written."""

    def held(self, tenant: TenantId) -> Sequence[Point]:
        """Give every point of a tenant."""
        return list(self._tenants[tenant].values())

    async def upsert(self, tenant: TenantId, points: Sequence[Point]) -> None:
        self.writes += len(points)
        self.written |= {point.payload.document for point in points}
        await super().upsert(tenant, points)

    async def relabel(
        self, tenant: TenantId, ids: Sequence[PointId], payload: PointPayload
    ) -> None:
        self.writes += len(ids)
        await super().relabel(tenant, ids, payload)

    async def delete(self, tenant: TenantId, ids: Sequence[PointId]) -> None:
        self.writes += len(ids)
        await super().delete(tenant, ids)


class CountingEmbedder:
    """Has another embedder work, and counts the texts."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.texts = 0

    @property
    def recipe(self) -> Recipe:
        """What the vectors mean."""
        return self._embedder.recipe

    @property
    def tokens(self) -> TokenCounter:
        """The counter of the model's own tokenizer."""
        return self._embedder.tokens

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts in any number."""
        self.texts += len(texts)
        return await self._embedder.embed_passages(texts)

    async def embed_query(self, text: str) -> Vector:
        """Embed one question."""
        return await self._embedder.embed_query(text)
