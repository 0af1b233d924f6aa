"""Follow gaps: close those whose questions are answered now, reopen those that come back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connectors.model import TenantId
from ingest.ports import Clock
from ingest.reading import DocumentFilter, LivePassage, ReadLedger, Snapshot
from ingest.topics import AskedQuestion, Topic, TopicChange, TopicLedger, TopicState
from retrieval.gaps.decide import asked_as_of, fine_again, gaps_of, grew, reopens, since, to_try
from retrieval.gaps.naming import clipped
from retrieval.gaps.recheck import Recheck

_TRIED = 3
"""Questions that went wrong and must all be answered before a gap ends."""
_LATEST = 20
_MOST = 50
"""Gaps looked at in one go, those that matter most first."""
_ANSWERED = "Its questions are answered by what the pages say now: {}."
_FINE = "The last questions about it were answered."


@dataclass(frozen=True, slots=True)
class FollowPorts:
    """Whom to ask what became of gaps."""

    topics: TopicLedger
    reading: ReadLedger
    recheck: Recheck
    clock: Clock


class Follower:
    """Opens and closes gaps by itself, and says why."""

    def __init__(self, ports: FollowPorts) -> None:
        self._ports = ports
        self._followed: dict[TenantId, int] = {}

    async def reopen(self, tenant: TenantId, ids: Collection[str]) -> tuple[str, ...]:
        """Open those of the topics whose trouble has come back, and name them.

        The first time all are looked at: who did so before may have been killed.
        """
        topics, now = self._ports.topics, self._ports.clock()
        if not ids and tenant in self._followed:
            return ()
        opened = []
        looked_at = ids if tenant in self._followed else None
        for topic in await topics.topics(tenant, looked_at, since(now)):
            change = TopicChange(TopicState.OPEN, reopens(topic), "", now)
            if change.note and await topics.change_topic(tenant, topic.id, change):
                opened.append(topic.id)
        return tuple(opened)

    async def close(self, tenant: TenantId, changed: Collection[str]) -> tuple[str, ...]:
        """Close the gaps whose questions are answered now, and name them.

        Looks at those that changed; at all of them where the knowledge did.
        """
        topics, now = self._ports.topics, self._ports.clock()
        as_of = await self._ports.reading.snapshot(tenant)
        moved = self._followed.get(tenant) != as_of.sequence
        if not moved and not changed:
            return ()
        known = await topics.topics(tenant, None if moved else changed, since(now))
        closed = []
        for gap in gaps_of(known, TopicState.OPEN, now)[:_MOST]:
            note = await self._why_closed(tenant, gap.topic, as_of)
            change = TopicChange(TopicState.RESOLVED, note, "", now)
            if note and await topics.change_topic(tenant, gap.topic.id, change):
                closed.append(gap.topic.id)
        self._followed[tenant] = as_of.sequence
        return tuple(closed)

    async def _why_closed(self, tenant: TenantId, topic: Topic, as_of: Snapshot) -> str:
        topics = self._ports.topics
        if fine_again(await topics.questions(tenant, topic.id, _LATEST, troubled=False)):
            return _FINE
        troubled = await topics.questions(tenant, topic.id, _TRIED, troubled=True)
        if not to_try(topic, troubled, as_of.sequence):
            return ""
        await topics.checked(tenant, [topic.id], as_of.sequence)
        pages = await self._answering(tenant, troubled, as_of)
        return _ANSWERED.format(", ".join(pages)) if pages else ""

    async def _answering(
        self, tenant: TenantId, troubled: Sequence[AskedQuestion], as_of: Snapshot
    ) -> Sequence[str]:
        """Name the pages that answer all of the questions now; none where one stays open."""
        pages: dict[str, None] = {}
        for question in {one.text: one for one in troubled}.values():
            found = await self._ports.recheck.look(tenant, question.text, as_of)
            grown = found.sure and grew(question, found.evidence)
            if not grown or found.best is None or await self._old(tenant, question, found.best):
                return ()
            pages[clipped(found.best.title or found.best.ref)] = None
        return list(pages)

    async def _old(self, tenant: TenantId, question: AskedQuestion, best: LivePassage) -> bool:
        """Say whether the passage was there when the question went wrong, as it is now."""
        there = await self._ports.reading.alive(
            tenant, asked_as_of(question), [best.id], DocumentFilter()
        )
        return best.id in there
