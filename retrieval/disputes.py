"""Say of what was found where other pages contradict it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from connectors.model import TenantId
from ingest.freshness.model import Conflict, Quote
from ingest.model import DocumentId
from ingest.reading import LivePassage
from retrieval.model import Citation, Dispute, Hit
from retrieval.pack.prompt import guard_line
from retrieval.signals import begins_in, own_words

RESTS_ON = 5
"""An answer rests on so many of the best hits."""
_WORDS = 2
"""Of the question, which both sides of a contradiction must hold to be what it asks about; where
they hold such a value as it asks for, one is enough."""
_ASKED_FOR = (
    (
        re.compile(
            r"how (?:long|many (?:hours|days|weeks|months|years))|deadline|wie lange|frist"
            r"|wie viele (?:tage|wochen|monate)|combien de (?:temps|jours|semaines|mois)|délai"
            r"|cuánto tiempo|cuántos (?:días|meses)|cuántas semanas|plazo",
            re.IGNORECASE,
        ),
        re.compile(
            r"\d\s*-?(?:hours?|days?|weeks?|months?|years?|working|business|tage?n?|wochen?|monate?n?"
            r"|jahre?n?|stunden?|werktage?n?|jours?|semaines?|mois|heures?|ans|días?|semanas?|mes(?:es)?"
            r"|horas?|años?)\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(
            r"how much|\b(?:cost|price|fee|charge)|kostet|kosten|preis|gebühr|combien coûte|prix"
            r"|tarif|cuánto cuesta|precio",
            re.IGNORECASE,
        ),
        re.compile(r"[£$€]\s*\d|\d\s*(?:[£$€]|eur|usd|gbp|pounds|dollars)", re.IGNORECASE),
    ),
)
"""What questions ask for, and what such a value looks like."""


class Conflicts(Protocol):
    """Know the contradictions that wait for somebody; every FlagLedger does."""

    async def conflicts(
        self,
        tenant: TenantId,
        documents: Sequence[DocumentId],
        groups: frozenset[str] | None,
    ) -> Sequence[Conflict]:
        """Give those that any of these documents is a side of, both sides seen by the groups."""
        ...


async def disputed(
    conflicts: Conflicts, tenant: TenantId, hits: Sequence[Hit], groups: frozenset[str] | None
) -> tuple[Hit, ...]:
    """Give the hits with what other pages say against them."""
    asked = {hit.passage.document: None for hit in hits if hit.passage.disputed}
    if not asked:
        return tuple(hits)
    known = await conflicts.conflicts(tenant, list(asked), groups)
    return tuple(_marked(hit, known) for hit in hits)


def _marked(hit: Hit, known: Iterable[Conflict]) -> Hit:
    found = tuple(
        Dispute(one.flag, mine.text, theirs.text, theirs.document, theirs.point)
        for one in known
        for mine, theirs in _sides(one)
        if _holds(hit.passage, mine)
    )
    if not found:
        return hit
    told = dict.fromkeys(f"contradicted by another page: {one.against}" for one in found)
    return replace(hit, disputes=found, warnings=(*hit.warnings, *told))


def _sides(conflict: Conflict) -> Iterable[tuple[Quote, Quote]]:
    return (
        (mine, theirs)
        for mine in conflict.quotes
        for theirs in conflict.quotes
        if mine.document != theirs.document
    )


def _holds(passage: LivePassage, quote: Quote) -> bool:
    """Say whether the quote stands in the passage, which may be several joined into one."""
    same = (passage.document, passage.revision) == (quote.document, quote.revision)
    return same and passage.start < quote.end and quote.start < passage.end


def contested(question: str, hits: Sequence[Hit]) -> tuple[Dispute, ...]:
    """Give the contradictions that the question is about, each once.

    Both sides were found among what an answer would rest on, both speak of what is asked, and
    freshness does not decide between them.
    """
    best = hits[:RESTS_ON]
    stale = {hit.passage.document: hit.freshness.stale for hit in best}
    found: dict[str, Dispute] = {}
    for hit in best:
        for one in hit.disputes:
            undecided = stale.get(one.document) is hit.freshness.stale
            if undecided and all(_about(question, said) for said in (one.says, one.against)):
                found.setdefault(one.flag, one)
    return tuple(found.values())


def _about(question: str, sentence: str) -> bool:
    asked = own_words(question)
    said = sentence.casefold()
    shared = sum(begins_in(said, word) for word in asked)
    if shared >= min(_WORDS, len(asked)):
        return True
    kinds = (kind for kind in _ASKED_FOR if kind[0].search(question))
    return shared > 0 and any(value.search(sentence) for _, value in kinds)


def notes_on(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Tell the reader of a prompt which pages contradict one another, each pair once."""
    told: dict[str, str] = {}
    for hit in hits[:RESTS_ON]:
        for one in hit.disputes:
            name = guard_line(hit.passage.title or hit.passage.ref)
            told.setdefault(
                one.flag,
                f"Pages contradict one another: {name} says \u201c{guard_line(one.says)}\u201d, "
                f"another page says \u201c{guard_line(one.against)}\u201d. Do not choose between "
                "them: say that they differ.",
            )
    return tuple(told.values())


def cited_disputes(citations: Sequence[Citation], hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """Give the citations with what was found against the passages that they hold."""
    marked = [hit for hit in hits if hit.disputes]
    if not marked:
        return tuple(citations)
    return tuple(
        replace(one, disputes=tuple(dict.fromkeys(_against(one, marked)))) for one in citations
    )


def _against(citation: Citation, marked: Sequence[Hit]) -> Iterable[Dispute]:
    its = (citation.document, citation.revision)
    for hit in marked:
        passage = hit.passage
        apart = passage.end <= citation.start or citation.end <= passage.start
        if (passage.document, passage.revision) == its and not apart:
            yield from hit.disputes
