"""Detect what a page says that was true until a date, or will be for a little while only."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby

from ingest.freshness.dates_in_text import dates_in
from ingest.freshness.expiry_rules import Rule, heads_year
from ingest.freshness.expiry_words import HISTORY
from ingest.freshness.model import Finding, FlagKind, Quote
from ingest.freshness.pages import Looked, Page
from ingest.freshness.statements import Statement, statements_in

WARNING = timedelta(days=30)
"""How long before its end a statement is said to expire soon."""
_MOST_QUOTES = 8
_EXPIRING_SEVERITY = 0.5
"""Of that of the same statement when it is over."""


class ExpiryDetector:
    """Find statements by their dates; those below one heading are one finding.

    Its key is the first of them in the text, so that a list of deadlines that pass one after
    another is raised once, and an edit elsewhere on the page does not raise it anew.
    """

    kinds = frozenset({FlagKind.EXPIRED, FlagKind.EXPIRING})

    def look(self, page: Page, at: datetime) -> Looked:
        """Find what is over, and what is over within the warning."""
        if _tells_history(page):
            return Looked()
        facts, revision = page.record.facts, page.revision
        written_at = facts.changed_at or revision.born_at
        blocks = revision.blocks
        statements = statements_in(revision.text, blocks, facts.language, written_at)
        groups = _groups(revision.text, statements)
        findings = [_found(page, key, group, at) for key, group in groups.items()]
        ends = [one.over for one in statements]
        if not any(one.rule in {Rule.YEAR, Rule.SEASON} for one in statements):
            titled = _of_title(page, at)
            findings.append(titled)
            ends += [date.over for date in dates_in(facts.title, facts.language)]
        again = [moment for end in ends for moment in (end - WARNING, end) if moment > at]
        return Looked(tuple(one for one in findings if one), min(again, default=None))


def _tells_history(page: Page) -> bool:
    """Say whether old dates are right on it: a changelog, news, an archive."""
    facts = page.record.facts
    place = f"{facts.title} {facts.ref} {facts.url}".replace("_", " ").replace("-", " ")
    return bool(HISTORY.search(place))


def _groups(text: str, statements: Sequence[Statement]) -> Mapping[str, Sequence[Statement]]:
    """Put together what stands below one heading, and sections that begin with the same words."""
    groups: dict[str, list[Statement]] = {}
    for _, section in groupby(statements, key=lambda one: one.section):
        some = list(section)
        groups.setdefault(_key(text[some[0].start : some[0].end]), []).extend(some)
    return groups


def _found(page: Page, key: str, group: Sequence[Statement], at: datetime) -> Finding | None:
    over = [one for one in group if one.over <= at]
    near = [one for one in group if at < one.over <= at + WARNING]
    shown = over or near
    if not shown:
        return None
    worst = max(one.rule.severity for one in shown)
    return Finding(
        kind=FlagKind.EXPIRED if over else FlagKind.EXPIRING,
        document=page.id,
        revision=page.revision.number,
        key=key,
        severity=worst if over else worst * _EXPIRING_SEVERITY,
        reason=_reason(page.revision.text, shown, is_over=bool(over)),
        quotes=_quotes(page, shown),
        code=shown[0].rule.code,
    )


def _of_title(page: Page, at: datetime) -> Finding | None:
    """Find a year or season that the title alone names."""
    title = page.record.facts.title
    for date in dates_in(title, page.record.facts.language):
        rule = heads_year(date, title)
        if rule and date.over <= at + WARNING:
            is_over = date.over <= at
            verb = "is over" if is_over else "is over soon"
            return Finding(
                kind=FlagKind.EXPIRED if is_over else FlagKind.EXPIRING,
                document=page.id,
                revision=page.revision.number,
                key=_key(title),
                severity=rule.severity * (1 if is_over else _EXPIRING_SEVERITY),
                reason=f"Its title speaks of {title[date.start : date.end]}, which {verb}.",
                code=rule.code,
            )
    return None


def _key(sentence: str) -> str:
    return sha256(" ".join(sentence.split()).casefold().encode()).hexdigest()[:16]


_SAYS: Mapping[Rule, tuple[str, str]] = {
    Rule.UNTIL: ("What it says holds until {date}, which has passed", "It holds until {date}"),
    Rule.DEADLINE: ("The deadline {date} has passed", "The deadline {date} is near"),
    Rule.SPAN: ("What it says holds until {date}, which has passed", "It holds until {date}"),
    Rule.SEASON: ("It speaks of {date}, which is over", "It speaks of {date}, which is over soon"),
    Rule.YEAR: ("It speaks of {date}, which is over", "It speaks of {date}, which is over soon"),
    Rule.ANNOUNCED: (
        "It announces for {date} what must have happened since",
        "It announces something for {date}, which is near",
    ),
    Rule.THIS_YEAR: (
        "It says “{date}” and means a year that is over",
        "It says “{date}”, and the year is almost over",
    ),
    Rule.SOON: (
        "It has said “{date}” for over a year",
        "It has said “{date}” for almost a year",
    ),
    Rule.AS_OF: ("It gives the state of {date}", "It gives the state of {date}"),
}


def _reason(text: str, shown: Sequence[Statement], *, is_over: bool) -> str:
    first = shown[0]
    passed, near = _SAYS[first.rule]
    said = " ".join(text[slice(*first.date)].split())
    reason = (passed if is_over else near).format(date=said)
    more = len(shown) - 1
    return f"{reason}; so it is with {more} more." if more else f"{reason}."


def _quotes(page: Page, shown: Sequence[Statement]) -> tuple[Quote, ...]:
    """Quote each sentence once, with all its dates marked."""
    text = page.revision.text
    quotes: list[Quote] = []
    for (start, end), dated in groupby(shown, key=lambda one: (one.start, one.end)):
        marks = tuple((one.date[0] - start, one.date[1] - start) for one in dated)
        quotes.append(Quote(page.id, page.revision.number, start, end, text[start:end], marks))
    return tuple(quotes[:_MOST_QUOTES])
