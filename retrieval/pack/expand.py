"""From small to big: give hits the text around them, as one run of the original."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from uuid import NAMESPACE_OID, uuid5

from ingest.model import BlockKind, DocumentId
from ingest.reading import LivePassage, Revision
from retrieval.model import Hit
from retrieval.pack.fill import Unit, singly

_WHOLE = 0.5
"""Share of a section's passages that must be hits for the section to be taken whole."""
_UNCUT = (BlockKind.TABLE, BlockKind.CODE)
_Span = tuple[int, int]


def widen(
    hits: Sequence[Hit],
    placements: Mapping[DocumentId, Sequence[LivePassage]],
    revisions: Mapping[DocumentId, Revision],
) -> tuple[Unit, ...]:
    """Give each hit with the passage before and after it, and sections that half are hits whole.

    What touches becomes one run of the original text; tables and code in it are whole. The
    run of the best hit comes first. A run stands down for its hits where it does not fit; of
    a document that cannot be read as of the same revision, the hits stand alone.
    """
    units: list[Unit] = []
    by_document = groupby(sorted(hits, key=_document), key=_document)
    for document, found in by_document:
        its = list(found)
        placed, revision = placements.get(document, ()), revisions.get(document)
        if not placed or revision is None or revision.number != its[0].passage.revision:
            units += singly(its)
        else:
            units += _runs(its, placed, revision)
    return tuple(sorted(units, key=lambda unit: min(hit.rank for hit in unit.hits)))


def _document(hit: Hit) -> DocumentId:
    return hit.passage.document


def _runs(hits: Sequence[Hit], placed: Sequence[LivePassage], revision: Revision) -> Iterator[Unit]:
    found = {at for at, one in enumerate(placed) if any(_overlap(one, hit) for hit in hits)}
    beside = {one for at in found for one in (at - 1, at, at + 1) if 0 <= one < len(placed)}
    wanted = sorted(beside | _whole_sections(found, placed))
    for start, end in _merged([_span(placed, run, revision) for run in _consecutive(wanted)]):
        inside = [hit for hit in hits if start <= hit.passage.start < end]
        if inside:
            first = next(one for one in placed if one.end > start)
            yield Unit((_run(inside, first, (start, end), revision),), singly(inside))


def _overlap(passage: LivePassage, hit: Hit) -> bool:
    return passage.start < hit.passage.end and hit.passage.start < passage.end


def _whole_sections(found: set[int], placed: Sequence[LivePassage]) -> set[int]:
    """Give the places of every section of which enough were found."""
    places: set[int] = set()
    for _, section in groupby(range(len(placed)), key=lambda at: placed[at].heading_path):
        its = list(section)
        if len(found.intersection(its)) >= _WHOLE * len(its):
            places.update(its)
    return places


def _consecutive(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give the first and the last of each run of places."""
    for _, run in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        its = [place for _, place in run]
        yield its[0], its[-1]


def _span(placed: Sequence[LivePassage], run: tuple[int, int], revision: Revision) -> _Span:
    """Give the characters of a run, out to the ends of tables and code that it cuts into."""
    start, end = placed[run[0]].start, placed[run[1]].end
    cut = [
        one for one in revision.blocks if one.kind in _UNCUT and one.start < end and start < one.end
    ]
    return min([start, *(one.start for one in cut)]), max([end, *(one.end for one in cut)])


def _merged(spans: Sequence[_Span]) -> Sequence[_Span]:
    merged: list[_Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _run(hits: Sequence[Hit], first: LivePassage, span: _Span, revision: Revision) -> Hit:
    """Make one hit of a run, at the rank of its best."""
    start, end = span
    best = min(hits, key=lambda hit: hit.rank)
    # With the rows above it in the text, a table's head need not be repeated.
    context = first.context if first.start == start else first.context.partition("\n")[0]
    passage = replace(
        first,
        id=uuid5(NAMESPACE_OID, f"{first.document}/{revision.number}/{start}-{end}"),
        text=revision.text[start:end],
        context=context,
        start=start,
        end=end,
        synced_at=best.passage.synced_at,
        verified_at=best.passage.verified_at,
    )
    return replace(best, passage=passage)
