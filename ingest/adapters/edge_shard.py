"""What the index process does with its shard, request by request; every filter has a tenant."""

import math
from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from typing import Any
from uuid import UUID

from qdrant_edge import (
    CountRequest,
    EdgeShard,
    FieldCondition,
    Filter,
    HasIdCondition,
    IdfParams,
    MatchAny,
    MatchValue,
    Point,
    Query,
    QueryBatchRequest,
    QueryRequest,
    ScoredPoint,
    ScrollRequest,
    SearchParams,
    SparseVector,
    UpdateOperation,
)

from ingest.adapters import edge_protocol as wire
from ingest.adapters.edge_files import DENSE, SPARSE
from ingest.errors import IndexRefused

EVERYBODY = "*"
_Conditions = list[Any]  # the stubs want an invariant list of all kinds of conditions
_FLOAT_BYTES = 4


class GuardedShard:
    """A shard that takes only what fits and answers each tenant with its own points."""

    def __init__(self, shard: EdgeShard, dimension: int) -> None:
        self._shard = shard
        self.dimension = dimension

    def upsert(self, ask: wire.Upsert) -> wire.Done:
        """Store all of the points or, where one does not fit, none."""
        points = list(self._points(ask))
        # The condition keeps a point that another tenant has under the same id.
        mine = Filter(must=_tenant(ask.tenant))
        self._shard.update(UpdateOperation.upsert_points(points, condition=mine))
        return wire.Done()

    def search(self, ask: wire.Search) -> wire.Found:
        """Rank by both vectors in one batch, ties by id, IDF counted over the tenant alone."""
        (dense,) = self._dense(ask.dense, 1)
        seen = Filter(must=_tenant(ask.tenant) + _within(ask.limits))
        corpus = IdfParams(corpus=Filter(must=_tenant(ask.tenant)))
        sparse = SparseVector(_terms(ask.terms), _weights(ask.weights))
        lists = self._shard.query_batch(
            QueryBatchRequest(
                [
                    _ranking(Query.Nearest(dense, using=DENSE), seen, ask.limit),
                    _ranking(Query.Nearest(sparse, using=SPARSE), seen, ask.limit, corpus),
                ]
            )
        )
        return wire.Found(*(_ranked(found) for found in lists))

    def present(self, ask: wire.Present) -> wire.Ids:
        """Say which of the points the tenant has."""
        ids = _uuids(ask.ids)
        request = ScrollRequest(
            limit=len(ids), filter=_these(ask.tenant, ids), with_payload=False, with_vector=False
        )
        records, _ = self._shard.scroll(request)
        return wire.Ids(b"".join(_bytes(record.id) for record in records))

    def relabel(self, ask: wire.Relabel) -> wire.Done:
        """Replace the labels of those points that the tenant has."""
        where = _these(ask.tenant, _uuids(ask.ids))
        payload = _payload(ask.tenant, ask.labels)
        self._shard.update(UpdateOperation.overwrite_payload_by_filter(where, payload))
        return wire.Done()

    def delete(self, ask: wire.Delete) -> wire.Done:
        """Forget those points that the tenant has."""
        where = _these(ask.tenant, _uuids(ask.ids))
        self._shard.update(UpdateOperation.delete_points_by_filter(where))
        return wire.Done()

    def forget(self, ask: wire.Forget) -> wire.Done:
        """Forget all points of the tenant."""
        where = Filter(must=_tenant(ask.tenant))
        self._shard.update(UpdateOperation.delete_points_by_filter(where))
        return wire.Done()

    def walk(self, ask: wire.Walk) -> wire.Page:
        """Give the next points in order of id."""
        source = [] if ask.source is None else [_match("source", [ask.source])]
        request = ScrollRequest(
            offset=None if ask.start is None else UUID(bytes=ask.start),
            limit=ask.limit,
            filter=Filter(must=[*_tenant(ask.tenant), *source]),
            with_payload=True,
            with_vector=False,
        )
        records, following = self._shard.scroll(request)
        return wire.Page(
            ids=b"".join(_bytes(record.id) for record in records),
            labels=[_labels(record.payload or {}) for record in records],
            following=None if following is None else _bytes(following),
        )

    def count(self, ask: wire.Count) -> wire.Counted:
        """Count the points of one tenant, or all."""
        where = None if ask.tenant is None else Filter(must=_tenant(ask.tenant))
        return wire.Counted(self._shard.count(CountRequest(exact=True, filter=where)))

    def _points(self, ask: wire.Upsert) -> Iterator[Point]:
        ids, counts = _uuids(ask.ids), array("I", ask.term_counts)
        terms, weights = _terms(ask.terms), _weights(ask.weights)
        if not len(ids) == len(counts) == len(ask.labels) or len(terms) != sum(counts):
            raise IndexRefused("the columns of an upsert have unequal lengths")
        spans = pairwise(accumulate(counts, initial=0))
        rows = zip(ids, self._dense(ask.dense, len(ids)), spans, ask.labels, strict=True)
        for point_id, dense, (start, end), labels in rows:
            sparse = SparseVector(terms[start:end], weights[start:end])
            vectors: Any = {DENSE: dense, SPARSE: sparse}
            yield Point(point_id, vectors, _payload(ask.tenant, labels))

    def _dense(self, packed: bytes, rows: int) -> list[list[float]]:
        """Cut the rows apart; Edge itself would store NaN, and the rows before a wrong one."""
        if len(packed) != rows * self.dimension * _FLOAT_BYTES:
            raise IndexRefused(
                f"{len(packed) // _FLOAT_BYTES} numbers are not {rows} vectors "
                f"of length {self.dimension}"
            )
        numbers = array("f", packed).tolist()
        _refuse_infinite(numbers)
        starts = range(0, len(numbers), self.dimension)
        return [numbers[start : start + self.dimension] for start in starts]


def _tenant(tenant: str) -> _Conditions:
    return [FieldCondition("tenant", match=MatchValue(tenant))]


def _match(field: str, values: list[str]) -> FieldCondition:
    return FieldCondition(field, match=MatchAny(values))


def _within(limits: wire.Limits) -> _Conditions:
    allowed = {
        "access": None if limits.groups is None else [EVERYBODY, *limits.groups],
        "source": limits.sources,
        "document": limits.documents,
        "tags": limits.tags,
        "language": None if limits.language is None else [limits.language],
    }
    return [_match(field, values) for field, values in allowed.items() if values is not None]


def _these(tenant: str, ids: Iterable[UUID]) -> Filter:
    return Filter(must=[*_tenant(tenant), HasIdCondition(set(ids))])


def _ranking(query: Query, seen: Filter, limit: int, corpus: IdfParams | None = None) -> Any:
    return QueryRequest(
        limit=limit,
        query=query,
        filter=seen,
        params=SearchParams(idf=corpus),
        with_payload=["tenant"],
        with_vector=False,
    )


def _ranked(found: list[ScoredPoint]) -> wire.Ranked:
    """Order by score, then id; each field is read once, because Edge copies it every time."""
    hits = sorted((-hit.score, _bytes(hit.id), (hit.payload or {})["tenant"]) for hit in found)
    return wire.Ranked(
        ids=b"".join(point_id for _, point_id, _ in hits),
        scores=array("d", [-score for score, _, _ in hits]).tobytes(),
        tenants=[tenant for _, _, tenant in hits],
    )


def _payload(tenant: str, labels: wire.Labels) -> dict[str, object]:
    return {
        "tenant": tenant,
        "source": labels.source,
        "document": labels.document,
        "access": labels.access or [EVERYBODY],
        "tags": labels.tags,
        "language": labels.language,
    }


def _labels(payload: dict[str, Any]) -> wire.Labels:
    access = payload["access"]
    return wire.Labels(
        source=payload["source"],
        document=payload["document"],
        access=[] if access == [EVERYBODY] else access,
        tags=payload["tags"],
        language=payload["language"],
    )


def _uuids(packed: bytes) -> list[UUID]:
    starts = range(0, len(packed), wire.ID_BYTES)
    return [UUID(bytes=packed[start : start + wire.ID_BYTES]) for start in starts]


def _bytes(point_id: object) -> bytes:
    """Take an id as Edge gives it; we never store the numbers that it also knows."""
    return (point_id if isinstance(point_id, UUID) else UUID(str(point_id))).bytes


def _terms(packed: bytes) -> list[int]:
    return array("I", packed).tolist()


def _weights(packed: bytes) -> list[float]:
    weights = array("f", packed).tolist()
    _refuse_infinite(weights)
    return weights


def _refuse_infinite(numbers: list[float]) -> None:
    """Refuse NaN and infinity: a sum of float32 in float64 is finite only if each one is."""
    if not math.isfinite(sum(numbers)):
        raise IndexRefused("a vector has a number that is not finite, so nothing was done")
