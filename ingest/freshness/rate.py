"""Say anew how stale pages are and what flags weigh: what somebody said counts at once."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from connectors.model import TenantId
from ingest.freshness.impact import impact
from ingest.freshness.model import Aging, Flag
from ingest.freshness.ports import FlagLedger, FreshnessLedger
from ingest.freshness.staleness import staleness
from ingest.model import DocumentId

_ONE_BY_ONE = 20
"""Above it reading what is known of all pages is less work."""


async def rate(
    ledger: FreshnessLedger, tenant: TenantId, documents: Collection[DocumentId], at: datetime
) -> None:
    """Judge these pages and store it; those that are gone are left out."""
    agings: Collection[Aging | None]
    if len(documents) > _ONE_BY_ONE:
        agings = [one for one in await ledger.agings(tenant, at) if one.document in documents]
    else:
        agings = [await ledger.aging(tenant, one, at) for one in documents]
    await ledger.age(tenant, {one.document: staleness(one, at) for one in agings if one})


async def weigh(flags: FlagLedger, ledger: FreshnessLedger, flag: Flag, at: datetime) -> Flag:
    """Store how much a new flag matters, so that it need not wait at the end of the queue."""
    page = await ledger.aging(flag.tenant, flag.finding.document, at)
    if page is None:
        return flag
    weight = impact(flag.finding, staleness(page, at), page)
    await flags.weigh(flag.tenant, {flag.id: weight})
    return replace(flag, impact=weight)
