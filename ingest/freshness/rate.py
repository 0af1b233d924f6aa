"""Say anew how stale pages are, because what somebody decided counts at once."""

from collections.abc import Collection
from datetime import datetime

from connectors.model import TenantId
from ingest.freshness.model import Aging
from ingest.freshness.ports import FreshnessLedger
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
