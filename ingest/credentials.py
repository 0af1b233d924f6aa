"""The secrets of sources: sealed before they are kept, opened where they are used."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from connectors.errors import CredentialsInvalid, CredentialsMissing
from connectors.model import SourceId, TenantId
from ingest.envelopes import CredentialLedger, Sealed
from ingest.errors import LedgerConflict
from ingest.ports import Clock
from ingest.vault import Vault

WEBHOOK_TOKEN = "webhook_token"  # noqa: S105 - a name
"""What a vendor signs its hints with; it comes from the vendor, and stays when others change."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keeps the secrets of sources by name."""

    ledger: CredentialLedger
    vault: Vault
    clock: Clock

    async def read(self, tenant: TenantId, source: SourceId) -> Mapping[str, str]:
        """Give the secrets; raises CredentialsInvalid where there are none or none that open."""
        sealed = await self.ledger.credentials(tenant, source)
        if sealed is None:
            raise CredentialsMissing(
                "The source has no credentials yet: give them with `punnet source credentials`."
            )
        return self._opened(sealed)

    async def write(self, tenant: TenantId, source: SourceId, secrets: Mapping[str, str]) -> Sealed:
        """Replace what people gave by these; raises LedgerConflict when somebody else did too."""
        held = await self.ledger.credentials(tenant, source)
        kept = self._vendors_own(held) if held else {}
        return await self._save(tenant, source, {**kept, **secrets}, held)

    async def add(self, tenant: TenantId, source: SourceId, name: str, secret: str) -> Sealed:
        """Set one secret beside the others; raises CredentialsInvalid, LedgerConflict."""
        held = await self.ledger.credentials(tenant, source)
        secrets = self._opened(held) if held else {}
        return await self._save(tenant, source, {**secrets, name: secret}, held)

    async def reseal(self) -> int:
        """Seal under the newest key what an older one sealed, and say how many that were."""
        done = 0
        for sealed in await self.ledger.all_credentials():
            if self.vault.is_current(sealed.envelope):
                continue
            try:
                await self._renew(sealed)
            except (CredentialsInvalid, LedgerConflict):
                continue  # its source tells of it; or it was given anew just now
            done += 1
        return done

    async def _renew(self, sealed: Sealed) -> None:
        content = self.vault.open(sealed.envelope, *_owner(sealed))
        later = replace(sealed, version=sealed.version + 1)
        envelope = self.vault.seal(content, *_owner(later))
        await self.ledger.save_credentials(replace(later, envelope=envelope))

    async def _save(
        self,
        tenant: TenantId,
        source: SourceId,
        secrets: Mapping[str, str],
        held: Sealed | None,
    ) -> Sealed:
        version = held.version + 1 if held else 1
        sealed = Sealed(tenant, source, version, frozenset(secrets), self.clock(), b"")
        content = json.dumps(dict(secrets)).encode()
        sealed = replace(sealed, envelope=self.vault.seal(content, *_owner(sealed)))
        await self.ledger.save_credentials(sealed)
        return sealed

    def _opened(self, sealed: Sealed) -> Mapping[str, str]:
        content = self.vault.open(sealed.envelope, *_owner(sealed))
        secrets: dict[str, str] = json.loads(content)
        return secrets

    def _vendors_own(self, held: Sealed) -> Mapping[str, str]:
        """Give what no person gave, where it can still be opened."""
        if WEBHOOK_TOKEN not in held.names:
            return {}
        try:
            return {WEBHOOK_TOKEN: self._opened(held)[WEBHOOK_TOKEN]}
        except CredentialsInvalid:
            return {}


def _owner(sealed: Sealed) -> tuple[str, ...]:
    return ("credentials", sealed.tenant, sealed.source, str(sealed.version))
