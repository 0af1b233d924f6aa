"""What the ledger keeps of shared prefixes, so that every process writes the same bytes again."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from connectors.model import TenantId
from ingest.model import DocumentId


@dataclass(frozen=True, slots=True)
class PrefixEntry:
    """A document as it stands in a prefix; neither its place nor its words ever change there."""

    part: int
    """The message that it stands in, from 1: what is appended gets one of its own."""
    number: int
    """Of its block, from 1: the 7 of D7."""
    document: DocumentId
    revision: int
    head: str
    """What the block's first line says of title and link."""
    changed: date | None
    """The date in that line."""
    tokens: int
    """Of the block as written, counted as o200k does."""
    digest: str
    """Of the block's bytes: what is written otherwise today must be packed anew."""
    replaces: int | None = None
    """The block that says the same in an older version, and is not to be cited any more."""


@dataclass(frozen=True, slots=True)
class StoredPrefix:
    """A prefix as it was packed last, in the order of its bytes."""

    tenant: TenantId
    key: str
    """Names what it holds: the scope, and which documents its readers may see."""
    version: int
    """From 1, and one more with every change."""
    sequence: int
    """The tenant's, as of which it was packed."""
    saved_at: datetime
    entries: tuple[PrefixEntry, ...]


class PrefixLedger(Protocol):
    """Know what stands in shared prefixes; it goes with its tenant."""

    async def prefix(self, tenant: TenantId, key: str) -> StoredPrefix | None:
        """Give the last version."""
        ...

    async def save_prefix(self, prefix: StoredPrefix) -> None:
        """Replace the version before this one; the first one replaces none.

        Raises LedgerConflict, with nothing changed, when that is not the version that is
        there, or there is no such tenant. With a first one go those of the tenant that have
        not changed for 30 days: nobody may be asking for them.
        """
        ...
