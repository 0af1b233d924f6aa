"""Pack the whole knowledge so that every caller's prompt begins with the same bytes."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ingest.model import DocumentId
from ingest.reading import DocumentRecord, Revision
from retrieval.freshness import judge
from retrieval.model import ContextPack, Hit, TokenEstimate
from retrieval.pack.asked import Asked
from retrieval.pack.order import Piece, cite, write_body, write_shared_head
from retrieval.pack.prompt import compose, guard_line
from retrieval.pack.room import first_lines, newest_turns
from retrieval.pack.sections import sections_of
from retrieval.planner.tokens import Gauge, add

_POINTERS = 5
_SHARE = 4
_PER_DOCUMENT = 60
"""Tokens of a document's head: its tag, title, link and date."""
_PER_SECTION = 12
"""Tokens of a tag and the line ends around it."""
_SECTION = 200
"""Stored tokens to a section, at least: a section ends after 1,500 characters."""


def estimate_full(asked: Asked, records: Sequence[DocumentRecord], gauge: Gauge) -> TokenEstimate:
    """Estimate the prompt with all these documents from their stored counts alone."""
    frame = compose(asked, knowledge=" ", facts=asked.facts, history=asked.history, shared=True)
    pages = [gauge.page(record.tokens, record.facts.language) for record in records]
    marks = sum(
        _PER_DOCUMENT + _PER_SECTION * (1 + record.tokens // _SECTION) for record in records
    )
    return add(gauge.prompt(frame), TokenEstimate(marks, marks), *pages)


def pack_full(
    asked: Asked, pieces: Sequence[Piece], hits: Sequence[Hit], own_room: int, gauge: Gauge
) -> ContextPack:
    """Write all pieces, then what is this caller's own: facts, history, pointers, question.

    Facts and history may each take a quarter of `own_room`. What changes from day to day
    (which page is stale, when it was looked at) is said after the shared part.
    """
    share = max(0, own_room) // _SHARE
    facts = first_lines(asked.facts, share, gauge) if asked.facts else ""
    history = newest_turns(asked.history, share, gauge)
    messages = compose(
        asked,
        knowledge=write_shared(pieces),
        facts=facts,
        history=history,
        notes=(*_stale_note(pieces), *_pointers(pieces, hits)),
        shared=True,
    )
    cut = len(history) < len(asked.history) or len(facts) < len(asked.facts)
    warnings = ("some of the conversation or of the facts had no room",) if cut else ()
    return ContextPack(messages, gauge.prompt(messages), cite(pieces), 0, warnings)


def whole_pieces(
    records: Sequence[DocumentRecord], revisions: Mapping[DocumentId, Revision], now: datetime
) -> tuple[Piece, ...]:
    """Give every section of the documents, in order of document id, under its tag."""
    pieces: list[Piece] = []
    present = (record for record in records if record.facts.id in revisions)
    ordered = sorted(present, key=lambda record: record.facts.id)
    for number, record in enumerate(ordered, start=1):
        for section in sections_of(record, revisions[record.facts.id]):
            tag = f"D{number}§{section.ordinal + 1}"
            pieces.append(Piece(tag, section, judge(section, now)))
    return tuple(pieces)


def write_shared(pieces: Sequence[Piece]) -> str:
    """Write the pieces with nothing in it that changes while the documents do not."""
    lines: list[str] = []
    document = ""
    for piece in pieces:
        if piece.document_tag != document:
            document = piece.document_tag
            lines.append(write_shared_head(piece))
        lines.append(write_body(piece))
    return "\n\n".join(lines)


def _stale_note(pieces: Sequence[Piece]) -> tuple[str, ...]:
    stale = {
        piece.document_tag: "; ".join(piece.freshness.reasons)
        for piece in pieces
        if piece.freshness.stale
    }
    listed = ", ".join(f"{tag} ({guard_line(reasons)})" for tag, reasons in stale.items())
    return (f"Stale documents: {listed}",) if stale else ()


def _pointers(pieces: Sequence[Piece], hits: Sequence[Hit]) -> tuple[str, ...]:
    """Name the sections where the best hits stand, against being lost in the middle."""
    found = [_tag_of(hit, pieces) for hit in sorted(hits, key=lambda hit: hit.rank)]
    tags = list(dict.fromkeys(tag for tag in found if tag))[:_POINTERS]
    return (f"Probably most relevant: {' '.join(f'[{tag}]' for tag in tags)}",) if tags else ()


def _tag_of(hit: Hit, pieces: Sequence[Piece]) -> str | None:
    wanted = hit.passage
    for piece in pieces:
        section = piece.passage
        same = section.document == wanted.document and section.revision == wanted.revision
        if same and section.start <= wanted.start < section.end:
            return piece.tag
    return None
