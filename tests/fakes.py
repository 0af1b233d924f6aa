"""Doubles that keep their port's promises with nothing behind them but memory."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log

import numpy as np

from connectors.model import Push, SourceId, TenantId, Upload
from ingest.adapters.index_checks import refuse_unfit
from ingest.errors import IndexRefused, IndexUnaudited
from ingest.ledger import PATIENCE
from ingest.model import (
    Point,
    PointId,
    PointPayload,
    Probe,
    Recipe,
    Scope,
    Scored,
    SparseVector,
    TwoLists,
    Vector,
    Vectors,
)
from ingest.records import WorkItem


class FakeTokens:
    """Counts words and marks as tokens."""

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


class FakeEmbedder:
    """Embeds texts as hashed bags of words: those that share words lie close."""

    dimension = 64

    def __init__(self, max_tokens: int = 256) -> None:
        self.tokens = FakeTokens()
        self.embedded: list[str] = []
        """Every passage that was embedded, in order."""
        self.recipe = Recipe(
            model="fake",
            weights="0" * 64,
            runtime="fake",
            precision="fp32",
            pooling="sum",
            query_prompt="",
            passage_prompt="",
            dimension=self.dimension,
            max_tokens=max_tokens,
            chunker="",
            sparse="",
        )

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        rows = [self._vector(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, self.dimension), np.float32)

    async def embed_query(self, text: str) -> Vector:
        return self._vector(text)

    def _vector(self, text: str) -> Vector:
        vector = np.full(self.dimension, 1e-3, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            vector[int(hashlib.md5(word.encode()).hexdigest(), 16) % self.dimension] += 1.0
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


@dataclass
class _Work:
    item: WorkItem
    owner: str = ""
    until: datetime | None = None

    def turn(self, at: datetime) -> tuple[bool, int, datetime]:
        recent = self.item.due_at > at - PATIENCE
        return recent, -self.item.priority, self.item.due_at

    def is_open(self, kinds: Sequence[str], at: datetime) -> bool:
        unclaimed = self.until is None or self.until <= at
        return unclaimed and self.item.kind in kinds and self.item.due_at <= at


class MemoryWork:
    """Keeps the promises of WorkLedger in a dict."""

    def __init__(self) -> None:
        self._held: dict[str, _Work] = {}

    async def put_work(self, item: WorkItem) -> bool:
        fresh = item.key not in self._held
        if fresh:
            self._held[item.key] = _Work(item)
        return fresh

    async def claim_work(
        self, kinds: Sequence[str], owner: str, at: datetime, seconds: float
    ) -> WorkItem | None:
        open_ = [held for held in self._held.values() if held.is_open(kinds, at)]
        if not open_:
            return None
        first = min(open_, key=lambda held: held.turn(at))
        first.owner, first.until = owner, at + timedelta(seconds=seconds)
        return first.item

    async def keep_work(self, key: str, owner: str, until: datetime) -> bool:
        held = self._held.get(key)
        if held is None or held.owner != owner:
            return False
        held.until = until
        return True

    async def finish_work(self, key: str, owner: str) -> None:
        if key in self._held and self._held[key].owner == owner:
            del self._held[key]

    async def retry_work(self, key: str, owner: str, due_at: datetime) -> None:
        held = self._held.get(key)
        if held is not None and held.owner == owner:
            again = replace(held.item, due_at=due_at, attempts=held.item.attempts + 1)
            self._held[key] = _Work(again)

    async def waits(self, kinds: Sequence[str], at: datetime) -> bool:
        return any(held.is_open(kinds, at) for held in self._held.values())

    async def free_work(self, latest: datetime) -> None:
        for held in self._held.values():
            held.owner, held.until = "", None
            held.item = replace(held.item, due_at=min(held.item.due_at, latest))

    async def postpone_work(self, key: str, owner: str, due_at: datetime) -> None:
        held = self._held.get(key)
        if held is not None and held.owner == owner:
            self._held[key] = _Work(replace(held.item, due_at=due_at))


class MemoryUploads:
    """Keeps the promises of UploadStore in a dict."""

    def __init__(self) -> None:
        self._said: dict[tuple[TenantId, SourceId], dict[str, tuple[Push, bytes]]] = {}
        self._number = 0

    async def put_upload(
        self, tenant: TenantId, source: SourceId, upload: Upload, content: bytes
    ) -> None:
        self._say(tenant, source, upload.ref, upload, content)

    async def list_uploads(
        self, tenant: TenantId, source: SourceId, after: int, limit: int
    ) -> Sequence[Push]:
        later = [push for push in self._pushes(tenant, source) if push.number > after]
        return sorted(later, key=lambda push: push.number)[:limit]

    async def find_uploads(
        self, tenant: TenantId, source: SourceId, refs: Sequence[str]
    ) -> Sequence[Push]:
        return [push for push in self._pushes(tenant, source) if push.upload and push.ref in refs]

    async def read_upload(
        self, tenant: TenantId, source: SourceId, ref: str
    ) -> tuple[Upload, bytes] | None:
        said = self._said.get((tenant, source), {}).get(ref)
        return (said[0].upload, said[1]) if said and said[0].upload else None

    async def remove_upload(self, tenant: TenantId, source: SourceId, ref: str) -> bool:
        there = await self.read_upload(tenant, source, ref) is not None
        if there:
            self._say(tenant, source, ref, None, b"")
        return there

    async def forget_removals(self, tenant: TenantId, source: SourceId, up_to: int) -> None:
        for push in self._pushes(tenant, source):
            if push.upload is None and push.number <= up_to:
                del self._said[tenant, source][push.ref]

    def _pushes(self, tenant: TenantId, source: SourceId) -> list[Push]:
        return [push for push, _ in self._said.get((tenant, source), {}).values()]

    def _say(
        self, tenant: TenantId, source: SourceId, ref: str, upload: Upload | None, content: bytes
    ) -> None:
        self._number += 1
        said = self._said.setdefault((tenant, source), {})
        said[ref] = (Push(self._number, ref, upload), content)


class MemoryIndex:
    """Compares with every point, as an exact index does."""

    def __init__(self, *, audited: bool = True) -> None:
        self._tenants: dict[TenantId, dict[PointId, Point]] = defaultdict(dict)
        self.audited = audited

    async def upsert(self, tenant: TenantId, points: Sequence[Point]) -> None:
        refuse_unfit(points)
        held = [point.dense for mine in self._tenants.values() for point in mine.values()]
        if points and held and points[0].dense.shape != held[0].shape:
            raise IndexRefused("another length than before")
        self._tenants[tenant].update((point.id, point) for point in points)

    async def search(self, tenant: TenantId, probe: Probe, scope: Scope, limit: int) -> TwoLists:
        if not self.audited:
            raise IndexUnaudited
        mine = self._tenants[tenant]
        if mine and probe.dense.shape != next(iter(mine.values())).dense.shape:
            raise IndexRefused("another length than the points")
        seen = [point for point in mine.values() if _sees(scope, point.payload)]
        dense = ((point, float(probe.dense @ point.dense)) for point in seen)
        held = Counter(term for point in mine.values() for term in point.sparse.indices)
        asked = {
            term: weight * log(1 + (len(mine) - held[term] + 0.5) / (held[term] + 0.5))
            for term, weight in zip(probe.sparse.indices, probe.sparse.values, strict=True)
        }
        sparse = ((point, _bm25(asked, point.sparse)) for point in seen)
        return TwoLists(
            dense=_best(tenant, dense, limit),
            sparse=_best(tenant, (hit for hit in sparse if hit[1] > 0), limit),
        )

    async def present(self, tenant: TenantId, ids: Sequence[PointId]) -> frozenset[PointId]:
        return frozenset(ids) & self._tenants[tenant].keys()

    async def relabel(
        self, tenant: TenantId, ids: Sequence[PointId], payload: PointPayload
    ) -> None:
        mine = self._tenants[tenant]
        mine.update((held, replace(mine[held], payload=payload)) for held in {*ids} & mine.keys())

    async def delete(self, tenant: TenantId, ids: Sequence[PointId]) -> None:
        for point_id in ids:
            self._tenants[tenant].pop(point_id, None)

    async def forget(self, tenant: TenantId) -> None:
        self._tenants.pop(tenant, None)

    async def points(
        self, tenant: TenantId, source: SourceId | None
    ) -> AsyncIterator[Mapping[PointId, PointPayload]]:
        mine = {held: point.payload for held, point in self._tenants[tenant].items()}
        yield {held: load for held, load in mine.items() if source in (None, load.source)}

    async def flush(self) -> None:
        pass

    async def is_audited(self) -> bool:
        return self.audited

    async def set_audited(self) -> None:
        self.audited = True


def _sees(scope: Scope, payload: PointPayload) -> bool:
    return (
        (scope.groups is None or not payload.access or bool(scope.groups & payload.access))
        and (scope.sources is None or payload.source in scope.sources)
        and (scope.documents is None or payload.document in scope.documents)
        and (scope.tags is None or bool(scope.tags & payload.tags))
        and (scope.language in (None, payload.language))
    )


def _bm25(asked: Mapping[int, float], held: SparseVector) -> float:
    terms = zip(held.indices, held.values, strict=True)
    return sum(weight * asked.get(term, 0.0) for term, weight in terms)


def _best(tenant: TenantId, hits: Iterable[tuple[Point, float]], limit: int) -> tuple[Scored, ...]:
    scored = [Scored(point.id, score, tenant) for point, score in hits]
    return tuple(sorted(scored, key=lambda hit: (-hit.score, hit.id))[:limit])
