"""Hold whole indexes against the ledger: a new or lost one at once, any other in rounds."""

from datetime import datetime, timedelta

import structlog

from connectors.model import SourceId
from ingest.ledger import SourceLedger, TenantLedger
from ingest.ports import AuditedIndex, Clock
from ingest.schedule import Schedule
from ingest.upkeep import Upkeep


class Auditor:
    """Lets an index be searched once each source was held against the ledger."""

    def __init__(
        self, tenants: TenantLedger, sources: SourceLedger, upkeep: Upkeep, index: AuditedIndex
    ) -> None:
        self._tenants = tenants
        self._sources = sources
        self._upkeep = upkeep
        self._index = index
        self._log = structlog.get_logger("punnet.audit")

    async def audit(self) -> None:
        """Make the index hold what the ledger says where that is not known; else do nothing.

        Safe to do twice, and to break off: what was restored is found there the next time.
        Raises SourceBusy while a run works on a source.
        """
        if await self._index.is_audited():
            return
        restored = 0
        for tenant in await self._tenants.list_tenants():
            for record in await self._sources.list_sources(tenant.id):
                # Of a source that was never read there is hardly anything to rebuild.
                say = self._log.warning if record.last_synced_at else self._log.info
                say("index_is_rebuilt", source=record.source.id)
                drift = await self._upkeep.compare(tenant.id, record.source.id, repair=True)
                restored += drift.missing
        await self._index.set_audited()
        self._log.info("index_may_be_searched", restored=restored)


class Rounds:
    """Has each source's part of the index compared once in a span, one of them at a time."""

    def __init__(
        self,
        tenants: TenantLedger,
        sources: SourceLedger,
        schedule: Schedule,
        span: timedelta,
        clock: Clock,
    ) -> None:
        self._tenants = tenants
        self._sources = sources
        self._schedule = schedule
        self._span = span
        self._clock = clock
        self._compared: dict[SourceId, datetime] = {}

    async def ring(self) -> None:
        """Have the one compared that waits longest, if its time has come.

        What is met for the first time was compared at the start, or has only just been added.
        """
        now = self._clock()
        sources = [
            record.source
            for tenant in await self._tenants.list_tenants()
            for record in await self._sources.list_sources(tenant.id)
        ]
        compared = {one.id: self._compared.get(one.id, now) for one in sources}
        self._compared = compared
        due = [one for one in sources if now - compared[one.id] >= self._span]
        if due:
            first = min(due, key=lambda one: compared[one.id])
            compared[first.id] = now
            await self._schedule.reconcile(first.tenant, first.id, soon=False)
