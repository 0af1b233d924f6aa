"""Follow gaps: close those whose questions are answered now, reopen those that come back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connectors.model import TenantId
from ingest.ports import Clock
from ingest.reading import Snapshot
from ingest.topics import AskedQuestion, Topic, TopicChange, TopicLedger, TopicState
from retrieval.gaps.decide import fine_again, gaps_of, reopens, since, to_try
from retrieval.gaps.recheck import Recheck
from retrieval.ports import Knowledge

_TRIED = 3
"""Questions that went wrong and must all be answered before a gap ends."""
_LATEST = 20
_MOST = 50
"""Gaps looked at in one go, those that matter most first."""
_ANSWERED = "Its questions are answered by what the pages say now."
_FINE = "The last questions about it were answered."


@dataclass(frozen=True, slots=True)
class FollowPorts:
    """Whom to ask what became of gaps."""

    topics: TopicLedger
    reading: Knowledge
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
        return _ANSWERED if await self._answered(tenant, troubled, as_of) else ""

    async def _answered(
        self, tenant: TenantId, troubled: Sequence[AskedQuestion], as_of: Snapshot
    ) -> bool:
        for text in dict.fromkeys(one.text for one in troubled):
            if not await self._ports.recheck.answers(tenant, text, as_of):
                return False
        return True
