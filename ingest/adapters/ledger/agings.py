"""What is known of the age of pages: a few statements, however many pages there are."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.sql import ColumnElement

from connectors.model import TenantId
from ingest.adapters.ledger.engine import Database
from ingest.adapters.ledger.flag_rows import OTHER
from ingest.adapters.ledger.freshness_tables import edit, flag, review_rule, usage
from ingest.adapters.ledger.rows import LIVE_REVISION
from ingest.adapters.ledger.tables import document, revision, source
from ingest.adapters.ledger.usage import month_before
from ingest.freshness.model import WAITING, Aging, FlagKind, ReviewRule, RuleScope, Usage
from ingest.model import DocumentId
from ingest.records import DocumentState

STATES = {state.value: state for state in DocumentState}
UNUSED = Usage()
_REMOVED = ("", None)
"""What is known of a source that went while its pages were read."""
WIDEST_FIRST = tuple(RuleScope)
MUTUAL = frozenset({FlagKind.CONTRADICTION, FlagKind.DUPLICATE})
"""Flags that wait on both of their pages."""

Weights = Mapping[str, tuple[tuple[FlagKind, float], ...]]

AGES = (
    select(
        document.c.id,
        document.c.source,
        document.c.state,
        document.c.access,
        document.c.tags,
        document.c.language,
        document.c.title,
        document.c.ref,
        document.c.url,
        document.c.created_at,
        document.c.synced_at,
        document.c.changed_at,
        document.c.verified_at,
        document.c.review_by,
        document.c.due_at,
        document.c.owner,
        document.c.volatility,
        revision.c.tokens,
        revision.c.number,
        document.c.staleness,
        document.c.stale,
        document.c.stale_reasons,
    )
    .join(revision, LIVE_REVISION)
    .where(document.c.state.not_in([DocumentState.DELETED, DocumentState.NO_CONTENT]))
    .order_by(document.c.id)
)


@dataclass(frozen=True, slots=True)
class Rules:
    """A tenant's review rules by what they are about."""

    by_subject: Mapping[tuple[RuleScope, str], ReviewRule]

    @classmethod
    def of(cls, rules: Iterable[ReviewRule]) -> "Rules":
        """Arrange the rules."""
        return cls({(rule.scope, rule.subject): rule for rule in rules})

    def holding(self, its: str, source: str, tags: frozenset[str]) -> tuple[int | None, str]:
        """Give the interval in days and the owner that hold for a document by the rules."""
        if not self.by_subject:
            return None, ""
        names = self._names(its, source, tags)
        rules = [one for name in names if (one := self.by_subject.get(name))]
        days = next((one.every_days for one in rules if one.every_days is not None), None)
        return days, next((one.owner for one in rules if one.owner), "")

    def _names(
        self, its: str, source: str, tags: frozenset[str]
    ) -> Sequence[tuple[RuleScope, str]]:
        """Name what it may be ruled by, narrowest first; of its tags the shortest interval."""
        tagged = sorted(
            ((RuleScope.TAG, tag) for tag in tags), key=lambda tag: (self._days(tag), tag)
        )
        around = ((RuleScope.SOURCE, source), (RuleScope.ALL, ""))
        return [(RuleScope.DOCUMENT, its), *tagged, *around]

    def _days(self, name: tuple[RuleScope, str]) -> float:
        rule = self.by_subject.get(name)
        return float("inf") if rule is None or rule.every_days is None else rule.every_days


@dataclass(frozen=True, slots=True)
class AgingReader:
    """Read the ages of a tenant's pages, of all or of one."""

    database: Database
    tenant: TenantId

    async def read(self, at: datetime, its: DocumentId | None = None) -> Sequence[Aging]:
        """Give them in order of id."""
        rows = await self.database.rows(self._narrow(AGES, document, document.c.id, its))
        rules = Rules.of(await rules_of(self.database, self.tenant))
        edits = await self._edits(its)
        flags = await self._flags(its)
        used = await self._used(at, its)
        sources = await self._sources()

        def made() -> list[Aging]:
            return [
                _aging(
                    row,
                    rules.holding(row[0], row[1], row[4]),
                    (edits.get(row[0], ()), flags.get(row[0], ()), used.get(row[0], UNUSED)),
                    sources.get(row[1], _REMOVED),
                )
                for row in rows
            ]

        # Of thousands it takes so long that nobody else may be kept waiting.
        return made() if its is not None else await asyncio.to_thread(made)

    async def _sources(self) -> Mapping[str, tuple[str, datetime | None]]:
        rows = select(source.c.id, source.c.kind, source.c.last_synced_at)
        found = await self.database.rows(rows.where(source.c.tenant == self.tenant))
        return {its: (kind, synced_at) for its, kind, synced_at in found}

    async def _edits(self, its: DocumentId | None) -> Mapping[str, tuple[datetime, ...]]:
        oldest_first = select(edit.c.document, edit.c.at).order_by(edit.c.at)
        rows = await self.database.rows(self._narrow(oldest_first, edit, edit.c.document, its))
        times: dict[str, list[datetime]] = {}
        for of, at in rows:
            times.setdefault(of, []).append(at)
        return {of: tuple(some) for of, some in times.items()}

    async def _flags(self, its: DocumentId | None) -> Weights:
        waiting = (
            select(
                *(flag.c.document, flag.c.other, flag.c.kind, flag.c.severity),
                *(document.c.access, OTHER.c.access),
            )
            .join_from(flag, document, document.c.id == flag.c.document)
            .outerjoin(OTHER, OTHER.c.id == flag.c.other)
            .where(flag.c.tenant == self.tenant, flag.c.state.in_(WAITING))
        )
        if its is not None:
            waiting = waiting.where((flag.c.document == its) | (flag.c.other == its))
        weights: dict[str, list[tuple[FlagKind, float]]] = {}
        rows = await self.database.rows(waiting.order_by(flag.c.id))
        for of, other, kind, severity, readers, others in rows:
            weight = (FlagKind(kind), severity)
            if other is None or _may_tell(readers, others):
                weights.setdefault(of, []).append(weight)
            if other is not None and weight[0] in MUTUAL and _may_tell(others, readers):
                weights.setdefault(other, []).append(weight)
        return {of: tuple(some) for of, some in weights.items()}

    async def _used(self, at: datetime, its: DocumentId | None) -> Mapping[str, Usage]:
        counts = month_before(self.tenant, at)
        if its is not None:
            counts = counts.where(usage.c.document == its)
        return {of: Usage(*rest) for of, *rest in await self.database.rows(counts)}

    def _narrow(
        self, rows: Select[Any], table: Any, named: ColumnElement[str], its: DocumentId | None
    ) -> Select[Any]:
        narrow = rows.where(table.c.tenant == self.tenant)
        return narrow if its is None else narrow.where(named == its)


async def rules_of(database: Database, tenant: TenantId) -> Sequence[ReviewRule]:
    """Give the tenant's review rules, widest first."""
    rows = await database.rows(select(review_rule).where(review_rule.c.tenant == tenant))
    rules = [
        ReviewRule(RuleScope(row.scope), row.subject, row.every_days, row.owner) for row in rows
    ]
    return sorted(rules, key=lambda rule: (WIDEST_FIRST.index(rule.scope), rule.subject))


def _may_tell(readers: frozenset[str], others: frozenset[str]) -> bool:
    """Say whether whoever may read a page may know of the other one: its reasons tell of it."""
    return not others or (bool(readers) and readers <= others)


def _aging(
    row: Row[Any],
    ruled: tuple[int | None, str],
    beside: tuple[tuple[datetime, ...], tuple[tuple[FlagKind, float], ...], Usage],
    of_source: tuple[str, datetime | None],
) -> Aging:
    # By place: to ask ten thousand rows for each column by name takes longer than to read them.
    its, its_source, state, access, tags, *facts = row
    *facts, owner, volatility, tokens, number, score, stale, reasons = facts
    (days, by_rule), (edits, flags, used) = ruled, beside
    fields = [its, its_source, STATES[state], access, tags, *facts, days, owner or by_rule, edits]
    fields += [volatility, tokens, flags, used, number, score, stale, reasons, *of_source]
    return Aging(*fields)
