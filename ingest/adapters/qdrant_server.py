"""The VectorIndex of the served mode: a Qdrant server or cluster, by qdrant-client."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import (
    ApiException,
    ResponseHandlingException,
    UnexpectedResponse,
)

from connectors.model import SourceId, TenantId
from ingest.adapters.index_checks import refuse_unfit
from ingest.adapters.qdrant_filters import (
    both_rankings,
    mine,
    payload_of,
    points_of,
    ranked,
    stored_payload,
    these,
)
from ingest.errors import IndexRefused, IndexUnaudited, IndexUnavailable
from ingest.model import Point, PointId, PointPayload, Probe, Recipe, Scope, TwoLists

_OLDEST = (1, 19)  # the first that counts IDF over a filter
_BATCH = 256
_WALK = 1000
_MOST_HITS = 1 << 20
_FIELDS = ("source", "document", "access", "tags", "language")
_CLIENT_ERRORS = range(400, 500)
_TRY_LATER = (408, 425, 429)
_AUDITED = "audited"  # in the metadata of the collection, which goes with it


@dataclass(frozen=True, slots=True)
class QdrantPlace:
    """Where a Qdrant server is, and how a new collection is spread over its machines."""

    url: str
    api_key: str | None = None
    shards: int | None = None
    replicas: int | None = None
    timeout_s: int = 10


class QdrantServerIndex:
    """Holds the points in the collection that is named by the recipe."""

    def __init__(self, client: AsyncQdrantClient, recipe: Recipe) -> None:
        self._client = client
        self._collection = f"punnet-{recipe.digest}"
        self._dimension = recipe.dimension
        self._audited = False

    @classmethod
    @asynccontextmanager
    async def connected(cls, place: QdrantPlace, recipe: Recipe) -> AsyncIterator[Self]:
        """Connect, check the server and make the collection where it is not there yet."""
        client = AsyncQdrantClient(
            url=place.url,
            api_key=place.api_key,
            timeout=place.timeout_s,
            check_compatibility=False,  # it only warns; `prepare` refuses
        )
        try:
            index = cls(client, recipe)
            await index.prepare(place.shards, place.replicas)
            yield index
        finally:
            await client.close()

    async def prepare(self, shards: int | None, replicas: int | None) -> None:
        """Refuse a server that is too old, and make the collection; safe to call twice."""
        with _as_ours():
            _refuse_old((await self._client.info()).version)
            if not await self._client.collection_exists(self._collection):
                await self._create(shards, replicas)
            await self._create_field("tenant", is_tenant=True)
            for field in _FIELDS:
                await self._create_field(field, is_tenant=False)

    async def upsert(self, tenant: TenantId, points: Sequence[Point]) -> None:
        refuse_unfit(points)
        if any(len(point.dense) != self._dimension for point in points):
            raise IndexRefused(f"the collection takes vectors of length {self._dimension}")
        for batch in _batches(points_of(tenant, points), _BATCH):
            with _as_ours():
                # The filter keeps a point that another tenant has under the same id.
                await self._client.upsert(
                    self._collection, batch, wait=True, update_filter=mine(tenant)
                )

    async def search(self, tenant: TenantId, probe: Probe, scope: Scope, limit: int) -> TwoLists:
        if len(probe.dense) != self._dimension:
            raise IndexRefused(f"the collection has vectors of length {self._dimension}")
        if limit <= 0:
            return TwoLists((), ())
        if not await self.is_audited():
            raise IndexUnaudited
        requests = both_rankings(tenant, probe, scope, min(limit, _MOST_HITS))
        with _as_ours():
            found = await self._client.query_batch_points(self._collection, requests)
        lists = [ranked(answer.points) for answer in found]
        return TwoLists(dense=lists[0], sparse=lists[1] if len(lists) > 1 else ())

    async def present(self, tenant: TenantId, ids: Sequence[PointId]) -> frozenset[PointId]:
        found: set[PointId] = set()
        for batch in _batches(ids, _WALK):
            with _as_ours():
                records, _ = await self._client.scroll(
                    self._collection, these(tenant, batch), limit=len(batch), with_payload=False
                )
            found |= {UUID(str(record.id)) for record in records}
        return frozenset(found)

    async def relabel(
        self, tenant: TenantId, ids: Sequence[PointId], payload: PointPayload
    ) -> None:
        stored = stored_payload(tenant, payload)
        for batch in _batches(ids, _WALK):
            with _as_ours():
                await self._client.overwrite_payload(
                    self._collection, stored, these(tenant, batch), wait=True
                )

    async def delete(self, tenant: TenantId, ids: Sequence[PointId]) -> None:
        for batch in _batches(ids, _WALK):
            await self._delete(these(tenant, batch))

    async def forget(self, tenant: TenantId) -> None:
        await self._delete(mine(tenant))

    async def points(
        self, tenant: TenantId, source: SourceId | None
    ) -> AsyncIterator[Mapping[PointId, PointPayload]]:
        offset: Any = None
        while True:
            with _as_ours():
                records, offset = await self._client.scroll(
                    self._collection, mine(tenant, source), limit=_WALK, offset=offset
                )
            if records:
                yield {UUID(str(each.id)): payload_of(each.payload or {}) for each in records}
            if offset is None:
                return

    async def flush(self) -> None:
        """Rely on the server: with `wait` its log has each write before it answers."""

    async def is_audited(self) -> bool:
        if not self._audited:  # a mark that was seen is not taken back
            with _as_ours():
                info = await self._client.get_collection(self._collection)
            self._audited = bool((info.config.metadata or {}).get(_AUDITED))
        return self._audited

    async def set_audited(self) -> None:
        with _as_ours():
            await self._client.update_collection(self._collection, metadata={_AUDITED: True})
        self._audited = True

    async def _delete(self, where: models.Filter) -> None:
        with _as_ours():
            await self._client.delete(
                self._collection, models.FilterSelector(filter=where), wait=True
            )

    async def _create(self, shards: int | None, replicas: int | None) -> None:
        try:
            await self._client.create_collection(
                self._collection,
                vectors_config={
                    "dense": models.VectorParams(
                        size=self._dimension, distance=models.Distance.COSINE
                    )
                },
                sparse_vectors_config={
                    "sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)
                },
                # One graph for each tenant and none over all: no search goes across tenants.
                hnsw_config=models.HnswConfigDiff(m=0, payload_m=16),
                shard_number=shards,
                replication_factor=replicas,
            )
        except UnexpectedResponse:
            # Another process may have made it a moment ago.
            if not await self._client.collection_exists(self._collection):
                raise

    async def _create_field(self, field: str, *, is_tenant: bool) -> None:
        schema = models.KeywordIndexParams(
            type=models.KeywordIndexType.KEYWORD, is_tenant=is_tenant or None
        )
        await self._client.create_payload_index(self._collection, field, schema, wait=True)


def _refuse_old(version: str) -> None:
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST:
        raise IndexUnavailable(
            f"the Qdrant server is version {version or 'unknown'}: Punnet needs 1.19 or newer, "
            "which counts IDF for each tenant apart; upgrade the server"
        )


def _batches(items: Sequence[Any], size: int) -> Iterator[Any]:
    return (items[start : start + size] for start in range(0, len(items), size))


@contextmanager
def _as_ours() -> Iterator[None]:
    """Turn the client's errors into ours."""
    try:
        yield
    except UnexpectedResponse as error:
        status = error.status_code or 0
        if status in _CLIENT_ERRORS and status not in _TRY_LATER:
            raise IndexRefused(
                f"Qdrant refused: {error}; check PUNNET_QDRANT_URL and its API key"
            ) from error
        raise IndexUnavailable(f"Qdrant failed: {error}") from error
    except ResponseHandlingException as error:
        raise IndexUnavailable(f"Qdrant does not answer: {error.source}") from error
    except ApiException as error:
        raise IndexUnavailable(f"Qdrant failed: {error}") from error
