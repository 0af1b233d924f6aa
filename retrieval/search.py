"""Find the passages that answer a question, as of one moment of the ledger."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.model import TenantId
from ingest.model import PointId, Scope, TwoLists
from ingest.ports import Clock, VectorIndex
from ingest.reading import DocumentFilter, LivePassage, ReadLedger, Snapshot
from ingest.tenant_store import TenantStore
from retrieval.cite import link_to
from retrieval.disputes import Conflicts, disputed
from retrieval.follow_up import leans, replies, said_before
from retrieval.freshness import fresh_first, judge
from retrieval.fusion import DEPTH as DEPTH
from retrieval.fusion import Fused, fuse
from retrieval.merge import collapse, joined, runs
from retrieval.model import Found, Fresh, Hit, SearchRequest
from retrieval.question import Question, QuestionReader
from retrieval.ranking import refine
from retrieval.rerank import Reranked, Reranking, rerank

_MOST_LINGERING = 400
"""Retired points that are looked past; each may stand in the way of a living one."""
_MOST_DOCUMENTS = 2_000
"""Up to so many matching documents are named to the index; beyond, the ledger drops the rest."""
_REACH = 30
"""Hits looked at beyond those asked for, because some become one."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Where a search looks, and how deep into each list."""

    tenant: TenantId
    snapshot: Snapshot
    scope: Scope
    where: DocumentFilter
    depth: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is alive and allowed of both lists, as deep as was looked, and what was looked for."""

    question: Question
    lists: TwoLists
    depth: int
    alive: Mapping[PointId, LivePassage]

    @property
    def top(self) -> TwoLists:
        """The part that ranks: as deep whatever limit was asked for."""
        return TwoLists(self.lists.dense[:DEPTH], self.lists.sparse[:DEPTH])


class Searcher:
    """Search one index through one ledger."""

    def __init__(
        self,
        reading: ReadLedger,
        index: VectorIndex,
        questions: QuestionReader,
        clock: Clock,
        conflicts: Conflicts,
        reranking: Reranking | None = None,
    ) -> None:
        self._reading = reading
        self._index = index
        self._questions = questions
        self._clock = clock
        self._conflicts = conflicts
        self._reranking = reranking

    async def search(self, tenant: TenantId, request: SearchRequest) -> Found:
        """Give the best passages that are alive and that the caller may see.

        What is dead or hidden is dropped before fusing, because a list that keeps old
        versions pushes living passages out of the fused top.
        """
        where = self._dated(request)
        snapshot, question, scope = await asyncio.gather(
            self._snapshot(tenant, request),
            self._questions.read(request.query),
            self._scope(tenant, where),
        )
        look = _Look(tenant, snapshot, scope, where, max(DEPTH, request.limit))
        seen = await self._followed(look, request, question)
        now = self._clock()
        reach = _ranked(request.query, seen)[: max(2 * DEPTH, request.limit + _REACH)]
        hits = collapse([_hit(point, seen.alive[point.id], now) for point in reach])
        follow_up = seen.question is not question
        best = await self._reranked(request, hits, follow_up=follow_up)
        shown = await self._shown(tenant, request, best.hits)
        warnings = (*question.warnings, *best.warnings)
        return Found(snapshot.sequence, shown, seen.top, warnings, follow_up)

    async def _snapshot(self, tenant: TenantId, request: SearchRequest) -> Snapshot:
        return request.as_of or await self._reading.snapshot(tenant)

    async def _followed(self, look: _Look, request: SearchRequest, question: Question) -> _Seen:
        """Look for the question alone, and again with what it leans on where it does."""
        seen = await self._look(look, question)
        earlier, dense = request.earlier, seen.lists.dense
        asked, understood = request.query, question.understood
        if not earlier or not (
            replies(asked, earlier) or leans(asked, dense, understood=understood)
        ):
            return seen
        return await self._look(look, await self._questions.lean(question, earlier))

    async def _look(self, look: _Look, question: Question) -> _Seen:
        """Give what is alive and allowed of both lists."""
        # What the index cannot narrow down may stand in the way as retired points do.
        unnarrowed = look.scope.documents is None and _names_documents(look.where)
        lingering = _MOST_LINGERING if unnarrowed else look.snapshot.lingering
        depth = look.depth + min(lingering, _MOST_LINGERING)
        store = TenantStore(self._index, look.tenant)
        lists = await store.search(question.probe, look.scope, depth)
        ids = list({scored.id: None for scored in (*lists.dense, *lists.sparse)})
        alive = await self._reading.alive(look.tenant, look.snapshot.sequence, ids, look.where)
        # Cut to the same depth whatever lingers, because fusing looks at the last score too.
        dense = tuple(scored for scored in lists.dense if scored.id in alive)[: look.depth]
        sparse = tuple(scored for scored in lists.sparse if scored.id in alive)[: look.depth]
        return _Seen(question, TwoLists(dense, sparse), look.depth, alive)

    def _dated(self, request: SearchRequest) -> DocumentFilter:
        if request.fresh is Fresh.REQUIRE:
            return replace(request.where, fresh_at=self._clock())
        return request.where

    async def _scope(self, tenant: TenantId, where: DocumentFilter) -> Scope:
        """Say to the index what it can filter by, and name the documents for the rest."""
        documents = None
        if _names_documents(where):
            matching = await self._reading.matching(tenant, where)
            if len(matching) <= _MOST_DOCUMENTS:
                documents = frozenset(matching)
        return Scope(where.groups, where.sources, documents, where.tags, where.language)

    async def _reranked(
        self, request: SearchRequest, hits: tuple[Hit, ...], *, follow_up: bool
    ) -> Reranked:
        by = self._reranking
        asked = f"{said_before(request.earlier)}\n{request.query}" if follow_up else request.query
        best = await rerank(by, asked, hits) if by and hits else Reranked(hits)
        if request.fresh is not Fresh.PREFER:
            return best
        return replace(best, hits=fresh_first(best.hits))

    async def _shown(
        self, tenant: TenantId, request: SearchRequest, hits: Sequence[Hit]
    ) -> tuple[Hit, ...]:
        """Number as many hits as were asked for, neighbours as one where that is asked for."""
        shown = hits[: request.limit]
        if request.joined:
            found = runs(hits, request.limit)
            shown = await asyncio.gather(*(self._as_one(tenant, run) for run in found))
        told = await disputed(self._conflicts, tenant, shown, request.where.groups)
        return tuple(replace(hit, rank=rank) for rank, hit in enumerate(told, start=1))

    async def _as_one(self, tenant: TenantId, run: Sequence[Hit]) -> Hit:
        """Join a run by the very text that its page has there."""
        first, last = run[0].passage, run[-1].passage
        if first is last:
            return run[0]
        text = await self._reading.excerpt(
            tenant, first.document, first.revision, first.start, last.end
        )
        return joined(run, text)


def _names_documents(where: DocumentFilter) -> bool:
    """Say whether the filter asks for what only the ledger knows."""
    return where.refs is not None or bool(where.changed_after or where.fresh_at)


def _ranked(query: str, seen: _Seen) -> tuple[Fused, ...]:
    """Rank the first of both lists, and below them what lies deeper.

    A list's last score is a part of every fused one, so the best must be fused from equally
    deep lists whatever the limit.
    """
    top, share = seen.top, seen.question.dense_share
    best = refine(query, fuse(top.dense, top.sparse, dense_share=share), seen.alive)
    if seen.depth == DEPTH:
        return best
    held = {one.id for one in best}
    every = fuse(seen.lists.dense, seen.lists.sparse, seen.depth, dense_share=share)
    return (*best, *(Fused(one.id, 0.0) for one in every if one.id not in held))


def _hit(point: Fused, passage: LivePassage, now: datetime) -> Hit:
    freshness = judge(passage, now)
    warnings = tuple(f"stale: {reason}" for reason in freshness.reasons if freshness.stale)
    return Hit(0, point.score, passage, link_to(passage), freshness, warnings)
