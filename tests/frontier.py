"""A frontier in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.model import Address, Reached, SourceId, TenantId, Visit


@dataclass
class _Row:
    place: int
    depth: int
    held: bool
    linked: bool
    step: int | None = None


@dataclass
class _Crawl:
    id: str
    rows: dict[str, _Row] = field(default_factory=dict)


class MemoryFrontier:
    """Keeps the promises of Frontier in dicts; it never forgets what was learnt."""

    def __init__(self) -> None:
        self._crawls: dict[tuple[TenantId, SourceId], _Crawl] = {}
        self._learnt: dict[tuple[TenantId, SourceId], dict[str, Visit]] = {}

    async def begin(self, tenant: TenantId, source: SourceId, crawl: str) -> None:
        self._crawls[tenant, source] = _Crawl(crawl)

    async def rewind(self, tenant: TenantId, source: SourceId, crawl: str, step: int) -> bool:
        rows = self._rows(tenant, source, crawl)
        if rows is None:
            return False
        for row in rows.values():
            row.step = None if row.step is None or row.step > step else row.step
        return True

    async def add(
        self, tenant: TenantId, source: SourceId, crawl: str, addresses: Sequence[Address]
    ) -> int:
        rows = self._rows(tenant, source, crawl)
        assert rows is not None
        before = len(rows)
        for one in addresses:
            new = _Row(len(rows), one.depth, one.held, linked=False)
            row = rows.setdefault(one.url, new)
            row.depth = min(row.depth, one.depth)
            row.linked = row.linked or not one.held
        return len(rows) - before

    async def waiting(
        self, tenant: TenantId, source: SourceId, crawl: str, limit: int
    ) -> Sequence[Address]:
        rows = self._rows(tenant, source, crawl) or {}
        queue = [(url, row) for url, row in rows.items() if row.step is None]
        queue.sort(key=lambda one: (not one[1].held, 0 if one[1].held else one[1].depth))
        return [Address(url, row.depth, held=row.held) for url, row in queue[:limit]]

    async def visited(
        self,
        tenant: TenantId,
        source: SourceId,
        crawl: str,
        step: int,
        visits: Sequence[Visit],
    ) -> None:
        rows = self._rows(tenant, source, crawl)
        assert rows is not None
        for visit in visits:
            rows.setdefault(visit.url, _Row(0, visit.depth, held=False, linked=False)).step = step
            self._learnt.setdefault((tenant, source), {})[visit.url] = visit

    async def learnt(
        self, tenant: TenantId, source: SourceId, urls: Sequence[str]
    ) -> Mapping[str, Visit]:
        known = self._learnt.get((tenant, source), {})
        return {url: known[url] for url in urls if url in known}

    async def reached(
        self, tenant: TenantId, source: SourceId, crawl: str, urls: Sequence[str]
    ) -> Mapping[str, Reached]:
        rows = self._rows(tenant, source, crawl) or {}
        return {
            url: Reached(rows[url].linked, visited=rows[url].step is not None)
            for url in urls
            if url in rows
        }

    def _rows(self, tenant: TenantId, source: SourceId, crawl: str) -> dict[str, _Row] | None:
        its = self._crawls.get((tenant, source))
        return its.rows if its is not None and its.id == crawl else None
