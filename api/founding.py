"""What a new home is given: an operator, a key, and an example to ask about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.home import Home, write_whole
from api.security import RandomBytes, digest_key, mint_key, prefix_of
from connectors.errors import SettingsInvalid
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
        """Make the operator's tenant, and its admin key where the home has none that is known.

        Raises SettingsInvalid where the home's key is known, but digested otherwise.
        """
        if await self.tenants.tenant(DEFAULT_TENANT) is None:
            operator = Tenant(DEFAULT_TENANT, "Default", operator=True, created_at=self.clock())
            await self.tenants.create_tenant(operator)
        if not await opens(self.tenants, home, self.pepper):
            await self._keep_key(home)

    async def begin_anew(self, home: Home) -> Mapping[TenantId, str]:
        """End every key; give each tenant's new admin key but the operator's, which is kept."""
        made: dict[TenantId, str] = {}
        for tenant in await self.tenants.list_tenants():
            for key in await self.tenants.list_keys(tenant.id):
                await self.tenants.revoke_key(tenant.id, key.id, self.clock())
            if not tenant.operator:
                made[tenant.id] = await self._make_key(tenant.id, "After a reset")
        await self._keep_key(home)
        return made

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

    async def _keep_key(self, home: Home) -> None:
        # In this order a kill between the two leaves a row that nobody can use, not a
        # file that opens nothing.
        text = await self._make_key(DEFAULT_TENANT, "admin.key")
        if home.admin_key.exists():
            home.admin_key.replace(home.admin_key.with_suffix(".key.old"))
        write_whole(home.admin_key, text.encode() + b"\n")

    async def _make_key(self, tenant: TenantId, name: str) -> str:
        minted = mint_key(self.random, self.pepper)
        key = ApiKey(
            id=self.new_id(),
            tenant=tenant,
            name=name,
            prefix=minted.prefix,
            digest=minted.digest,
            scopes=frozenset({"admin"}),
            groups=None,
            created_at=self.clock(),
        )
        await self.tenants.add_key(key)
        return minted.text


async def has_keys(tenants: TenantLedger) -> bool:
    """Say whether the ledger knows a key, revoked or not."""
    return any([await tenants.list_keys(tenant.id) for tenant in await tenants.list_tenants()])


async def opens(tenants: TenantLedger, home: Home, pepper: bytes) -> bool:
    """Say whether the home has a key that the ledger knows.

    Raises SettingsInvalid where it is, but was digested with another pepper.
    """
    if not home.admin_key.exists():
        return False
    text = home.admin_key.read_text().strip()
    known = await tenants.keys_with_prefix(prefix_of(text))
    digest = digest_key(text, pepper)
    if known and all(key.digest != digest for key in known):
        raise SettingsInvalid(
            "The pepper is not the one that keys were digested with, so that none opens anything. "
            f"Put {home.pepper} (or PUNNET_PEPPER) back as it was; or end all keys and begin with "
            "new ones: 'punnet key reset'."
        )
    return bool(known)


def _folders(records: Sequence[SourceRecord]) -> set[object]:
    return {record.source.settings.get("path") for record in records}
