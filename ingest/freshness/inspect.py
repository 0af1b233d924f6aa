"""Look at what changed among a tenant's pages, raise and close flags, say how stale each is.

changed pages → alone → beside what is near to them → all pages' facts → staleness → impact
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from connectors.failpoint import failpoint
from connectors.model import TenantId
from ingest.freshness.impact import impact
from ingest.freshness.judge import Judge, sifted
from ingest.freshness.link_round import LinkRound
from ingest.freshness.model import (
    WAITING,
    Aging,
    Finding,
    Flag,
    FlagFilter,
    FlagKind,
    Inspected,
    Settlement,
    Staleness,
)
from ingest.freshness.pages import NearPage, NearPair, Neighbour, Page
from ingest.freshness.ports import (
    FlagLedger,
    FreshnessLedger,
    NearDetector,
    Neighbours,
    PageDetector,
    WholeDetector,
)
from ingest.freshness.staleness import staleness
from ingest.freshness.volatility import apart_from_housekeeping, content_volatility
from ingest.model import DocumentId, PointId
from ingest.ports import Clock
from ingest.reading import ReadLedger

_SLICE = 100
"""Pages that are looked at together: their texts are held at once."""
_NEAREST = 12
"""Passages near to one that it is compared with, at most."""
_FLAGS = 1_000
"""Flags that are weighed together."""
_WHOLE = timedelta(days=7)
"""How often all pages are looked at again: a detector may have learned something."""
_MOVED = 0.005
"""A score is stored anew when it moved by so much."""


@dataclass(frozen=True, slots=True)
class Detectors:
    """Who looks at pages."""

    alone: tuple[PageDetector, ...]
    near: tuple[NearDetector, ...]
    whole: tuple[WholeDetector, ...]

    @property
    def between(self) -> frozenset[FlagKind]:
        """What can be found between two pages."""
        return frozenset().union(*(one.kinds for one in self.near))


@dataclass(frozen=True, slots=True)
class InspectPorts:
    """What an inspection works with."""

    flags: FlagLedger
    freshness: FreshnessLedger
    reading: ReadLedger
    neighbours: Neighbours
    links: LinkRound
    clock: Clock
    judge: Judge | None = None
    """Reads contradictions before they are raised."""


@dataclass(slots=True)
class Report:
    """What one inspection came to."""

    looked_at: int = 0
    raised: list[Flag] = field(default_factory=list)
    closed: list[Flag] = field(default_factory=list)

    def add(self, settlement: Settlement) -> None:
        """Count what was raised and closed."""
        self.raised += settlement.raised
        self.closed += settlement.closed


class Inspector:
    """Inspects a tenant's pages; safe to break off and to do twice."""

    def __init__(self, ports: InspectPorts, detectors: Detectors) -> None:
        self.ports = ports
        self._detectors = detectors
        self._log = structlog.get_logger("punnet.inspect")

    async def inspect(self, tenant: TenantId) -> Report:
        """Look at all that changed since the last time, and judge every page's age anew."""
        ports, now, report = self.ports, self.ports.clock(), Report()
        standing = await ports.freshness.inspected(tenant)
        # A time that lies ahead is that of a clock which ran ahead.
        lately = standing.whole_at is not None and timedelta() <= now - standing.whole_at < _WHOLE
        whole = not lately
        # Before anything is read: what changes meanwhile is looked at the next time.
        sequence = (await ports.reading.snapshot(tenant)).sequence
        await ports.flags.wake(tenant, now)
        report.closed += await ports.flags.close_changed(tenant, now)
        since = 0 if whole else standing.sequence
        try:
            await self._changed(tenant, since, now, report)
        finally:
            ports.neighbours.let_go(tenant)
        failpoint("inspect.changed")
        await self._all_together(tenant, now, report)
        failpoint("inspect.whole")
        await self._judge(tenant, now)
        whole_at = now if whole else standing.whole_at
        await ports.freshness.set_inspected(tenant, Inspected(sequence, whole_at))
        self._log.info(
            "inspected",
            tenant=tenant,
            looked_at=report.looked_at,
            raised=len(report.raised),
            closed=len(report.closed),
        )
        return report

    async def _changed(self, tenant: TenantId, since: int, now: datetime, report: Report) -> None:
        ids = await self.ports.freshness.to_inspect(tenant, since, now)
        found: list[Finding] = []
        for some in _slices(ids):
            pages = await self.ports.freshness.pages(tenant, some)
            await self._alone(tenant, pages, now, report)
            found += await self._beside(tenant, pages, now, report)
            report.looked_at += len(pages)
        for some in _slices(await self._partners(tenant, ids)):
            pages = await self.ports.freshness.pages(tenant, some)
            found += await self._beside(tenant, pages, now, report)
        # Closed only now: of two pages it may be the other one that tells.
        settled = await self.ports.flags.settle(tenant, self._detectors.between, ids, found, now)
        report.add(settled)

    async def _partners(self, tenant: TenantId, ids: Sequence[DocumentId]) -> list[DocumentId]:
        """Give the other pages of flags on these: what is near to them is only known from there."""
        partners: set[DocumentId] = set()
        for some in _slices(ids):
            where = FlagFilter(WAITING, self._detectors.between, frozenset(some))
            for flag in await self.ports.flags.list_flags(tenant, where, None, _FLAGS):
                partners |= {flag.finding.document, flag.finding.other or flag.finding.document}
        return sorted(partners.difference(ids))

    async def _alone(
        self, tenant: TenantId, pages: Sequence[Page], now: datetime, report: Report
    ) -> None:
        detectors = self._detectors.alone
        looked = await asyncio.to_thread(_look_alone, detectors, pages, now)
        kinds = frozenset().union(*(one.kinds for one in detectors))
        ids = [page.id for page in pages]
        report.add(await self.ports.flags.settle(tenant, kinds, ids, looked.findings, now))
        await self.ports.freshness.looked(tenant, looked.again, looked.volatility)

    async def _beside(
        self, tenant: TenantId, pages: Sequence[Page], now: datetime, report: Report
    ) -> Sequence[Finding]:
        """Raise what is found between these and others, and give it."""
        detectors = self._detectors.near
        least = min(one.nearness for one in detectors)
        vectors = await self.ports.freshness.vectors_of(tenant, [page.id for page in pages])
        near = await self.ports.neighbours.near(tenant, vectors, least, _NEAREST)
        ids = {one.passage.document for found in near.values() for one in found}
        others = await self.ports.freshness.pages(tenant, sorted(ids))
        known = {page.id: page for page in others}
        compared = await asyncio.to_thread(_look_beside, detectors, pages, near, known)
        findings = await sifted(compared, self.ports.judge)
        kinds = self._detectors.between
        report.add(await self.ports.flags.settle(tenant, kinds, (), findings, now))
        return findings

    async def _all_together(self, tenant: TenantId, now: datetime, report: Report) -> None:
        pages = await self.ports.freshness.agings(tenant, now)
        for detector in self._detectors.whole:
            findings = await asyncio.to_thread(detector.look, pages, now)
            kinds = detector.kinds
            report.add(await self.ports.flags.settle(tenant, kinds, None, findings, now))
        report.add(await self.ports.links.look(tenant, pages, now))

    async def _judge(self, tenant: TenantId, now: datetime) -> None:
        """Say how stale each page is, now that its flags are known, and how much those matter."""
        pages = await self.ports.freshness.agings(tenant, now)
        judged = await asyncio.to_thread(_judged, pages, now)
        moved = {
            page.document: judged[page.document]
            for page in pages
            if _differs(page, judged[page.document])
        }
        await self.ports.freshness.age(tenant, moved)
        failpoint("inspect.aged")
        await self._weigh(tenant, {page.document: page for page in pages}, judged)

    async def _weigh(
        self,
        tenant: TenantId,
        pages: Mapping[DocumentId, Aging],
        judged: Mapping[DocumentId, Staleness],
    ) -> None:
        flags: list[Flag] = []
        last: str | None = None
        while True:
            some = await self.ports.flags.list_flags(tenant, FlagFilter(WAITING), last, _FLAGS)
            flags += some
            if len(some) < _FLAGS:
                break
            last = some[-1].id
        impacts = {
            flag.id: weighed
            for flag in flags
            if (page := pages.get(flag.finding.document)) is not None
            and abs((weighed := impact(flag.finding, judged[page.document], page)) - flag.impact)
            > _MOVED
        }
        await self.ports.flags.weigh(tenant, impacts)


def _slices(ids: Sequence[DocumentId]) -> Iterator[Sequence[DocumentId]]:
    return (ids[start : start + _SLICE] for start in range(0, len(ids), _SLICE))


@dataclass(frozen=True, slots=True)
class _Alone:
    findings: list[Finding]
    again: dict[DocumentId, datetime | None]
    volatility: dict[DocumentId, float]


def _look_alone(detectors: Sequence[PageDetector], pages: Sequence[Page], now: datetime) -> _Alone:
    looked = _Alone([], {}, {})
    for page in pages:
        said = [detector.look(page, now) for detector in detectors]
        looked.findings.extend(finding for one in said for finding in one.findings)
        times = [one.again_at for one in said if one.again_at is not None]
        looked.again[page.id] = min(times, default=None)
        text, title = page.revision.text, page.record.facts.title
        looked.volatility[page.id] = content_volatility(title, text)
    return looked


def _look_beside(
    detectors: Sequence[NearDetector],
    pages: Sequence[Page],
    near: Mapping[PointId, Sequence[Neighbour]],
    known: Mapping[DocumentId, Page],
) -> list[Finding]:
    findings: dict[tuple[FlagKind, DocumentId, str], Finding] = {}
    for page in pages:
        pairs: dict[DocumentId, list[NearPair]] = defaultdict(list)
        for mine in page.passages:
            for one in near.get(mine.id, ()):
                if one.passage.document in known:
                    pairs[one.passage.document].append(NearPair(mine, one.passage, one.cosine))
        for detector in detectors:
            beside = [
                NearPage(known[other], close)
                for other, its in sorted(pairs.items())
                if (close := tuple(p for p in its if p.cosine >= detector.nearness))
            ]
            for found in detector.look(page, beside):
                # Both sides say the same of one another.
                findings.setdefault((found.kind, found.document, found.key), found)
    return list(findings.values())


def _judged(pages: Sequence[Aging], now: datetime) -> dict[DocumentId, Staleness]:
    # A day on which a large part of a source changed tells of its keeper, not of its pages.
    return {page.document: staleness(page, now) for page in apart_from_housekeeping(pages)}


def _differs(page: Aging, judged: Staleness) -> bool:
    return (
        abs(page.score - judged.score) >= _MOVED
        or page.stale is not judged.stale
        or page.reasons != judged.reasons
    )
