"""Use case: put new questions into topics, call the topics, and open and close gaps."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connectors.model import TenantId
from ingest.model import Vector
from ingest.ports import Embedder, NewId
from ingest.topics import AskedQuestion, Placed, Sorting, TopicLedger
from retrieval.gaps.cluster import Outlook, arrange
from retrieval.gaps.follow import Follower
from retrieval.gaps.model import Gathered
from retrieval.gaps.sketch import Sketcher
from retrieval.gaps.standing import BAD, KINDS, concerns_knowledge, standing_of
from retrieval.planner.question_type import QuestionTypes

_BATCH = 500
_PASSES = 4
"""Batches in one go: what is left waits for the next."""
_SIDE_BY_SIDE = 8
_FEWEST = 20
"""Passages without which there is no middle of the knowledge yet."""

Changed = dict[str, list[AskedQuestion]]
"""Topics that changed, with the questions that came to them."""


@dataclass(frozen=True, slots=True)
class TopicPorts:
    """Whom to ask about questions."""

    topics: TopicLedger
    embedder: Embedder
    types: QuestionTypes
    sketcher: Sketcher
    follower: Follower
    new_id: NewId


class Topics:
    """Gathers what is asked into topics, and finds the gaps among them."""

    def __init__(self, ports: TopicPorts) -> None:
        self._ports = ports

    async def gather(self, tenant: TenantId) -> Gathered:
        """Take the questions that are not in a topic yet, a bounded number of them.

        Safe to call twice, and to be killed in between; two at once would name the same topic
        twice. Raises EmbedderUnavailable, IndexUnavailable, LedgerUnavailable.
        """
        vectors: dict[str, Vector] = {}
        changed: Changed = {}
        count = 0
        for _ in range(_PASSES):
            taken = await self._sort(tenant, vectors, changed)
            count += taken
            if taken < _BATCH:
                break
        for topic in await self._hear(tenant):
            changed.setdefault(topic, [])
        reopened = await self._ports.follower.reopen(tenant, changed.keys())
        await self._ports.sketcher.sketch(tenant, changed, vectors)
        closed = await self._ports.follower.close(tenant, changed.keys())
        return Gathered(count, reopened, closed)

    async def _sort(self, tenant: TenantId, vectors: dict[str, Vector], changed: Changed) -> int:
        topics = self._ports.topics
        waiting = await topics.unsorted(tenant, KINDS, _BATCH)
        if not waiting:
            return 0
        about = await asyncio.to_thread(self._about_knowledge, waiting)
        await self._embed((one.text for one in about), vectors)
        found = await asyncio.to_thread(
            arrange,
            {one.id: vectors[one.text] for one in about},
            await topics.centres(tenant),
            self._ports.new_id,
            await self._outlook(tenant, vectors),
        )
        placed = tuple(
            Placed(one, found.topic.get(one.id, ""), standing_of(one), bad=False) for one in waiting
        )
        await topics.sort(tenant, Sorting(placed, tuple(found.centres.values()), found.merged))
        for gone, kept in found.merged.items():
            changed.setdefault(kept, []).extend(changed.pop(gone, []))
        for one in about:
            changed.setdefault(found.topic[one.id], []).append(one)
        return len(waiting)

    async def _outlook(self, tenant: TenantId, vectors: Mapping[str, Vector]) -> Outlook:
        dimension = len(next(iter(vectors.values()), ()))
        return Outlook.around(await self._ports.topics.middle(tenant, dimension, _FEWEST))

    async def _hear(self, tenant: TenantId) -> frozenset[str]:
        """Count what was said since of answers to questions that are in a topic already."""
        said = await self._ports.topics.complaints(tenant, BAD, _BATCH)
        placed = tuple(Placed(one, one.topic, one.standing, bad=True) for one in said)
        await self._ports.topics.sort(tenant, Sorting(placed))
        return frozenset(one.topic for one in said)

    def _about_knowledge(self, waiting: Iterable[AskedQuestion]) -> list[AskedQuestion]:
        types = self._ports.types
        return [one for one in waiting if concerns_knowledge(one, types.probabilities(one.text))]

    async def _embed(self, texts: Iterable[str], vectors: dict[str, Vector]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in vectors]
        for start in range(0, len(new), _SIDE_BY_SIDE):
            some = new[start : start + _SIDE_BY_SIDE]
            read = await asyncio.gather(*map(self._ports.embedder.embed_query, some))
            vectors |= dict(zip(some, read, strict=True))
