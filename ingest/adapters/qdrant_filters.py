"""Our words in qdrant-client's models and back; every filter has a tenant."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from qdrant_client import models

from connectors.model import SourceId, TenantId
from ingest.model import (
    DocumentId,
    Point,
    PointId,
    PointPayload,
    Probe,
    Scope,
    Scored,
)

_EVERYBODY = "*"


def mine(tenant: TenantId, source: SourceId | None = None) -> models.Filter:
    """Match the tenant's points, or those of one source of it."""
    of_source = [] if source is None else [_any("source", [source])]
    return models.Filter(must=[_tenant(tenant), *of_source])


def these(tenant: TenantId, ids: Sequence[PointId]) -> models.Filter:
    """Match those of these points that are the tenant's."""
    wanted = models.HasIdCondition(has_id=[str(point_id) for point_id in ids])
    return models.Filter(must=[_tenant(tenant), wanted])


def both_rankings(
    tenant: TenantId, probe: Probe, scope: Scope, limit: int
) -> list[models.QueryRequest]:
    """Ask for the dense list and, where the question has terms, for the sparse one."""
    seen = models.Filter(must=[_tenant(tenant), *_within(scope)])
    tenants_own = models.IdfCorpusParams(corpus=mine(tenant))
    sparse = models.SparseVector(
        indices=list(probe.sparse.indices), values=list(probe.sparse.values)
    )
    rankings: list[tuple[Any, str, models.SearchParams | None]] = [
        (probe.dense.tolist(), "dense", None)
    ]
    if sparse.indices:
        rankings.append((sparse, "sparse", models.SearchParams(idf=tenants_own)))
    return [
        models.QueryRequest(
            query=vector,
            using=name,
            filter=seen,
            params=params,
            limit=limit,
            with_payload=["tenant"],
        )
        for vector, name, params in rankings
    ]


def ranked(found: Sequence[models.ScoredPoint]) -> tuple[Scored, ...]:
    """Order by score, then id, each point with the tenant that was stored with it."""
    hits = (
        Scored(UUID(str(hit.id)), hit.score, TenantId((hit.payload or {}).get("tenant", "")))
        for hit in found
    )
    return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.id)))


def points_of(tenant: TenantId, points: Sequence[Point]) -> list[models.PointStruct]:
    """Write points as the server stores them."""
    return [
        models.PointStruct(
            id=str(point.id),
            vector={
                "dense": point.dense.tolist(),
                "sparse": models.SparseVector(
                    indices=list(point.sparse.indices), values=list(point.sparse.values)
                ),
            },
            payload=stored_payload(tenant, point.payload),
        )
        for point in points
    ]


def stored_payload(tenant: TenantId, payload: PointPayload) -> dict[str, Any]:
    """Write a payload as the server stores it."""
    return {
        "tenant": tenant,
        "source": payload.source,
        "document": payload.document,
        "access": sorted(payload.access) or [_EVERYBODY],
        "tags": sorted(payload.tags),
        "language": payload.language,
    }


def payload_of(stored: Mapping[str, Any]) -> PointPayload:
    """Read a payload back."""
    return PointPayload(
        source=SourceId(stored["source"]),
        document=DocumentId(stored["document"]),
        access=frozenset(stored["access"]) - {_EVERYBODY},
        tags=frozenset(stored["tags"]),
        language=stored["language"],
    )


def _tenant(tenant: TenantId) -> models.FieldCondition:
    return models.FieldCondition(key="tenant", match=models.MatchValue(value=tenant))


def _any(field: str, values: Sequence[str]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))


def _within(scope: Scope) -> list[models.FieldCondition]:
    groups, language = scope.groups, scope.language
    allowed = {
        "access": None if groups is None else [_EVERYBODY, *sorted(groups)],
        "source": None if scope.sources is None else sorted(scope.sources),
        "document": None if scope.documents is None else sorted(scope.documents),
        "tags": None if scope.tags is None else sorted(scope.tags),
        "language": None if language is None else [language],
    }
    return [_any(field, values) for field, values in allowed.items() if values is not None]
