"""What a new home is given: an operator, a key, and an example to ask about."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.home import Home, write_whole
from api.security import RandomBytes, digest_key, mint_key
from connectors.model import Source, SourceId, TenantId
from ingest.ledger import SourceLedger, TenantLedger
from ingest.ports import Clock, NewId
from ingest.records import ApiKey, SourceRecord, Tenant, Timing

DEFAULT_TENANT = TenantId("default")
EXAMPLE_NAME = "Example shop"
EXAMPLE_EVERY_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Founder:
    """Gives a home what it lacks; doing it again changes nothing."""

    tenants: TenantLedger
    sources: SourceLedger
    pepper: bytes
    clock: Clock
    new_id: NewId
    random: RandomBytes

    async def found(self, home: Home) -> None:
        """Make the operator's tenant, and its admin key where the home has none that is known."""
        if await self.tenants.tenant(DEFAULT_TENANT) is None:
            operator = Tenant(DEFAULT_TENANT, "Default", operator=True, created_at=self.clock())
            await self.tenants.create_tenant(operator)
        if not await self._opens(home):
            await self._make_key(home)

    async def add_example(self, folder: Path) -> None:
        """Add the folder as a source that is due now, unless it is one already."""
        known = await self.sources.list_sources(DEFAULT_TENANT)
        if str(folder) in _folders(known):
            return
        now = self.clock()
        source = Source(
            SourceId(self.new_id()), DEFAULT_TENANT, "files", EXAMPLE_NAME, {"path": str(folder)}
        )
        await self.sources.add_source(
            SourceRecord(
                source,
                timing=Timing(EXAMPLE_EVERY_SECONDS),
                next_due_at=now,
                paused=False,
                cursor=None,
                created_at=now,
            )
        )

    async def _opens(self, home: Home) -> bool:
        """Say whether the ledger knows the home's key; a new ledger knows none."""
        if not home.admin_key.exists():
            return False
        digest = digest_key(home.admin_key.read_text().strip(), self.pepper)
        known = await self.tenants.list_keys(DEFAULT_TENANT)
        return any(key.digest == digest for key in known)

    async def _make_key(self, home: Home) -> None:
        minted = mint_key(self.random, self.pepper)
        key = ApiKey(
            id=self.new_id(),
            tenant=DEFAULT_TENANT,
            name="admin.key",
            prefix=minted.prefix,
            digest=minted.digest,
            scopes=frozenset({"admin"}),
            groups=None,
            created_at=self.clock(),
        )
        # In this order a kill between the two leaves a row that nobody can use, not a
        # file that opens nothing.
        await self.tenants.add_key(key)
        write_whole(home.admin_key, minted.text.encode() + b"\n")


def _folders(records: Sequence[SourceRecord]) -> set[object]:
    return {record.source.settings.get("path") for record in records}
