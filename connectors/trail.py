"""One crawl's part of the frontier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.model import Address, Reached, SourceId, TenantId, Visit
from connectors.port import Frontier


@dataclass(frozen=True, slots=True)
class Trail:
    """The frontier of one source as one crawl uses it; what each does, `Frontier` says."""

    frontier: Frontier
    tenant: TenantId
    source: SourceId
    crawl: str

    async def begin(self) -> None:
        """Start with nothing to visit."""
        await self.frontier.begin(self.tenant, self.source, self.crawl)

    async def rewind(self, step: int) -> bool:
        """Go back to the end of a step; False when the crawl is not known any more."""
        return await self.frontier.rewind(self.tenant, self.source, self.crawl, step)

    async def add(self, addresses: Sequence[Address]) -> int:
        """Put addresses into the queue, and say how many are new to it."""
        return await self.frontier.add(self.tenant, self.source, self.crawl, addresses)

    async def waiting(self, limit: int) -> Sequence[Address]:
        """Give the next addresses."""
        return await self.frontier.waiting(self.tenant, self.source, self.crawl, limit)

    async def visited(self, step: int, visits: Sequence[Visit]) -> None:
        """Note what a step learnt."""
        await self.frontier.visited(self.tenant, self.source, self.crawl, step, visits)

    async def learnt(self, urls: Sequence[str]) -> Mapping[str, Visit]:
        """Give what any crawl learnt last."""
        return await self.frontier.learnt(self.tenant, self.source, urls)

    async def reached(self, urls: Sequence[str]) -> Mapping[str, Reached]:
        """Say how addresses stand in this crawl."""
        return await self.frontier.reached(self.tenant, self.source, self.crawl, urls)
