"""Go through a website step by step, from what we hold and where it begins to where it leads."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from connectors.errors import FetchError, SourceUnavailable
from connectors.failpoint import failpoint
from connectors.model import (
    Address,
    Completeness,
    Entry,
    Failure,
    KnownDocument,
    Page,
    Tombstone,
    Visit,
)
from connectors.tally import Tally
from connectors.trail import Trail
from connectors.visiting import Finding, Visitor

STEP = 16
"""Addresses of a step; what is on the way when a run is killed is asked again."""
QUEUED = 4
"""Times 'max_pages' that may wait: a site that makes up pages would fill any disk."""
_AT_ONCE = 8
_SLICE = 500
LONG_GONE = timedelta(hours=20)
"""What answers on two days that it is not there is gone, whoever still links to it."""


@dataclass(frozen=True, slots=True)
class Crawl:
    """One crawl of one source; the frontier has everything that must outlive the process."""

    visitor: Visitor
    trail: Trail
    known: Mapping[str, KnownDocument]

    async def queue_held(self) -> None:
        """Have everything asked that we hold, so that what is gone and what moved is noticed."""
        held = iter([ref for ref in self.known if self.visitor.settings.scope.takes(ref)])
        while refs := list(islice(held, _SLICE)):
            learnt = await self.trail.learnt(refs)
            await self.trail.add(
                [Address(ref, learnt[ref].depth if ref in learnt else 1, held=True) for ref in refs]
            )

    async def run(self, tally: Tally) -> AsyncIterator[Page | Completeness]:
        """Visit what waits, and what that leads to, until nothing waits or the limits say so."""
        while batch := await self._next(tally):
            findings = await self._visit(batch)
            if not any(finding.answered for finding in findings):
                await self._require_site(findings)
            failpoint("web.visited")
            tally = tally.after(findings, self.visitor.settings.starts)
            tally = await self._queue(findings, tally)
            failpoint("web.queued")
            await self.trail.visited(tally.step, _visits(findings))
            failpoint("web.page")
            if items := _items(findings):
                yield Page(items, tally.cursor)
        if not tally.given and tally.doubts:
            raise SourceUnavailable(f"Nothing was found. {tally.doubts[0]}")
        tally = tally.doubting(await self._left_out(tally))
        if not tally.complete:
            async for page in self._long_gone(tally):
                yield page
        yield Completeness(tally.complete, None, tally.notes)

    async def _next(self, tally: Tally) -> Sequence[Address]:
        settings = self.visitor.settings
        room = min(STEP, settings.max_pages - tally.asked)
        waiting = await self.trail.waiting(room) if room > 0 else ()
        return [one for one in waiting if one.held or one.depth <= settings.max_depth]

    async def _visit(self, batch: Sequence[Address]) -> Sequence[Finding]:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def visit(address: Address) -> Finding:
            async with gate:
                return await self.visitor.visit(address)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(visit(address)) for address in batch]
        return [task.result() for task in tasks]

    async def _require_site(self, findings: Sequence[Finding]) -> None:
        """Raise SourceUnavailable when the start pages do not answer either."""
        trouble = findings[0].problem
        for start in self.visitor.settings.starts:
            try:
                reply = await self.visitor.asker.ask(start, {})
            except FetchError as error:
                trouble = str(error)
                continue
            if reply.status < 500 and reply.status != 429:
                return
            trouble = f"{start} answers {reply.status}."
        raise SourceUnavailable(f"The site does not answer; nothing was deleted. {trouble}")

    async def _queue(self, findings: Sequence[Finding], tally: Tally) -> Tally:
        """Put what pages lead to into the queue, unless that has no end."""
        most = QUEUED * self.visitor.settings.max_pages
        if tally.queued >= most:
            return tally.doubting([f"Links lead to {most:,} addresses: no more were followed."])
        added = await self.trail.add(list(self._onward(findings)))
        return replace(tally, queued=tally.queued + added)

    def _onward(self, findings: Sequence[Finding]) -> Iterator[Address]:
        seen: set[str] = set()
        for visit in (visit for finding in findings for visit in finding.visits):
            for link in visit.links:
                if link not in seen:
                    seen.add(link)
                    yield Address(link, visit.depth + 1)

    async def _left_out(self, tally: Tally) -> list[str]:
        """Say which limit kept addresses from being visited."""
        if not await self.trail.waiting(1):
            return []
        settings = self.visitor.settings
        if tally.asked >= settings.max_pages:
            return [f"There are more than 'max_pages' ({settings.max_pages}) addresses."]
        return [f"There are pages deeper than 'max_depth' ({settings.max_depth}) links."]

    async def _long_gone(self, tally: Tally) -> AsyncIterator[Page]:
        """Give up what was not there on two days, which needs no complete crawl to be known."""
        before = self.visitor.now() - LONG_GONE
        gone: list[Tombstone] = []
        held = iter(self.known)
        while refs := list(islice(held, _SLICE)):
            learnt = await self.trail.learnt(refs)
            reached = await self.trail.reached(refs)
            for ref in refs:
                since = learnt[ref].missing_since if ref in learnt else None
                if since is not None and since <= before and ref in reached:
                    gone += [Tombstone(ref)] if reached[ref].visited else []
        if gone:
            yield Page(tuple(gone), tally.cursor)


def _visits(findings: Sequence[Finding]) -> list[Visit]:
    """Give each address once: what was learnt at its own turn counts before what led there."""
    own = {finding.visits[0].url: finding.visits[0] for finding in findings}
    led = {visit.url: visit for finding in findings for visit in finding.visits[1:]}
    return [*(led | own).values()]


def _items(findings: Sequence[Finding]) -> tuple[Entry | Failure, ...]:
    """Give each document once; of two findings the one that says where it came from."""
    items: dict[str, Entry | Failure] = {}
    for item in (item for finding in findings for item in finding.items):
        held = items.get(item.ref)
        if held is None or _tells_more(item, held):
            items[item.ref] = item
    # A move is told before anything is said of the place that was left.
    left = {item.moved_from for item in items.values() if isinstance(item, Entry)}
    return tuple(item for item in items.values() if item.ref not in left)


def _tells_more(item: Entry | Failure, held: Entry | Failure) -> bool:
    if isinstance(item, Failure):
        return False
    if isinstance(held, Failure):
        return True
    return item.moved_from is not None and held.moved_from is None
