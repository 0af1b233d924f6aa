"""What freshness needs of the ledger, and what detectors promise."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from connectors.model import TenantId
from ingest.freshness.model import (
    Aging,
    Conflict,
    Deed,
    Finding,
    Flag,
    FlagChange,
    FlagFilter,
    FlagKind,
    Inspected,
    Origin,
    ReviewRule,
    Settlement,
    Staleness,
    Usage,
)
from ingest.freshness.pages import (
    Linking,
    LinkState,
    Looked,
    NearPage,
    Neighbour,
    Page,
    VectorBlock,
)
from ingest.model import DocumentId, PointId, Vector

# --- detectors --------------------------------------------------------------------


class PageDetector(Protocol):
    """Look at one page by itself."""

    @property
    def kinds(self) -> frozenset[FlagKind]:
        """What it can find; what it finds no more of these is closed."""
        ...

    def look(self, page: Page, at: datetime) -> Looked:
        """Say what is wrong with the page at that time, and when that would change."""
        ...


class NearDetector(Protocol):
    """Compare a page with all pages that are near to it at once."""

    @property
    def kinds(self) -> frozenset[FlagKind]:
        """What it can find."""
        ...

    @property
    def nearness(self) -> float:
        """The least cosine of passages that it wants to see."""
        ...

    def look(self, page: Page, near: Sequence[NearPage]) -> Sequence[Finding]:
        """Say what is wrong between the page and those; each of them would say the same of it."""
        ...


class WholeDetector(Protocol):
    """Look at what is known of all pages together."""

    @property
    def kinds(self) -> frozenset[FlagKind]:
        """What it can find."""
        ...

    def look(self, pages: Sequence[Aging], at: datetime) -> Sequence[Finding]:
        """Say what is wrong with them at that time."""
        ...


class LinkChecker(Protocol):
    """Ask the web whether pages are still there."""

    async def check(self, urls: Collection[str]) -> Mapping[str, LinkState]:
        """Say of as many of these as a while allows what became of them; the rest wait.

        What was learnt lately is not asked again. Never raises for what an address does.
        """
        ...


class Neighbours(Protocol):
    """Find what stands near a passage in meaning."""

    async def near(
        self, tenant: TenantId, points: Mapping[PointId, Vector], least: float, most: int
    ) -> Mapping[PointId, Sequence[Neighbour]]:
        """Give of each passage up to `most` live ones of other pages with at least this cosine.

        Best first. Passages that are not live, or have nothing near, are left out.
        """
        ...

    def let_go(self, tenant: TenantId) -> None:
        """Free what was kept of the tenant for the next call, such as all its vectors."""
        ...


# --- the ledger -------------------------------------------------------------------


class FlagLedger(Protocol):
    """Keep flags and what was done with them."""

    async def settle(
        self,
        tenant: TenantId,
        kinds: Collection[FlagKind],
        looked_at: Collection[DocumentId] | None,
        findings: Sequence[Finding],
        at: datetime,
    ) -> Settlement:
        """Make the detectors' flags say what was found, in one transaction.

        A finding without a flag raises one. One whose flag was closed by itself opens it
        again; one that was resolved is raised anew only when the page has changed since; one
        that was dismissed stays so. Waiting flags of these kinds that detectors raised, on
        pages looked at (None: all) or with such a page as their other one, which were not
        found again, are closed with a note that says whether the page changed or is gone.
        """
        ...

    async def raise_one(
        self, tenant: TenantId, finding: Finding, origin: Origin, by: str, at: datetime
    ) -> Flag:
        """Raise a flag that somebody reported; where the same waits, give that one, with the
        report in its history. So too where people dismissed or resolved it, the texts are as
        they were, and it is not a person who reports.
        """
        ...

    async def close_changed(self, tenant: TenantId, at: datetime) -> Sequence[Flag]:
        """Close what people and agents said of a text that is no longer the live one.

        Where the words that they quoted still stand, the flag waits on and says where.
        """
        ...

    async def flag(self, tenant: TenantId, flag: str) -> Flag | None:
        """Give one flag of the tenant."""
        ...

    async def list_flags(
        self, tenant: TenantId, where: FlagFilter, after: str | None, limit: int
    ) -> Sequence[Flag]:
        """Give flags by impact, highest first, then by id, beginning after the flag `after`."""
        ...

    async def count_flags(self, tenant: TenantId, where: FlagFilter) -> Mapping[FlagKind, int]:
        """Count flags by kind."""
        ...

    async def change(
        self, tenant: TenantId, flags: Collection[str], change: FlagChange
    ) -> Sequence[Flag]:
        """Do one thing to flags, all or none, and note it in their history.

        Raises LedgerConflict when one of them has ended (or, to reopen it, has not).
        """
        ...

    async def wake(self, tenant: TenantId, at: datetime) -> int:
        """Open what was snoozed until then, and say how many."""
        ...

    async def conflicts(
        self,
        tenant: TenantId,
        documents: Sequence[DocumentId],
        groups: frozenset[str] | None,
    ) -> Sequence[Conflict]:
        """Give the contradictions that wait and that any of these documents is a side of.

        Those with a side that the groups may not see, or that is quarantined, gone or was
        changed since, are left out.
        """
        ...

    async def weigh(self, tenant: TenantId, impacts: Mapping[str, float]) -> None:
        """Store how much flags matter."""
        ...


class FreshnessLedger(Protocol):
    """Know how pages age."""

    async def inspected(self, tenant: TenantId) -> Inspected:
        """Say how far the tenant's pages have been looked at."""
        ...

    async def set_inspected(self, tenant: TenantId, inspected: Inspected) -> None:
        """Note it."""
        ...

    async def to_inspect(self, tenant: TenantId, since: int, at: datetime) -> Sequence[DocumentId]:
        """Give the live documents whose text is newer than the sequence, or due to be looked at
        again."""
        ...

    async def pages(self, tenant: TenantId, documents: Sequence[DocumentId]) -> Sequence[Page]:
        """Give those of the documents that are live, whole."""
        ...

    async def linking(self, tenant: TenantId) -> Sequence[Linking]:
        """Give the live documents that have links."""
        ...

    async def deleted_addresses(self, tenant: TenantId) -> Sequence[str]:
        """Give the addresses of documents that were deleted and that are still known of."""
        ...

    async def vectors_of(
        self, tenant: TenantId, documents: Sequence[DocumentId]
    ) -> Mapping[PointId, Vector]:
        """Give the vectors of the documents' live passages, where they are kept."""
        ...

    async def agings(self, tenant: TenantId, at: datetime) -> Sequence[Aging]:
        """Give what is known of the age of every document that is neither deleted nor empty.

        In order of id; the usage is that of the 30 days before `at`.
        """
        ...

    async def aging(self, tenant: TenantId, document: DocumentId, at: datetime) -> Aging | None:
        """Give the same of one document."""
        ...

    async def looked(
        self,
        tenant: TenantId,
        again: Mapping[DocumentId, datetime | None],
        volatility: Mapping[DocumentId, float],
    ) -> None:
        """Note when documents are to be looked at again, and what their content tells."""
        ...

    async def age(self, tenant: TenantId, staleness: Mapping[DocumentId, Staleness]) -> None:
        """Store how stale documents are."""
        ...

    async def quarantine(
        self, tenant: TenantId, document: DocumentId, reason: str, at: datetime
    ) -> bool:
        """Keep a live document from answering at once; False when there is no such one.

        Moves the tenant's sequence, as `release` does.
        """
        ...

    async def release(self, tenant: TenantId, document: DocumentId, at: datetime) -> bool:
        """Let it answer again; False when it is not quarantined."""
        ...

    async def entrust(
        self, tenant: TenantId, document: DocumentId, owner: str, due_at: datetime | None
    ) -> bool:
        """Say who looks after a document and by when; False when there is no such one."""
        ...

    async def rules(self, tenant: TenantId) -> Sequence[ReviewRule]:
        """Give the tenant's review rules, widest first."""
        ...

    async def set_rule(self, tenant: TenantId, rule: ReviewRule) -> None:
        """Set the rule of a scope and subject; one that says nothing is taken away."""
        ...


class VectorLedger(Protocol):
    """Walk the vectors that the ledger keeps."""

    def blocks(self, tenant: TenantId, dimension: int) -> AsyncIterator[VectorBlock]:
        """Give the live passages with kept vectors of this length, in order of document id.

        A document stands in one block; those that are quarantined are left out.
        """
        ...


class UsageLedger(Protocol):
    """Count which pages answers rested on; counts outlive the questions."""

    async def used(
        self, tenant: TenantId, documents: Collection[DocumentId], at: datetime, bad: int = 0
    ) -> None:
        """Count one answer that rested on these, or `bad` bad words about one."""
        ...

    async def usage(self, tenant: TenantId, since: datetime) -> Mapping[DocumentId, Usage]:
        """Give what was counted since then."""
        ...

    async def forget_usage(self, before: datetime) -> int:
        """Delete the counts of days before then."""
        ...


class AuditLedger(Protocol):
    """Keep who did what."""

    async def note(self, deeds: Sequence[Deed]) -> None:
        """Keep these."""
        ...

    async def deeds(
        self, tenant: TenantId, subject: str | None, before: int | None, limit: int
    ) -> Sequence[Deed]:
        """Give the latest first, of one subject or of all; `before` is the last id of the page
        before."""
        ...
