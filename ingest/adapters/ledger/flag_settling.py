"""Decide what findings mean for the flags that are there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.model import TenantId
from ingest.adapters.ledger.flag_rows import flag_id
from ingest.freshness.model import WAITING, Finding, Flag, FlagState, Origin
from ingest.model import DocumentId

Revisions = Mapping[DocumentId, int]
"""Which revision of a document is live; nothing of one that has none."""


@dataclass(frozen=True, slots=True)
class Raising:
    """What becomes of findings."""

    new: tuple[Finding, ...]
    again: tuple[Finding, ...]
    """Their flag had ended."""
    renewed: tuple[Finding, ...]
    """Their flag waits, and says something else of the text."""


def raising(
    tenant: TenantId, findings: Iterable[Finding], there: Mapping[str, Flag], live: Revisions
) -> Raising:
    """Say which findings raise a flag; what speaks of pages without a text raises none."""
    by_id = {flag_id(tenant, one): one for one in findings if _has_text(one, live)}
    known = {its: (one, there[its]) for its, one in by_id.items() if its in there}
    return Raising(
        new=tuple(one for its, one in by_id.items() if its not in there),
        again=tuple(one for one, before in known.values() if _comes_back(one, before)),
        renewed=tuple(one for one, before in known.values() if _differs(one, before)),
    )


def raised_by_report(finding: Finding, origin: Origin, before: Flag) -> bool:
    """Say whether a report opens a flag that is there: what people decided of a text, agents
    and feedback do not undo while it is as it was."""
    if before.state in WAITING:
        return False
    again = before.state is FlagState.CLOSED or _texts(finding) != _texts(before.finding)
    return again or origin is Origin.PERSON


def why_ended(finding: Finding, live: Revisions) -> str:
    """Say in a sentence why what was found holds no more; "" where its texts are as they were."""
    pages = {finding.document: finding.revision}
    pages |= {quote.document: quote.revision for quote in finding.quotes}
    for its, number in sorted(pages.items(), key=lambda page: page[0] != finding.document):
        name = "The page" if its == finding.document else "The other page"
        if its not in live:
            return f"{name} is gone."
        if live[its] != number:
            return f"{name} was changed."
    gone = finding.other is not None and finding.other not in live
    return "The other page is gone." if gone else ""


def still_said(finding: Finding, texts: Mapping[DocumentId, tuple[int, str]]) -> Finding | None:
    """Give the finding as it stands in the live texts, revision and text by document.

    None where nothing was quoted, or where a quoted word is gone: then it may be mended.
    """
    quotes = []
    for quote in finding.quotes:
        number, text = texts.get(quote.document, (0, ""))
        start = text.find(quote.text)
        if start < 0:
            return None
        end = start + len(quote.text)
        quotes.append(replace(quote, revision=number, start=start, end=end, point=None))
    if not quotes or finding.document not in texts:
        return None
    return replace(finding, revision=texts[finding.document][0], quotes=tuple(quotes))


def pages_of(findings: Iterable[Finding]) -> frozenset[DocumentId]:
    """Give every page that the findings speak of."""
    named: list[DocumentId | None] = []
    for one in findings:
        named += [one.document, one.other, *(quote.document for quote in one.quotes)]
    return frozenset(its for its in named if its is not None)


def unfound(
    waiting: Mapping[str, Flag], tenant: TenantId, findings: Sequence[Finding]
) -> Mapping[str, Flag]:
    """Give the flags that were not found again."""
    found = {flag_id(tenant, one) for one in findings}
    return {its: one for its, one in waiting.items() if its not in found}


def _has_text(finding: Finding, live: Revisions) -> bool:
    return all(its in live for its in (finding.document, finding.other) if its is not None)


def _comes_back(finding: Finding, before: Flag) -> bool:
    match before.state:
        case FlagState.CLOSED:
            return True
        case FlagState.RESOLVED:
            return _texts(finding) != _texts(before.finding)
        case _:
            return False


def _texts(finding: Finding) -> frozenset[tuple[DocumentId, int]]:
    quoted = ((quote.document, quote.revision) for quote in finding.quotes)
    return frozenset({(finding.document, finding.revision), *quoted})


def _differs(finding: Finding, before: Flag) -> bool:
    ours = before.state in WAITING and before.origin is Origin.DETECTOR
    return ours and finding != before.finding
