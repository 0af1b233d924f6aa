"""Follow gaps: close those whose questions are answered now, reopen those that come back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connectors.model import TenantId
from ingest.ports import Clock
from ingest.reading import Snapshot
from ingest.topics import AskedQuestion, TopicChange, TopicLedger, TopicState
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

    async def reopen(self, tenant: TenantId, ids: Collection[str]) -> tuple[str, ...]:
        """Open those of the topics whose trouble has come back, and name them."""
        topics = self._ports.topics
        now = self._ports.clock()
        opened = []
        for topic in await topics.topics(tenant, ids, since(now)) if ids else ():
            change = TopicChange(TopicState.OPEN, reopens(topic), "", now)
            if change.note and await topics.change_topic(tenant, topic.id, change):
                opened.append(topic.id)
        return tuple(opened)

    async def close(self, tenant: TenantId) -> tuple[str, ...]:
        """Close the gaps whose questions are answered now, and name them."""
        topics, now = self._ports.topics, self._ports.clock()
        as_of = await self._ports.reading.snapshot(tenant)
        known = await topics.topics(tenant, None, since(now))
        tried, closed = [], []
        for gap in gaps_of(known, TopicState.OPEN, now)[:_MOST]:
            latest = await topics.questions(tenant, gap.topic.id, _LATEST, troubled=False)
            troubled = await topics.questions(tenant, gap.topic.id, _TRIED, troubled=True)
            note = _FINE if fine_again(latest) else ""
            if not note and to_try(gap.topic, troubled, as_of.sequence):
                tried.append(gap.topic.id)
                note = _ANSWERED if await self._answered(tenant, troubled, as_of) else ""
            change = TopicChange(TopicState.RESOLVED, note, "", now)
            if note and await topics.change_topic(tenant, gap.topic.id, change):
                closed.append(gap.topic.id)
        await topics.checked(tenant, tried, as_of.sequence)
        return tuple(closed)

    async def _answered(
        self, tenant: TenantId, troubled: Sequence[AskedQuestion], as_of: Snapshot
    ) -> bool:
        for text in dict.fromkeys(one.text for one in troubled):
            if not await self._ports.recheck.answers(tenant, text, as_of):
                return False
        return True
