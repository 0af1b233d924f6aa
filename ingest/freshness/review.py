"""Use case: what people and agents do with flags and with the pages they stand on.

Every deed is checked against who does it, and stands in the audit, which is the history of a
flag as well: what is done with flags the ledger notes there by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.model import Json, SourceId
from ingest.errors import NotEntitled, OutOfSight, ReviewConflict, ReviewInvalid
from ingest.freshness.model import (
    WAITING,
    Deed,
    Flag,
    FlagAction,
    FlagChange,
    FlagFilter,
    FlagKind,
    Quote,
    ReviewRule,
    RuleScope,
)
from ingest.freshness.ports import AuditLedger, FlagLedger, FreshnessLedger
from ingest.freshness.rate import rate, weigh
from ingest.freshness.reporting import (
    MOST_AT_ONCE,
    VERIFIABLE,
    Actor,
    Move,
    Report,
    change_of,
    check_move,
    check_report,
    check_rule,
    finding_of,
    located,
    why_not,
)
from ingest.ledger import DocumentLedger, SourceLedger
from ingest.model import DocumentId, PointId
from ingest.ports import Clock
from ingest.reading import DocumentFilter, DocumentRecord, LivePassage, ReadLedger, Revision
from ingest.schedule import Schedule

VERIFIED = "The page was verified."
_TELLING = frozenset({FlagAction.RESOLVE, FlagAction.DISMISS, FlagAction.REOPEN})
"""What says something of how stale a page is."""
_HISTORY = 500


def _state(record: DocumentRecord) -> str:
    """Say how the page stands, as the end of a sentence without its full stop."""
    told = f"{record.state.value}: {record.reason}" if record.reason else record.state.value
    return told.rstrip(". ")


@dataclass(frozen=True, slots=True)
class ReviewPorts:
    """What a review works with."""

    flags: FlagLedger
    freshness: FreshnessLedger
    documents: DocumentLedger
    reading: ReadLedger
    audit: AuditLedger
    sources: SourceLedger
    schedule: Schedule


class Review:
    """Look at flags, act on them, and look after pages.

    What is not there and what the actor may not see raise the same OutOfSight everywhere.
    """

    def __init__(self, ports: ReviewPorts, clock: Clock) -> None:
        self._ports = ports
        self._clock = clock

    # --- flags --------------------------------------------------------------------

    async def flags(
        self, actor: Actor, where: FlagFilter, after: str | None, limit: int
    ) -> Sequence[Flag]:
        """Give the flags that the actor may see, those that matter most first."""
        seen = replace(where, groups=actor.groups)
        return await self._ports.flags.list_flags(actor.tenant, seen, after, limit)

    async def counts(self, actor: Actor, where: FlagFilter) -> Mapping[FlagKind, int]:
        """Count the flags that the actor may see, by kind."""
        return await self._ports.flags.count_flags(
            actor.tenant, replace(where, groups=actor.groups)
        )

    async def flag(self, actor: Actor, flag: str) -> Flag:
        """Give one flag; of two pages, the actor must be let see both."""
        found = await self._ports.flags.flag(actor.tenant, flag)
        if found is None or not (actor.sees(found.access) and actor.sees(found.other_access)):
            raise OutOfSight(f"There is no flag {flag}.")
        return found

    async def history(self, actor: Actor, flag: str) -> Sequence[FlagChange]:
        """Give what was done with a flag, oldest first."""
        found = await self.flag(actor, flag)
        deeds = await self._ports.audit.deeds(actor.tenant, found.id, None, _HISTORY)
        return [change_of(deed) for deed in reversed(deeds)]

    async def report(self, actor: Actor, report: Report) -> Flag:
        """Raise a flag on a page, or add to the one that says the same.

        Raises ReviewInvalid where the quoted words do not stand in its live text.
        """
        check_report(report)
        revision, quotes = await self._quoted(actor, report)
        if report.other is not None:
            other = await self._text(actor, report.other)
            if other.document == revision.document:
                raise ReviewInvalid("The other page must be another one.")
            quotes += (located(other, report.other_quote),) if report.other_quote.strip() else ()
        now, finding = self._clock(), finding_of(report, revision, quotes)
        flag = await self._ports.flags.raise_one(
            actor.tenant, finding, actor.origin, actor.key, now
        )
        await self._rate(actor, [flag], now)
        return await weigh(self._ports.flags, self._ports.freshness, flag, now)

    async def act(self, actor: Actor, flags: Sequence[str], move: Move) -> Sequence[Flag]:
        """Do one thing to all of the flags, or to none.

        Raises ReviewConflict, which names the first flag that cannot take it.
        """
        now = self._clock()
        check_move(move, now)
        ids = tuple(dict.fromkeys(flags))
        if not 0 < len(ids) <= MOST_AT_ONCE:
            raise ReviewInvalid(f"Name from 1 to {MOST_AT_ONCE} flags at once.")
        for flag in ids:
            await self._require(actor, flag, move, among=len(ids))
        return await self._change(actor, ids, move, now)

    # --- pages --------------------------------------------------------------------

    async def verify(self, actor: Actor, document: DocumentId) -> DocumentRecord:
        """Note that the actor says that a page is right as it is, which ends what said it aged."""
        record = await self.page(actor, document)
        now = self._clock()
        if not await self._ports.documents.verify(actor.tenant, record.facts.id, now):
            raise OutOfSight(f"There is no document {document}.")
        await self._note(actor, now, "document.verify", record.facts.id, {})
        aged = FlagFilter(states=WAITING, kinds=VERIFIABLE, documents=frozenset({record.facts.id}))
        ended = await self._ports.flags.list_flags(actor.tenant, aged, None, MOST_AT_ONCE)
        # Not those of other pages that name this one, nor any that the actor may not see.
        ids = tuple(
            flag.id
            for flag in ended
            if flag.finding.document == record.facts.id and actor.sees(flag.other_access)
        )
        if ids:
            await self._change(actor, ids, Move(FlagAction.RESOLVE, VERIFIED), now)
        await rate(self._ports.freshness, actor.tenant, [record.facts.id], now)
        return await self.page(actor, document)

    async def quarantine(self, actor: Actor, document: DocumentId, reason: str) -> DocumentRecord:
        """Keep a page from answering at once, until it is released or gets another text."""
        if not reason.strip():
            raise ReviewInvalid("Say why the page must not answer: whoever mends it needs to know.")
        record = await self.page(actor, document)
        now = self._clock()
        if not await self._ports.freshness.quarantine(actor.tenant, record.facts.id, reason, now):
            raise ReviewConflict(
                f"Only a page that answers can be quarantined; this one is {_state(record)}."
            )
        await self._note(actor, now, "document.quarantine", record.facts.id, {"reason": reason})
        return await self.page(actor, document)

    async def release(self, actor: Actor, document: DocumentId, reason: str) -> DocumentRecord:
        """Let a quarantined page answer again."""
        if not reason.strip():
            raise ReviewInvalid("Say why the page may answer again.")
        record = await self.page(actor, document)
        now = self._clock()
        if not await self._ports.freshness.release(actor.tenant, record.facts.id, now):
            raise ReviewConflict(f"The page is not quarantined; it is {_state(record)}.")
        await self._note(actor, now, "document.release", record.facts.id, {"reason": reason})
        return await self.page(actor, document)

    async def entrust(
        self, actor: Actor, document: DocumentId, owner: str, due_at: datetime | None
    ) -> DocumentRecord:
        """Say who looks after a page, and when it is to be looked at; "" and None take away."""
        record = await self.page(actor, document)
        name = record.facts.id
        if not await self._ports.freshness.entrust(actor.tenant, name, owner.strip(), due_at):
            raise OutOfSight(f"There is no document {document}.")
        detail: Mapping[str, Json] = {
            "owner": owner.strip(),
            "due_at": due_at.isoformat() if due_at else None,
        }
        now = self._clock()
        await self._note(actor, now, "document.entrust", name, detail)
        await rate(self._ports.freshness, actor.tenant, [name], now)
        return await self.page(actor, document)

    async def page(self, actor: Actor, document: DocumentId) -> DocumentRecord:
        """Give a document that the actor may see, whatever its state."""
        record = await self._ports.reading.document(actor.tenant, document)
        if record is None or not actor.sees(record.facts.access):
            raise OutOfSight(f"There is no document {document}.")
        return record

    # --- rules and the audit ------------------------------------------------------

    async def rules(self, actor: Actor) -> Sequence[ReviewRule]:
        """Give the review rules, widest first; who is limited to groups sees those of pages."""
        rules = await self._ports.freshness.rules(actor.tenant)
        if actor.groups is None:
            return rules
        return [rule for rule in rules if await self._may_see(actor, rule)]

    async def set_rule(self, actor: Actor, rule: ReviewRule) -> None:
        """Set how often pages are to be looked at and by whom; one that says nothing is taken."""
        check_rule(rule)
        if rule.scope is RuleScope.DOCUMENT:
            await self.page(actor, DocumentId(rule.subject))
        elif actor.groups is not None:
            raise NotEntitled(
                "A rule for many pages needs a key that is not limited to groups: it holds for "
                "pages that this key may not see."
            )
        elif rule.scope is RuleScope.SOURCE and (rule.every_days or rule.owner):
            await self._require_source(actor, SourceId(rule.subject))
        await self._ports.freshness.set_rule(actor.tenant, rule)
        detail: Mapping[str, Json] = {"every_days": rule.every_days, "owner": rule.owner}
        subject = f"{rule.scope}:{rule.subject}"
        await self._note(actor, self._clock(), "rule.set", subject, detail)
        await self._ports.schedule.inspect(actor.tenant)

    async def deeds(
        self, actor: Actor, subject: str | None, before: int | None, limit: int
    ) -> Sequence[Deed]:
        """Give who did what, the latest first; only to who sees all pages."""
        if actor.groups is not None:
            raise NotEntitled("The audit is for keys that are not limited to groups.")
        return await self._ports.audit.deeds(actor.tenant, subject, before, limit)

    # --- the parts ----------------------------------------------------------------

    async def _require(self, actor: Actor, flag: str, move: Move, *, among: int) -> None:
        """Raise where the flag cannot be moved so; one of several is named in any case."""
        try:
            found = await self.flag(actor, flag)
        except OutOfSight as error:
            if among == 1:
                raise
            raise ReviewConflict(f"{error} None of the flags was changed.") from error
        if reason := why_not(found.state, move.action):
            raise ReviewConflict(
                f"Flag {flag} on '{found.title}' {reason}. None of the flags was changed."
            )

    async def _change(
        self, actor: Actor, ids: Sequence[str], move: Move, at: datetime
    ) -> Sequence[Flag]:
        change = FlagChange(move.action, actor.key, at, move.note, move.assigned_to, move.until)
        flags = await self._ports.flags.change(actor.tenant, ids, change)
        if move.action in _TELLING:
            await self._rate(actor, flags, at)
        return flags

    async def _rate(self, actor: Actor, flags: Sequence[Flag], at: datetime) -> None:
        named = {one for flag in flags for one in (flag.finding.document, flag.finding.other)}
        pages = [one for one in named if one is not None]
        await rate(self._ports.freshness, actor.tenant, pages, at)

    async def _quoted(self, actor: Actor, report: Report) -> tuple[Revision, tuple[Quote, ...]]:
        """Give the text that a report is about, and the words of it that it quotes."""
        passage = await self._passage(actor, report.point) if report.point else None
        document = passage.document if passage else report.document
        if document is None:
            raise ReviewInvalid("Name the page, or a passage of it.")
        if passage and report.document not in (None, document):
            raise ReviewInvalid("The passage is one of another page: name only one of the two.")
        revision = await self._text(actor, document)
        says = passage is not None or report.quote.strip()
        return revision, (located(revision, report.quote, passage),) if says else ()

    async def _passage(self, actor: Actor, point: PointId) -> LivePassage:
        seen = DocumentFilter(groups=actor.groups)
        sequence = (await self._ports.reading.snapshot(actor.tenant)).sequence
        found = await self._ports.reading.alive(actor.tenant, sequence, [point], seen)
        if point not in found:
            raise OutOfSight(f"There is no passage {point} in a page as it is now.")
        return found[point]

    async def _require_source(self, actor: Actor, source: SourceId) -> None:
        if await self._ports.sources.source(actor.tenant, source) is None:
            raise OutOfSight(f"There is no source {source}.")

    async def _may_see(self, actor: Actor, rule: ReviewRule) -> bool:
        if rule.scope is not RuleScope.DOCUMENT:
            return False
        found = await self._ports.reading.document(actor.tenant, DocumentId(rule.subject))
        return found is not None and actor.sees(found.facts.access)

    async def _text(self, actor: Actor, document: DocumentId) -> Revision:
        """Give the live text of a page."""
        record = await self.page(actor, document)
        text = await self._ports.reading.revision(actor.tenant, document, record.revision)
        if not record.revision or text is None:
            raise ReviewConflict(f"The page has no live text; it is {_state(record)}.")
        return text

    async def _note(
        self, actor: Actor, at: datetime, action: str, subject: str, detail: Mapping[str, Json]
    ) -> None:
        await self._ports.audit.note([Deed(actor.tenant, at, actor.key, action, subject, detail)])
