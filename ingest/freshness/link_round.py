"""Look where the links of all pages lead, reading only the pages of which one leads nowhere."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.model import SourceId, TenantId
from ingest.freshness.broken_links import addresses_to_check, broken_links, leads_nowhere
from ingest.freshness.linked import LinkedKnowledge
from ingest.freshness.model import Aging, FlagKind, Settlement
from ingest.freshness.pages import Linking, LinkState
from ingest.freshness.ports import FlagLedger, FreshnessLedger, LinkChecker
from ingest.ledger import RunLedger

_KINDS = frozenset({FlagKind.BROKEN_LINK})


class LinkRound:
    """Raises and closes flags on links; without a checker only what is known here decides."""

    def __init__(
        self,
        flags: FlagLedger,
        freshness: FreshnessLedger,
        runs: RunLedger,
        checker: LinkChecker | None,
    ) -> None:
        self._flags = flags
        self._freshness = freshness
        self._runs = runs
        self._checker = checker

    async def look(self, tenant: TenantId, pages: Sequence[Aging], at: datetime) -> Settlement:
        """Look at all links once; `pages` is all that is there.

        Those of a source that is being read wait: what is missing may be on its way.
        """
        freshness = self._freshness
        deleted = await freshness.deleted_addresses(tenant)
        busy = await self._busy(tenant, pages)
        linking = [one for one in await freshness.linking(tenant) if one.source not in busy]
        known = await asyncio.to_thread(LinkedKnowledge.of, pages, deleted)
        checked = await self._checked(linking, known)
        suspects = await asyncio.to_thread(
            lambda: [one.document for one in linking if leads_nowhere(one, known, checked)]
        )
        found = broken_links(await freshness.pages(tenant, suspects), known, checked)
        looked_at = [one.document for one in pages if one.source not in busy]
        return await self._flags.settle(tenant, _KINDS, looked_at, found, at)

    async def _busy(self, tenant: TenantId, pages: Sequence[Aging]) -> frozenset[SourceId]:
        runs = await self._runs.last_runs(tenant, {page.source for page in pages})
        return frozenset(its for its, run in runs.items() if run.ended_at is None)

    async def _checked(
        self, linking: Sequence[Linking], known: LinkedKnowledge
    ) -> Mapping[str, LinkState]:
        if self._checker is None:
            return {}
        addresses = await asyncio.to_thread(addresses_to_check, linking, known)
        return await self._checker.check(addresses)
