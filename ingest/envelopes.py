"""What the ledger keeps of secrets: always sealed, never readable by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.model import SourceId, TenantId


@dataclass(frozen=True, slots=True)
class Sealed:
    """The credentials of one source."""

    tenant: TenantId
    source: SourceId
    version: int
    """From 1, and one more with every change."""
    names: frozenset[str]
    changed_at: datetime
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Invitation:
    """What somebody without an API key may do for a source, once and not for long."""

    key: str
    """Says what for; of a secret that proves it, the digest alone."""
    tenant: TenantId
    source: SourceId
    expires_at: datetime
    envelope: bytes = b""
    """What must be known to carry it out."""


class CredentialLedger(Protocol):
    """Know what is sealed; it goes with its source."""

    async def credentials(self, tenant: TenantId, source: SourceId) -> Sealed | None:
        """Give those of one source."""
        ...

    async def save_credentials(self, sealed: Sealed) -> None:
        """Replace the version before this one; the first one replaces none.

        Raises LedgerConflict, with nothing changed, when that is not the version that is
        there, or the tenant has no such source, or one that is being removed.
        """
        ...

    async def remove_credentials(self, tenant: TenantId, source: SourceId) -> bool:
        """Forget them; False when there were none."""
        ...

    async def credential_names(self, tenant: TenantId) -> Mapping[SourceId, frozenset[str]]:
        """Name what each source of the tenant has."""
        ...

    async def all_credentials(self) -> Sequence[Sealed]:
        """Give those of all tenants, to seal them under another key."""
        ...

    async def tenant_of(self, source: SourceId) -> TenantId | None:
        """Say whose source it is, for calls that carry no key."""
        ...

    async def invite(self, invitation: Invitation) -> None:
        """Keep it in place of one with the same key; raises LedgerConflict as credentials do.

        All that have expired by `expires_at` less a day are forgotten.
        """
        ...

    async def invitation(self, key: str, at: datetime) -> Invitation | None:
        """Give it, unless it has expired."""
        ...

    async def take_invitation(self, key: str, at: datetime) -> Invitation | None:
        """Give it and forget it, so that one caller alone has it; None where it has expired."""
        ...
