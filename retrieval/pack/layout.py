"""Decide what stands where in a shared prefix, so that as many bytes as can be stay.

A document that changed is written once more at the end, and its old block is void: it stays,
since a prefix cannot change, but nobody may cite it. When too much is void, or when a
document may not be shown any more, everything from there on is written anew. What changes
often thereby gathers at the end, where writing anew costs least. bench/prefix.py measures it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from ingest.model import DocumentId
from ingest.prefixes import PrefixEntry
from ingest.reading import DocumentRecord
from retrieval.pack.order import name_of

VOID_SHARE = 0.15
"""Of all tokens, those of void blocks; beyond it, part of the prefix is written anew."""
MOST_PARTS = 32
"""Messages; beyond them, all that was appended to the first becomes one again."""


def lay_out(
    stored: Sequence[PrefixEntry],
    records: Mapping[DocumentId, DocumentRecord],
    void_share: float = VOID_SHARE,
) -> tuple[PrefixEntry, ...]:
    """Give the blocks that these documents need, keeping the stored ones as far as may be.

    Those without a digest are to be written. No block of a document that is not among the
    records is kept.
    """
    last = {one.document: at for at, one in enumerate(stored)}
    valid = {
        at
        for document, at in last.items()
        if document in records and is_current(stored[at], records[document])
    }
    missing = records.keys() - {stored[at].document for at in valid}
    new = sorted((records[one] for one in missing), key=_age)
    cut = _cut(stored, records, valid, sum(record.tokens for record in new), void_share)
    part = stored[cut].part if cut < len(stored) else stored[-1].part + 1 if stored else 1
    moved = [replace(one, digest="") for at, one in enumerate(stored) if at >= cut and at in valid]
    tail = (replace(one, part=part) for one in (*moved, *map(_entry, new)))
    return tuple(_numbered(stored[:cut], tail))


def void_of(entries: Sequence[PrefixEntry]) -> Mapping[int, int]:
    """Tell which numbers are void, and by which they are replaced."""
    return {one.replaces: one.number for one in entries if one.replaces is not None}


def is_current(entry: PrefixEntry, record: DocumentRecord) -> bool:
    """Say whether a block still says what the document says, under its name.

    A later revision than that of the record is current too: the record was read before.
    A date that moved while the text stayed is no change.
    """
    return entry.revision >= record.revision and entry.head == head_of(record)


def head_of(record: DocumentRecord) -> str:
    """Write a document's title and link."""
    facts = record.facts
    return name_of(facts.title, facts.ref, facts.url)


def _cut(
    stored: Sequence[PrefixEntry],
    records: Mapping[DocumentId, DocumentRecord],
    valid: set[int],
    new: int,
    void_share: float,
) -> int:
    """Say from which block on the prefix is written anew; past the last where none need be."""
    cut = len(stored)
    void = [at for at in range(len(stored)) if at not in valid]
    most = void_share * (sum(one.tokens for one in stored) + new)
    if sum(stored[at].tokens for at in void) > most:
        cut = _cheapest(stored, void, most / 2)
    elif stored and stored[-1].part >= MOST_PARTS and new:
        cut = next((at for at, one in enumerate(stored) if one.part > 1), cut)
    gone = (at for at, one in enumerate(stored) if one.document not in records)
    return min(cut, next(gone, cut))


def _cheapest(stored: Sequence[PrefixEntry], void: Sequence[int], spare: float) -> int:
    """Say from which void block on most void tokens go for each that is written anew.

    At most `spare` of them stay before it. Where a few documents change most of the time,
    this leaves alone what hardly ever does.
    """
    ends = list(accumulate(one.tokens for one in stored))
    freed = sum(stored[at].tokens for at in void)
    void_before, best, most = 0, void[0], 0.0
    for at in void:
        if void_before > spare:
            break
        rewritten = ends[-1] - ends[at] + stored[at].tokens
        if (gain := (freed - void_before) / rewritten) > most:
            best, most = at, gain
        void_before += stored[at].tokens
    return best


def _age(record: DocumentRecord) -> tuple[float, DocumentId]:
    return record.created_at.timestamp(), record.facts.id


def _entry(record: DocumentRecord) -> PrefixEntry:
    changed = record.facts.changed_at
    return PrefixEntry(
        part=0,
        number=0,
        document=record.facts.id,
        revision=record.revision,
        head=head_of(record),
        changed=changed.date() if changed else None,
        tokens=record.tokens,
        digest="",
    )


def _numbered(kept: Sequence[PrefixEntry], tail: Iterable[PrefixEntry]) -> Iterable[PrefixEntry]:
    """Number what follows the kept blocks, each naming the block that it makes void."""
    yield from kept
    held = {one.document: one.number for one in kept}
    for number, one in enumerate(tail, start=len(kept) + 1):
        yield replace(one, number=number, replaces=held.get(one.document))
        held[one.document] = number
