"""Say how large each pack would be before any is made: by addition alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ingest.model import DocumentId, PointId
from ingest.reading import DocumentRecord
from retrieval.model import Hit, TokenEstimate
from retrieval.pack.frame import Frame, frame_of
from retrieval.pack.holdings import Bulk, packed_tokens
from retrieval.pack.layout import VOID_SHARE
from retrieval.pack.material import Material
from retrieval.pack.order import Written, write_hits
from retrieval.planner.tokens import Gauge, add

_NOTHING = TokenEstimate(0, 0)
_MOST_DOCUMENTS = 20
_RATED = 10_000
"""Tokens that a language's own are told of once."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Tokens of whole prompts, and what is needed to pack without counting again."""

    frame: Frame
    """What is said beside the knowledge."""
    written: Mapping[PointId, Written]
    """The hits as they stand in a prompt."""
    none: TokenEstimate
    snippets: tuple[TokenEstimate, ...]
    """With the first n hits, for n = 0 … len(hits)."""
    expanded: tuple[TokenEstimate, ...]
    """With the first n hits and the passages beside them; whole sections may be more."""
    documents: tuple[TokenEstimate, ...]
    """With the first n of `ordered` whole, for n = 0 … len(ordered)."""
    ordered: tuple[DocumentId, ...]
    """The documents of the hits that may be given whole, those worth most first."""
    full: TokenEstimate
    shared_full: TokenEstimate
    """Of that, the beginning that other prompts share."""
    scoped: TokenEstimate | None
    """None where the material has no scope."""
    shared_scoped: TokenEstimate | None


def size_up(material: Material) -> Sizes:
    """Estimate all packs; the frame and the hits' bodies are counted once, the rest is stored.

    The whole knowledge and a scope are estimated rather too large, to leave room for what
    has been replaced in them.
    """
    gauge, holdings = material.gauge, material.holdings
    frame = frame_of(material)
    written = write_hits(material.hits, gauge)
    ordered = documents_by_worth(material.hits)[:_MOST_DOCUMENTS]
    known = [holdings.records[one] for one in ordered if one in holdings.records]
    alone = list(_snippets(material.hits, written))
    full = _shared(holdings.whole, gauge)
    scoped = _shared(material.scope.bulk, gauge) if material.scope else None
    return Sizes(
        frame=frame,
        written=written,
        none=frame.without,
        snippets=_running(frame.around, alone),
        expanded=_running(frame.around, _expanded(material, alone)),
        documents=_running(frame.around, (_page(record, gauge) for record in known)),
        ordered=tuple(record.facts.id for record in known),
        full=add(frame.around, full),
        shared_full=add(frame.opening, full),
        scoped=scoped and add(frame.around, scoped),
        shared_scoped=scoped and add(frame.opening, scoped),
    )


def documents_by_worth(hits: Sequence[Hit]) -> tuple[DocumentId, ...]:
    """Order the documents of hits: one is worth what its hits are, each the less the later."""
    worth: dict[DocumentId, float] = {}
    for hit in sorted(hits, key=lambda hit: hit.rank):
        worth[hit.passage.document] = worth.get(hit.passage.document, 0.0) + 1 / hit.rank
    return tuple(sorted(worth, key=lambda one: -worth[one]))


def _running(first: TokenEstimate, steps: Iterable[TokenEstimate]) -> tuple[TokenEstimate, ...]:
    sizes = [first, *steps]
    expected = accumulate(one.expected for one in sizes)
    return tuple(map(TokenEstimate, expected, accumulate(one.p99 for one in sizes)))


def _snippets(hits: Sequence[Hit], written: Mapping[PointId, Written]) -> Iterator[TokenEstimate]:
    known: set[DocumentId] = set()
    for hit in hits:
        one = written[hit.passage.id]
        new = hit.passage.document not in known
        yield add(one.head_size, one.body_size) if new else one.body_size
        known.add(hit.passage.document)


def _expanded(material: Material, alone: Sequence[TokenEstimate]) -> Iterator[TokenEstimate]:
    """Add for each hit the neighbours that no hit before it has brought, at their mean size."""
    held: dict[DocumentId, set[int]] = {}
    rates: dict[str, TokenEstimate] = {}
    for hit, own in zip(material.hits, alone, strict=True):
        its, record = hit.passage, material.holdings.records.get(hit.passage.document)
        chunks, tokens = (record.chunks, record.tokens) if record else (0, 0)
        mine = held.setdefault(its.document, set())
        near = {at for at in (its.ordinal - 1, its.ordinal + 1) if 0 <= at < chunks} - mine
        mine |= near | {its.ordinal}
        if its.language not in rates:
            rates[its.language] = material.gauge.page(_RATED, its.language)
        beside = len(near) * tokens / max(1, chunks) / _RATED
        rate = rates[its.language]
        yield TokenEstimate(
            own.expected + round(rate.expected * beside), own.p99 + round(rate.p99 * beside)
        )


def _page(record: DocumentRecord, gauge: Gauge) -> TokenEstimate:
    return gauge.page(packed_tokens(record), record.facts.language)


def _shared(bulk: Bulk, gauge: Gauge) -> TokenEstimate:
    """Estimate documents with as much beside them as may have been replaced."""
    pages = [gauge.page(count, language) for language, count in bulk.tokens.items()]
    live = add(*pages) if pages else _NOTHING
    return TokenEstimate(
        round(live.expected / (1 - VOID_SHARE / 2)), round(live.p99 / (1 - VOID_SHARE))
    )
