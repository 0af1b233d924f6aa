"""Write whole knowledge so that every caller's prompt begins with the same bytes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from ingest.model import DocumentId
from ingest.ports import TokenCounter
from ingest.prefixes import PrefixEntry
from ingest.reading import DocumentRecord, LivePassage, Revision
from retrieval.freshness import judge
from retrieval.model import ContextPack, Message, Prefix, TokenEstimate
from retrieval.pack.frame import Frame
from retrieval.pack.layout import void_of
from retrieval.pack.material import Material
from retrieval.pack.order import Piece, body_of, cite
from retrieval.pack.prompt import close_shared, guard_line, open_shared
from retrieval.pack.sections import sections_of
from retrieval.planner.tokens import add

_POINTERS = 5


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document as it stands in a prefix."""

    entry: PrefixEntry
    text: str
    sections: tuple[LivePassage, ...]


@dataclass(frozen=True)
class Shelf:
    """A prefix as it is written; nothing in it tells when, for whom or what for."""

    sheets: tuple[Sheet, ...]

    @cached_property
    def opening(self) -> tuple[Message, ...]:
        """The messages that every prompt with it begins with."""
        parts = groupby(self.sheets, key=lambda sheet: sheet.entry.part)
        return open_shared(["\n\n".join(sheet.text for sheet in its) for _, its in parts])

    @cached_property
    def id(self) -> str:
        """The sha256 of its bytes, in hex."""
        said = json.dumps([[one.role, one.content] for one in self.opening], ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()

    @cached_property
    def characters(self) -> int:
        """How long it is."""
        return sum(len(sheet.text) for sheet in self.sheets)

    @cached_property
    def entries(self) -> tuple[PrefixEntry, ...]:
        """What is to be kept of it."""
        return tuple(sheet.entry for sheet in self.sheets)


def write_sheet(
    entry: PrefixEntry, record: DocumentRecord, revision: Revision, counter: TokenCounter
) -> Sheet:
    """Write a document whole, each section under its tag; the entry gets its size and digest."""
    tag = f"D{entry.number}"
    head = [entry.head]
    head += [f"changed {entry.changed:%Y-%m-%d}"] if entry.changed else []
    head += [f"replaces D{entry.replaces}, which is void"] if entry.replaces else []
    sections = sections_of(record, revision)
    blocks = (f"[{tag}§{one.ordinal + 1}]\n{body_of(one)}" for one in sections)
    text = "\n\n".join([f"## [{tag}] " + " | ".join(head), *blocks])
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    if digest != entry.digest:
        entry = replace(entry, digest=digest, tokens=counter.count([text])[0])
    return Sheet(entry, text, sections)


def pack_shelf(
    shelf: Shelf, opening: TokenEstimate, frame: Frame, material: Material
) -> ContextPack:
    """Write what every caller shares, then what is this one's own; `opening` is its size.

    What changes from day to day is said after the shared part: which document is stale, and
    which is void. Void ones are not citable.
    """
    pieces = _pieces(shelf, material)
    own = close_shared(
        material.asked,
        facts=frame.facts,
        history=frame.history,
        notes=(
            *_stale_note(pieces),
            *_void_note(shelf),
            *_pointers(pieces, material),
            *frame.notes,
        ),
    )
    prefix = Prefix(shelf.id, len(shelf.opening), opening)
    return ContextPack(
        messages=(*shelf.opening, *own),
        tokens=add(opening, material.gauge.prompt(own)),
        citations=cite(pieces),
        left_out=0,
        warnings=frame.warnings,
        prefix=prefix,
    )


def _pieces(shelf: Shelf, material: Material) -> tuple[Piece, ...]:
    """Give what may be cited, with what is known of each document today."""
    void = void_of(shelf.entries)
    pieces: list[Piece] = []
    for sheet in shelf.sheets:
        record = material.holdings.records[sheet.entry.document]
        if sheet.entry.number in void or not sheet.sections:
            continue
        today = replace(
            sheet.sections[0],
            synced_at=record.synced_at,
            changed_at=record.facts.changed_at,
            verified_at=record.verified_at,
            review_by=record.facts.review_by,
            staleness=record.staleness,
            stale=record.stale,
            stale_reasons=record.stale_reasons,
        )
        freshness = judge(today, material.at)
        pieces += (
            Piece(f"D{sheet.entry.number}§{one.ordinal + 1}", one, freshness)
            for one in sheet.sections
        )
    return tuple(pieces)


def _stale_note(pieces: Sequence[Piece]) -> tuple[str, ...]:
    stale = {
        piece.document_tag: "; ".join(piece.freshness.reasons)
        for piece in pieces
        if piece.freshness.stale
    }
    listed = ", ".join(f"{tag} ({guard_line(reasons)})" for tag, reasons in stale.items())
    return (f"Stale documents: {listed}",) if stale else ()


def _void_note(shelf: Shelf) -> tuple[str, ...]:
    void: Mapping[int, int] = void_of(shelf.entries)
    listed = ", ".join(f"D{old} (now D{new})" for old, new in void.items())
    return (f"Void documents, neither to be used nor cited: {listed}",) if void else ()


def _pointers(pieces: Sequence[Piece], material: Material) -> tuple[str, ...]:
    """Name the sections where the best hits stand, against being lost in the middle."""
    by_document: dict[DocumentId, list[Piece]] = {}
    for piece in pieces:
        by_document.setdefault(piece.passage.document, []).append(piece)
    tags: dict[str, None] = {}
    for hit in sorted(material.hits, key=lambda hit: hit.rank):
        for piece in by_document.get(hit.passage.document, ()):
            if piece.passage.start <= hit.passage.start < piece.passage.end:
                tags[piece.tag] = None
    listed = " ".join(f"[{tag}]" for tag in list(tags)[:_POINTERS])
    return (f"Probably most relevant: {listed}",) if tags else ()
