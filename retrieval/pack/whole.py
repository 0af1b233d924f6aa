"""Give the documents of the best hits whole."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ingest.model import DocumentId
from ingest.reading import DocumentRecord, Revision
from retrieval.freshness import judge
from retrieval.model import Hit
from retrieval.pack.estimate import Sizes
from retrieval.pack.fill import Unit, singly
from retrieval.pack.holdings import packed_tokens
from retrieval.pack.material import Material
from retrieval.pack.sections import sections_of

_LEAST = 0.7
"""Share of its estimate that a document takes, at least."""


def worth_reading(material: Material, sizes: Sizes, budget: int) -> tuple[DocumentId, ...]:
    """Name the documents that may fit whole, by worth, so that no other text is read."""
    room = budget - sizes.frame.around.p99
    wanted: list[DocumentId] = []
    for document in sizes.ordered:
        record = material.holdings.records[document]
        size = material.gauge.page(packed_tokens(record), record.facts.language)
        if size.expected * _LEAST <= room:
            wanted.append(document)
            room -= round(size.expected * _LEAST)
    return tuple(wanted)


def take_whole(
    material: Material,
    documents: Sequence[DocumentId],
    revisions: Mapping[DocumentId, Revision],
) -> tuple[Unit, ...]:
    """Give each document as one unit, by worth, and then the hits that rank above its best.

    A passage of a document that has no room whole is still taken where it ranks above the
    best hit of one that may have: nothing worth more is left out for what is worth less.
    """
    records = material.holdings.records
    units = []
    for document in documents:
        if document in revisions:
            its = [hit for hit in material.hits if hit.passage.document == document]
            best = min(its, key=lambda hit: hit.rank)
            units.append(
                Unit(tuple(_sections(records[document], revisions[document], best, material.at)))
            )
    last = max((unit.hits[0].rank for unit in units), default=len(material.hits))
    return (*units, *singly(hit for hit in material.hits if hit.rank <= last))


def _sections(record: DocumentRecord, revision: Revision, best: Hit, at: datetime) -> Iterator[Hit]:
    for section in sections_of(record, revision):
        yield Hit(best.rank, best.score, section, best.link, judge(section, at))
