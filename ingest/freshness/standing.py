"""How a tenant's pages stand today, as the desk shows it: its words, and what it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from connectors.model import SourceId, TenantId
from ingest.freshness.model import OUTDATED_KINDS, FlagKind
from ingest.model import DocumentId
from ingest.reading import DocumentRecord
from ingest.records import DocumentState

DOUBTS = OUTDATED_KINDS | {FlagKind.CONTRADICTION, FlagKind.INCORRECT}
"""Flags that keep a page from being called fresh."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many pages there are of each sort."""

    states: Mapping[DocumentState, int]
    stale: int
    """Of the live ones."""
    verified: int
    """Of the live ones: somebody said that they are right, and they did not change since."""
    doubtful: int = 0
    """Of the live ones that are not stale: a flag waits on them that is one of DOUBTS."""


@dataclass(frozen=True, slots=True)
class DayCount:
    """What happened on a day, in UTC."""

    day: date
    changed: int = 0
    """New texts of pages that had one."""
    raised: int = 0
    """Flags."""
    ended: int = 0
    """Flags, in whatever way."""


@dataclass(frozen=True, slots=True)
class PageFilter:
    """Which pages a list shows; None means no limit of that kind."""

    groups: frozenset[str] | None = None
    source: SourceId | None = None
    state: DocumentState | None = None
    """None: all but the deleted ones."""
    stale: bool | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A question whose answer rested on a page."""

    id: str
    at: datetime
    text: str


class StandingLedger(Protocol):
    """Tell how pages stand, each time in a few statements however many there are."""

    async def standing(self, tenant: TenantId, groups: frozenset[str] | None) -> Standing:
        """Count the pages that the groups may see."""
        ...

    async def days(
        self, tenant: TenantId, since: datetime, groups: frozenset[str] | None
    ) -> Sequence[DayCount]:
        """Count by day what happened since then to pages that the groups may see."""
        ...

    async def stalest(
        self, tenant: TenantId, where: PageFilter, after: str | None, limit: int
    ) -> Sequence[DocumentRecord]:
        """Give pages, the stalest first, then by id, beginning after the document `after`."""
        ...

    async def owners(self, tenant: TenantId) -> Sequence[str]:
        """Give everybody who looks after a page, in order of name."""
        ...

    async def answered(
        self, tenant: TenantId, document: DocumentId, since: datetime, limit: int
    ) -> Sequence[Answered]:
        """Give the latest questions since then whose answer rested on it, newest first.

        It looks at the latest 2,000 questions only.
        """
        ...
