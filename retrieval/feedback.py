"""Use case: take down what somebody says of an answer, for those who look after its pages."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from connectors.model import Json
from ingest.errors import LedgerConflict
from ingest.freshness.model import FlagKind, Origin
from ingest.freshness.ports import FlagLedger, UsageLedger
from ingest.freshness.reporting import Actor, Report, finding_of, located
from ingest.model import DocumentId, PointId
from ingest.ports import Clock
from ingest.queries import QueryLedger
from ingest.reading import DocumentFilter, LivePassage, QueryRecord, ReadLedger
from ingest.records import DocumentState
from ingest.topics import TopicLedger
from retrieval.gaps.standing import Verdict

_BLAMES_PAGES = frozenset(
    {Verdict.OUTDATED, Verdict.HALLUCINATED, Verdict.WRONG_SOURCE, Verdict.MISSING}
)
"""What counts against the pages that the answer rested on."""
_FLAGS: Mapping[Verdict, FlagKind] = {
    Verdict.OUTDATED: FlagKind.OUTDATED,
    Verdict.MISSING: FlagKind.MISSING,
    Verdict.WRONG_SOURCE: FlagKind.INCORRECT,
}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of an answer."""

    query_id: str
    verdict: Verdict
    chunk_ids: tuple[str, ...] = ()
    """The passages that it is about; those that nobody knows, or the speaker may not see, are
    passed over."""
    comment: str = ""

    def told(self) -> Mapping[str, Json]:
        """Give what is kept of it."""
        told: dict[str, Json] = {"query_id": self.query_id, "verdict": self.verdict.value}
        told |= {"chunk_ids": list(self.chunk_ids), "comment": self.comment}
        return told


@dataclass(frozen=True, slots=True)
class FeedbackPorts:
    """What feedback changes; every ledger has it."""

    queries: QueryLedger
    topics: TopicLedger
    reading: ReadLedger
    usage: UsageLedger
    flags: FlagLedger


Blamed = Mapping[DocumentId, LivePassage | None]
"""The pages that somebody speaks of, with the first passage of each that was named."""


class Feedback:
    """Keeps feedback, counts it against pages and flags them: once, however often it is said."""

    def __init__(self, ports: FeedbackPorts, clock: Clock) -> None:
        self._ports = ports
        self._clock = clock

    async def take(self, actor: Actor, said: Said) -> bool:
        """Take it down; False when the tenant asked no such question."""
        ports, now = self._ports, self._clock()
        query = await ports.queries.query(actor.tenant, said.query_id)
        if query is None:
            return False
        earlier = await ports.topics.verdicts(actor.tenant, said.query_id)
        kept = await ports.queries.add_outcome(
            actor.tenant, said.query_id, now, "feedback", said.told()
        )
        if kept and said.verdict in _BLAMES_PAGES:
            blamed = await self._blamed(actor, query, said.chunk_ids)
            known = [_again(one) for one in earlier]
            await self._count(actor, query, blamed, known, now)
            if (said.verdict, frozenset(said.chunk_ids)) not in known:
                await self._flag(actor, said, query, blamed)
        return kept

    async def _blamed(self, actor: Actor, query: QueryRecord, chunk_ids: Iterable[str]) -> Blamed:
        """Find the pages: those of the passages, or without any all that the answer rested on."""
        points = [point for one in chunk_ids if (point := _point(one))]
        if not chunk_ids:
            return {page: None for page in query.answered_by if await self._seen(actor, page)}
        reading = self._ports.reading
        sequence = (await reading.snapshot(actor.tenant)).sequence
        where = DocumentFilter(groups=actor.groups)
        alive = await reading.alive(actor.tenant, sequence, points, where)
        passages = [alive[point] for point in points if point in alive]
        return {one.document: one for one in reversed(passages)}

    async def _seen(self, actor: Actor, page: DocumentId) -> bool:
        record = await self._ports.reading.document(actor.tenant, page)
        return (
            record is not None
            and record.state is DocumentState.LIVE
            and actor.sees(record.facts.access)
        )

    async def _count(
        self,
        actor: Actor,
        query: QueryRecord,
        blamed: Blamed,
        known: Iterable[tuple[Verdict, frozenset[str]]],
        at: datetime,
    ) -> None:
        """Count a bad answer against each page once, whoever says it of the same question."""
        everybody = Actor(actor.tenant, actor.key)
        counted: set[DocumentId] = set()
        for verdict, chunk_ids in set(known):
            if verdict in _BLAMES_PAGES:
                counted |= (await self._blamed(everybody, query, chunk_ids)).keys()
        if new := blamed.keys() - counted:
            await self._ports.usage.used(actor.tenant, new, at, bad=1)

    async def _flag(self, actor: Actor, said: Said, query: QueryRecord, blamed: Blamed) -> None:
        """Flag the pages that are meant for sure: those named, or the only one of the answer."""
        kind, only = _FLAGS.get(said.verdict), len(query.answered_by) == 1
        for page, passage in blamed.items():
            # That something is missing or wrong says nothing of a page that nobody named.
            meant = passage is not None or (only and kind is FlagKind.OUTDATED)
            if kind is None or not meant:
                continue
            number = passage.revision if passage else await self._revision(actor, page)
            revision = await self._ports.reading.revision(actor.tenant, page, number)
            if revision is None:
                continue
            quotes = (located(revision, "", passage),) if passage else ()
            finding = finding_of(Report(kind, page, comment=said.comment), revision, quotes)
            with suppress(LedgerConflict):  # the page went while we looked
                await self._ports.flags.raise_one(
                    actor.tenant, finding, Origin.FEEDBACK, actor.key, self._clock()
                )

    async def _revision(self, actor: Actor, page: DocumentId) -> int:
        record = await self._ports.reading.document(actor.tenant, page)
        return record.revision if record else 0


def _again(told: Mapping[str, Json]) -> tuple[Verdict, frozenset[str]]:
    """Read what was said before."""
    chunk_ids = told.get("chunk_ids")
    named = frozenset(map(str, chunk_ids)) if isinstance(chunk_ids, list) else frozenset()
    return Verdict(str(told["verdict"])), named


def _point(chunk_id: str) -> PointId | None:
    try:
        return UUID(chunk_id)
    except ValueError:
        return None
