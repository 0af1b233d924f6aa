"""Flags as people read them: in words, with the sentences side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from api.desk.words import N_
from ingest.freshness.model import WAITING, Flag, FlagAction, FlagKind, FlagState, Origin, Quote

Piece = tuple[str, bool]
"""Some words, and whether they are marked."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a kind of flag is shown."""

    label: str
    tone: str
    icon: str


KINDS: Mapping[FlagKind, Said] = {
    FlagKind.EXPIRED: Said(N_("Expired"), "bad", "clock"),
    FlagKind.EXPIRING: Said(N_("Expires soon"), "warn", "clock"),
    FlagKind.OVERDUE: Said(N_("Review is due"), "warn", "clock"),
    FlagKind.SOURCE_GONE: Said(N_("Source gone"), "warn", "sources"),
    FlagKind.BROKEN_LINK: Said(N_("Broken link"), "warn", "link"),
    FlagKind.TRANSLATION_BEHIND: Said(N_("Translation is behind"), "warn", "globe"),
    FlagKind.CONTRADICTION: Said(N_("Contradiction"), "bad", "contradictions"),
    FlagKind.DUPLICATE: Said(N_("Duplicate"), "plain", "copy"),
    FlagKind.UNUSED: Said(N_("Never answers"), "plain", "quiet"),
    FlagKind.BAD_ANSWERS: Said(N_("Bad answers"), "bad", "thumb"),
    FlagKind.OUTDATED: Said(N_("Reported as outdated"), "bad", "clock"),
    FlagKind.MISSING: Said(N_("Something is missing"), "warn", "gaps"),
    FlagKind.INCORRECT: Said(N_("Reported as wrong"), "bad", "alert"),
}
STATES: Mapping[FlagState, str] = {
    FlagState.OPEN: N_("Open"),
    FlagState.SNOOZED: N_("Snoozed"),
    FlagState.RESOLVED: N_("Resolved"),
    FlagState.DISMISSED: N_("Dismissed"),
    FlagState.CLOSED: N_("Closed by itself"),
}
ORIGINS: Mapping[Origin, str] = {
    Origin.DETECTOR: N_("found by Punnet"),
    Origin.PERSON: N_("raised by a person"),
    Origin.AGENT: N_("raised by an agent"),
    Origin.FEEDBACK: N_("from feedback"),
}
DEEDS: Mapping[FlagAction, str] = {
    FlagAction.RAISE: N_("Raised"),
    FlagAction.COMMENT: N_("Commented"),
    FlagAction.ASSIGN: N_("Assigned"),
    FlagAction.SNOOZE: N_("Snoozed"),
    FlagAction.REOPEN: N_("Opened again"),
    FlagAction.RESOLVE: N_("Resolved"),
    FlagAction.DISMISS: N_("Dismissed"),
    FlagAction.CLOSE: N_("Closed by itself"),
}


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A sentence of a page, in pieces, and where it stands."""

    pieces: tuple[Piece, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Side:
    """What a flag says of one page."""

    document: str
    title: str
    quotes: tuple[QuoteView, ...]

    @property
    def link(self) -> str:
        """Give the page, at the words in question."""
        return self.quotes[0].link if self.quotes else f"/documents/{self.document}"


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag as a list shows it."""

    flag: Flag
    said: Said
    state: str
    origin: str
    mine: Side
    theirs: Side | None

    @property
    def waits(self) -> bool:
        """Say whether somebody is to act on it."""
        return self.flag.state in WAITING


def view_of(flag: Flag) -> FlagView:
    """Give a flag with its sentences sorted by page."""
    finding = flag.finding
    title, other_title = titles_of(flag)
    mine = Side(
        finding.document,
        title,
        quotes_on(finding.quotes, finding.document),
    )
    theirs = None
    if finding.other is not None:
        theirs = Side(finding.other, other_title, quotes_on(finding.quotes, finding.other))
    said = KINDS[finding.kind]
    return FlagView(flag, said, STATES[flag.state], ORIGINS[flag.origin], mine, theirs)


def titles_of(flag: Flag) -> tuple[str, str]:
    """Name both pages, with their paths where the titles do not tell them apart."""
    if flag.finding.other and flag.title == flag.other_title:
        return f"{flag.title} ({flag.ref})", f"{flag.other_title} ({flag.other_ref})"
    return flag.title or flag.ref, flag.other_title or flag.other_ref


def quotes_on(quotes: Sequence[Quote], document: str) -> tuple[QuoteView, ...]:
    """Give the sentences that stand on one page."""
    return tuple(
        QuoteView(pieces(one.text, one.marks), link_to(one))
        for one in quotes
        if one.document == document
    )


def link_to(quote: Quote) -> str:
    """Give where on the desk a sentence stands."""
    anchor = f"#p-{quote.point}" if quote.point else ""
    return f"/documents/{quote.document}?at={quote.start}{anchor}"


def pieces(text: str, marks: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """Cut a text at its marks, which may touch or overlap."""
    cut: list[Piece] = []
    at = 0
    for start, end in sorted(marks):
        if end <= at:
            continue
        start = max(start, at)
        if start > at:
            cut.append((text[at:start], False))
        cut.append((text[start:end], True))
        at = end
    return (*cut, (text[at:], False)) if at < len(text) else tuple(cut)
