"""Say how topics are called, and which page comes nearest to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.model import TenantId
from ingest.model import DocumentId, Vector
from ingest.ports import Clock, Embedder
from ingest.reading import DocumentFilter
from ingest.topics import AskedQuestion, Topic, TopicLedger, TopicSketch, week_of
from retrieval.gaps.naming import central, clipped, distinctive
from retrieval.model import SearchRequest
from retrieval.ports import Search

_READ = 30
"""Questions of a topic that its name and words are taken from."""
_FOUND = 5


@dataclass(frozen=True, slots=True)
class SketchPorts:
    """Whom to ask what topics are about."""

    topics: TopicLedger
    embedder: Embedder
    search: Search
    clock: Clock


class Sketcher:
    """Calls topics by their most central question and the words that tell them apart.

    Of those that went wrong, where any did: a gap is called by what it lacks.
    """

    def __init__(self, ports: SketchPorts) -> None:
        self._ports = ports
        self._sketched: set[TenantId] = set()

    async def sketch(
        self,
        tenant: TenantId,
        changed: Mapping[str, Sequence[AskedQuestion]],
        vectors: Mapping[str, Vector],
    ) -> None:
        """Name the topics that changed, with the vectors of the questions that came to them.

        Where something went wrong, the nearest page is looked up as well. So are those without
        a name: who was to give it may have been killed.
        """
        if not changed and tenant in self._sketched:
            return
        self._sketched.discard(tenant)
        known = await self._ports.topics.topics(tenant, None, week_of(self._ports.clock()))
        centres = {one.id: one for one in await self._ports.topics.centres(tenant)}
        words = distinctive({one.id: await self._texts(tenant, one, changed) for one in known})
        sketches = {}
        for topic in known:
            if topic.id in changed or not topic.name:
                wrong = await self._wrong(tenant, topic)
                came = wrong or changed.get(topic.id) or await self._asked(tenant, topic)
                centre = None if wrong else centres[topic.id].vector
                named = await self._named(topic, came, vectors, centre)
                nearest = await self._nearest(tenant, topic, named[0])
                sketches[topic.id] = TopicSketch(*named, words[topic.id], *nearest)
        await self._ports.topics.sketch(tenant, sketches)
        self._sketched.add(tenant)

    async def _asked(self, tenant: TenantId, topic: Topic) -> Sequence[AskedQuestion]:
        topics = self._ports.topics
        wrong = await self._wrong(tenant, topic)
        return wrong or await topics.questions(tenant, topic.id, _READ, troubled=False)

    async def _wrong(self, tenant: TenantId, topic: Topic) -> Sequence[AskedQuestion]:
        if not topic.troubles:
            return ()
        return await self._ports.topics.questions(tenant, topic.id, _READ, troubled=True)

    async def _texts(
        self, tenant: TenantId, topic: Topic, changed: Mapping[str, object]
    ) -> Sequence[str]:
        """Give what a topic is held against the others by: of those that stand still, the name."""
        if topic.name and topic.id not in changed:
            return (topic.name,)
        return [one.text for one in await self._asked(tenant, topic)] or (topic.name,)

    async def _named(
        self,
        topic: Topic,
        came: Sequence[AskedQuestion],
        vectors: Mapping[str, Vector],
        centre: Vector | None,
    ) -> tuple[str, str]:
        """Give the name and the question that it is taken from.

        The centre is that of all questions, of which the old name is one; None: of those that came.
        """
        ids = {one.text: one.id for one in reversed(came)}
        if topic.named_after and centre is not None:
            ids.setdefault(topic.name, topic.named_after)
        if not ids:
            return topic.name, topic.named_after
        embed = self._ports.embedder.embed_query
        candidates = {text: vectors[text] if text in vectors else await embed(text) for text in ids}
        middle = np.mean(list(candidates.values()), axis=0) if centre is None else centre
        best = central(candidates, middle)
        return clipped(best), ids[best]

    async def _nearest(
        self, tenant: TenantId, topic: Topic, name: str
    ) -> tuple[DocumentId | None, float]:
        if not topic.troubles:
            return topic.nearest, topic.nearness
        found = await self._ports.search.search(
            tenant, SearchRequest(name, _FOUND, DocumentFilter())
        )
        if not found.hits:
            return None, 0.0
        best = found.hits[0].passage
        cosines = {one.id: one.score for one in found.lists.dense}
        return best.document, round(max(cosines.get(best.id, 0.0), 0.0), 4)
