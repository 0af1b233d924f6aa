"""Look where the links of all pages lead, reading only the pages of which one leads nowhere."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.model import TenantId
from ingest.freshness.broken_links import addresses_to_check, broken_links, leads_nowhere
from ingest.freshness.linked import LinkedKnowledge
from ingest.freshness.model import Aging, FlagKind, Settlement
from ingest.freshness.pages import Linking, LinkState
from ingest.freshness.ports import FlagLedger, FreshnessLedger, LinkChecker

_KINDS = frozenset({FlagKind.BROKEN_LINK})


class LinkRound:
    """Raises and closes flags on links; without a checker only what is known here decides."""

    def __init__(
        self, flags: FlagLedger, freshness: FreshnessLedger, checker: LinkChecker | None
    ) -> None:
        self._flags = flags
        self._freshness = freshness
        self._checker = checker

    async def look(self, tenant: TenantId, pages: Sequence[Aging], at: datetime) -> Settlement:
        """Look at all links once; `pages` is all that is there."""
        freshness = self._freshness
        deleted = await freshness.deleted_addresses(tenant)
        linking = await freshness.linking(tenant)
        known = await asyncio.to_thread(LinkedKnowledge.of, pages, deleted)
        checked = await self._checked(linking, known)
        suspects = await asyncio.to_thread(
            lambda: [one.document for one in linking if leads_nowhere(one, known, checked)]
        )
        found = broken_links(await freshness.pages(tenant, suspects), known, checked)
        return await self._flags.settle(tenant, _KINDS, None, found, at)

    async def _checked(
        self, linking: Sequence[Linking], known: LinkedKnowledge
    ) -> Mapping[str, LinkState]:
        if self._checker is None:
            return {}
        addresses = await asyncio.to_thread(addresses_to_check, linking, known)
        return await self._checker.check(addresses)
