"""Use case: show topics and gaps to who looks after the pages, and take down what they decide."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.model import TenantId
from ingest.errors import OutOfSight, ReviewConflict, ReviewInvalid
from ingest.freshness.model import Deed
from ingest.freshness.ports import AuditLedger
from ingest.model import DocumentId
from ingest.ports import Clock
from ingest.reading import DocumentRecord, ReadLedger
from ingest.records import DocumentState
from ingest.topics import Topic, TopicChange, TopicLedger, TopicState
from retrieval.gaps.decide import by_volume, gap_of, gaps_of, since
from retrieval.gaps.model import Gap, GapExamples, Volume
from retrieval.gaps.standing import went_wrong

_EXAMPLES = 20
_ACTIONS: Mapping[TopicState, str] = {
    TopicState.OPEN: "gap.reopen",
    TopicState.DISMISSED: "gap.dismiss",
    TopicState.RESOLVED: "gap.resolve",
}


@dataclass(frozen=True, slots=True)
class GapPorts:
    """What gaps are reviewed with; every ledger has it."""

    topics: TopicLedger
    reading: ReadLedger
    audit: AuditLedger


class GapReview:
    """Look at topics and gaps, and end gaps; it is for who may know all that was asked."""

    def __init__(self, ports: GapPorts, clock: Clock) -> None:
        self._ports = ports
        self._clock = clock

    async def gaps(self, tenant: TenantId, state: TopicState) -> Sequence[Gap]:
        """Give the gaps in a state, those that matter most first, without their pages."""
        now = self._clock()
        return gaps_of(await self._counted(tenant, None, now), state, now)

    async def topics(self, tenant: TenantId) -> Sequence[Volume]:
        """Give all topics of the last weeks, those that are asked about most first."""
        now = self._clock()
        return by_volume(await self._counted(tenant, None, now), now)

    async def with_pages(self, tenant: TenantId, gaps: Sequence[Gap]) -> Sequence[Gap]:
        """Add to gaps the page that comes nearest, where that is still live."""
        pages: dict[DocumentId, DocumentRecord] = {}
        for document in {gap.topic.nearest for gap in gaps} - {None}:
            record = await self._ports.reading.document(tenant, DocumentId(document or ""))
            if record is not None and record.state is DocumentState.LIVE:
                pages[record.facts.id] = record
        return [
            replace(gap, page=pages.get(gap.topic.nearest) if gap.topic.nearest else None)
            for gap in gaps
        ]

    async def gap(self, tenant: TenantId, topic: str) -> GapExamples:
        """Give one topic with questions as they were asked; raises OutOfSight."""
        now = self._clock()
        found = await self._counted(tenant, [topic], now)
        if not found:
            raise OutOfSight(f"There is no gap {topic}.")
        (gap,) = await self.with_pages(tenant, [gap_of(found[0], now)])
        wrong = await self._ports.topics.questions(tenant, topic, _EXAMPLES, troubled=True)
        latest = await self._ports.topics.questions(tenant, topic, _EXAMPLES, troubled=False)
        fine = [one for one in latest if not went_wrong(one)]
        return GapExamples(gap, [*wrong, *fine][:_EXAMPLES])

    async def _counted(
        self, tenant: TenantId, ids: Collection[str] | None, now: datetime
    ) -> Sequence[Topic]:
        """Give topics with what was asked of them by week, and of late."""
        lately = await self._ports.topics.lately(tenant, now)
        found = await self._ports.topics.topics(tenant, ids, since(now))
        return [replace(one, lately=lately.get(one.id, one.lately)) for one in found]

    async def decide(
        self, tenant: TenantId, topic: str, state: TopicState, note: str, by: str
    ) -> GapExamples:
        """Dismiss, resolve or reopen a gap; `by` is a key's id.

        Raises OutOfSight, ReviewConflict where it is in that state already, ReviewInvalid
        where a dismissal says no reason.
        """
        if state is TopicState.DISMISSED and not note.strip():
            raise ReviewInvalid("Say why it needs no page, so that nobody has to ask again.")
        before = await self.gap(tenant, topic)
        now = self._clock()
        change = TopicChange(state, note.strip(), by, now)
        if not await self._ports.topics.change_topic(tenant, topic, change):
            raise ReviewConflict(f"The gap '{before.gap.topic.name}' is {state.value} already.")
        deed = Deed(tenant, now, by, _ACTIONS[state], topic, {"note": note.strip()})
        await self._ports.audit.note([deed])
        return await self.gap(tenant, topic)
