"""A prefix ledger in memory."""

from dataclasses import dataclass, field

from connectors.model import TenantId
from ingest.errors import LedgerConflict
from ingest.prefixes import StoredPrefix


@dataclass
class FakePrefixes:
    """Keeps the promises of the port but one: nothing is forgotten."""

    kept: dict[tuple[TenantId, str], StoredPrefix] = field(default_factory=dict)
    saved: int = 0

    async def prefix(self, tenant: TenantId, key: str) -> StoredPrefix | None:
        return self.kept.get((tenant, key))

    async def save_prefix(self, prefix: StoredPrefix) -> None:
        before = self.kept.get((prefix.tenant, prefix.key))
        if prefix.version != (before.version if before else 0) + 1:
            raise LedgerConflict("another process has changed the prefix: read it again")
        self.kept[prefix.tenant, prefix.key] = prefix
        self.saved += 1
