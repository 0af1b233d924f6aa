"""What people and agents say of pages and flags, and how that becomes a finding."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.model import TenantId
from ingest.errors import ReviewInvalid
from ingest.freshness.model import (
    Deed,
    Finding,
    FlagAction,
    FlagChange,
    FlagKind,
    FlagState,
    Origin,
    Quote,
    ReviewRule,
    RuleScope,
)
from ingest.model import DocumentId, PointId
from ingest.reading import LivePassage, Revision

SEVERITIES: Mapping[FlagKind, float] = {
    FlagKind.INCORRECT: 0.8,
    FlagKind.CONTRADICTION: 0.7,
    FlagKind.OUTDATED: 0.6,
    FlagKind.MISSING: 0.4,
    FlagKind.DUPLICATE: 0.3,
}
"""What can be reported, and how bad an answer would be that rests on it."""
BETWEEN = frozenset({FlagKind.CONTRADICTION, FlagKind.DUPLICATE})
"""What takes two pages."""
VERIFIABLE = frozenset(
    {
        FlagKind.EXPIRED,
        FlagKind.EXPIRING,
        FlagKind.OVERDUE,
        FlagKind.OUTDATED,
        FlagKind.TRANSLATION_BEHIND,
    }
)
"""What ends when a person says that a page is still right: a link stays broken all the same."""
DECIDES = "decides:"
"""How the code of a finding begins that settles a contradiction; its flag's id follows."""
MOST_AT_ONCE = 500
_LONGEST_DAYS = 3_650
_SAYS: Mapping[FlagKind, str] = {
    FlagKind.INCORRECT: "Somebody says that it is wrong.",
    FlagKind.CONTRADICTION: "Somebody says that the two pages contradict each other.",
    FlagKind.OUTDATED: "Somebody says that it is outdated.",
    FlagKind.MISSING: "Somebody misses something on it.",
    FlagKind.DUPLICATE: "Somebody says that the two pages say the same.",
}
_ENDED = {
    FlagState.RESOLVED: "is resolved",
    FlagState.DISMISSED: "is dismissed",
    FlagState.CLOSED: "closed by itself",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as the key tells it."""

    tenant: TenantId
    key: str
    """The key's id."""
    groups: frozenset[str] | None = None
    """The groups that the key speaks for; None: all."""
    agent: bool = False

    @property
    def origin(self) -> Origin:
        """As what the actor raises flags."""
        return Origin.AGENT if self.agent else Origin.PERSON

    def sees(self, access: frozenset[str]) -> bool:
        """Say whether something with these access tags may be shown; without tags, to all."""
        return not access or self.groups is None or not access.isdisjoint(self.groups)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody says is wrong with a page, which its id or that of a passage names."""

    kind: FlagKind
    document: DocumentId | None = None
    point: PointId | None = None
    comment: str = ""
    quote: str = ""
    """Words of the page's live text."""
    other: DocumentId | None = None
    """The other page of a contradiction or a duplicate."""
    other_quote: str = ""
    settles: str = ""
    """The flag of the contradiction that is decided by it: the other page is right."""


@dataclass(frozen=True, slots=True)
class Move:
    """What somebody wants done with flags."""

    action: FlagAction
    note: str = ""
    assigned_to: str = ""
    """A name or an address; "" takes the flag from whoever had it."""
    until: datetime | None = None


def check_report(report: Report) -> None:
    """Raise ReviewInvalid where the report says too little, or too much."""
    if report.kind not in SEVERITIES:
        kinds = ", ".join(sorted(SEVERITIES))
        raise ReviewInvalid(f"'{report.kind}' is found, not reported. Report one of: {kinds}.")
    if (report.kind in BETWEEN) != (report.other is not None):
        raise ReviewInvalid(
            "A contradiction or a duplicate is between two pages: name the other one, "
            "and name none for any other kind."
        )
    if report.kind is FlagKind.MISSING and not report.comment.strip():
        raise ReviewInvalid("Say in the comment what is missing.")


def check_move(move: Move, at: datetime) -> None:
    """Raise ReviewInvalid where the move lacks what its action needs."""
    if move.action in (FlagAction.RAISE, FlagAction.CLOSE):
        raise ReviewInvalid(f"'{move.action}' cannot be asked for: flags do that by themselves.")
    if move.action is FlagAction.DISMISS and not move.note.strip():
        raise ReviewInvalid("Say why it is dismissed, so that nobody has to ask again.")
    if move.action is FlagAction.COMMENT and not move.note.strip():
        raise ReviewInvalid("A comment needs words.")
    if move.action is FlagAction.SNOOZE and (move.until is None or move.until <= at):
        raise ReviewInvalid("Snooze until a moment that lies ahead.")


def check_rule(rule: ReviewRule) -> None:
    """Raise ReviewInvalid where a rule cannot hold."""
    if (rule.scope is RuleScope.ALL) != (not rule.subject):
        raise ReviewInvalid("A rule for all pages names no subject; any other names its own.")
    if rule.every_days is not None and not 1 <= rule.every_days <= _LONGEST_DAYS:
        raise ReviewInvalid(f"Pages can be looked at every 1 to {_LONGEST_DAYS} days.")


def why_not(state: FlagState, action: FlagAction) -> str:
    """Say why a flag in this state does not take the action; "" where it does."""
    ended = _ENDED.get(state)
    if action is FlagAction.REOPEN:
        return "" if ended or state is FlagState.SNOOZED else "is open already"
    return f"{ended}: reopen it first" if ended else ""


def change_of(deed: Deed) -> FlagChange:
    """Read in the audit what was done with a flag."""
    until = deed.detail.get("until")
    return FlagChange(
        action=FlagAction(deed.action.removeprefix("flag.")),
        by=deed.by,
        at=deed.at,
        note=str(deed.detail.get("note", "")),
        assigned_to=str(deed.detail.get("assigned_to", "")),
        until=datetime.fromisoformat(until) if isinstance(until, str) else None,
    )


def located(revision: Revision, quote: str, passage: LivePassage | None = None) -> Quote:
    """Find words in a text, whatever the spaces between them; raises ReviewInvalid.

    The passage says where they are meant to stand, and is itself quoted where none are given.
    """
    low, high = (passage.start, passage.end) if passage else (0, len(revision.text))
    point = passage.id if passage else None
    if not quote.strip():
        return Quote(
            revision.document, revision.number, low, high, revision.text[low:high], (), point
        )
    words = re.compile(r"\s+".join(map(re.escape, quote.split())))
    found = words.search(revision.text, low, high)
    if found is None:
        raise ReviewInvalid(
            "The quoted words do not stand in the page as it is now. Copy them from its live "
            "text, or leave the quote out and say it in the comment."
        )
    start, end = found.span()
    return Quote(revision.document, revision.number, start, end, found[0], (), point)


def finding_of(report: Report, revision: Revision, quotes: tuple[Quote, ...]) -> Finding:
    """Give the finding that a report makes; equal reports of equal words make the same."""
    decides = (f"{DECIDES}{report.settles}",) if report.settles else ()
    said = "\0".join((report.other or "", *(quote.text for quote in quotes), *decides))
    return Finding(
        kind=report.kind,
        document=revision.document,
        revision=revision.number,
        key=f"said:{hashlib.sha256(said.encode()).hexdigest()[:32]}",
        severity=SEVERITIES[report.kind],
        reason=report.comment.strip() or _SAYS[report.kind],
        quotes=quotes,
        other=report.other,
        code=decides[0] if decides else "reported",
    )
