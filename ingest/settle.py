"""Give drafts their vectors and make a batch of changes true in one commit."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from connectors.failpoint import failpoint
from connectors.model import Cursor, SourceId
from ingest.diff import new_pieces, place
from ingest.ledger import DocumentLedger
from ingest.model import Point, PointPayload, Vector
from ingest.ports import Clock, Embedder, SparseEncoder
from ingest.prepare import Draft
from ingest.records import (
    Blank,
    Change,
    Commit,
    DocumentFacts,
    DocumentHead,
    Drop,
    Fail,
    Keep,
    Lease,
    NewRevision,
    Passage,
    RunCounts,
    SyncRun,
    Write,
)
from ingest.stages import Stages
from ingest.tenant_store import TenantStore

_UPSERT = 256


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that become true together, with the cursor of the last page that ends in them."""

    items: tuple[Change | Draft, ...]
    heads: tuple[DocumentHead | None, ...]
    """What was there before, item by item."""
    cursor: Cursor | None = None
    ends_page: bool = False


class Settler:
    """Embed, index and commit batches, in that order, so that readers see whole documents."""

    def __init__(
        self,
        documents: DocumentLedger,
        embedder: Embedder,
        sparse: SparseEncoder,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._embedder = embedder
        self._sparse = sparse
        self._clock = clock

    async def settle(
        self, batch: Batch, run: SyncRun, lease: Lease, store: TenantStore, stages: Stages
    ) -> RunCounts:
        """Make the batch true and give the run's counts after it.

        New points are in the index before the ledger speaks of them; a crash between the
        two leaves points that nothing places, which the reconciler takes away.
        """
        drafts = [item for item in batch.items if isinstance(item, Draft)]
        vectors, embedded = await self._vectors(run, drafts, stages)
        failpoint("settle.embedded")
        with stages.measured("index"):
            for points in _slices(self._points(run.source, drafts, vectors)):
                await store.put(points)
                failpoint("settle.put")
            await _relabel(run.source, batch, store)
        failpoint("settle.indexed")
        counts = run.counts.plus(_counted(batch.items, embedded))
        with stages.measured("commit"):
            await self._documents.commit(
                Commit(
                    tenant=run.tenant,
                    source=run.source,
                    run=run.id,
                    lease=lease,
                    at=self._clock(),
                    changes=tuple(_change(item, vectors) for item in batch.items),
                    counts=counts,
                    cursor=batch.cursor,
                    stores_cursor=batch.ends_page,
                )
            )
        failpoint("settle.committed")
        return counts

    async def _vectors(
        self, run: SyncRun, drafts: Sequence[Draft], stages: Stages
    ) -> tuple[dict[str, Vector], dict[str, int]]:
        """Give the vector of every new text, and the tokens of those that were embedded."""
        pieces = [piece for draft in drafts for piece in new_pieces(draft.pieces, draft.held)]
        wanted = {piece.embedded_hash: piece.chunk for piece in pieces}
        vectors = dict(await self._documents.vectors(run.tenant, list(wanted)))
        missing = [digest for digest in wanted if digest not in vectors]
        with stages.measured("embed"):
            fresh = await self._embedder.embed_passages(
                [wanted[digest].embedded_text for digest in missing]
            )
        vectors.update(zip(missing, fresh, strict=True))
        return vectors, {digest: wanted[digest].tokens for digest in missing}

    def _points(
        self, source: SourceId, drafts: Sequence[Draft], vectors: Mapping[str, Vector]
    ) -> Iterator[Point]:
        for draft in drafts:
            payload = payload_of(source, draft.facts)
            for piece in new_pieces(draft.pieces, draft.held):
                cut = piece.chunk
                sparse = self._sparse.encode_passage(cut.context, cut.text, cut.language)
                yield Point(piece.point, vectors[piece.embedded_hash], sparse, payload)


def payload_of(source: SourceId, facts: DocumentFacts) -> PointPayload:
    """Give what the index filters a document's points by."""
    return PointPayload(source, facts.id, facts.access, facts.tags, facts.language)


async def _relabel(source: SourceId, batch: Batch, store: TenantStore) -> None:
    """Change what kept points are filtered by; before the commit, so that access tightens first.

    Where it loosens instead, the ledger still hides what it does not allow yet.
    """
    for item, head in zip(batch.items, batch.heads, strict=True):
        if head is None or not isinstance(item, Draft | Write | Fail):
            continue
        payload = payload_of(source, _facts_of(item, head))
        if head.passages and payload != payload_of(source, head.facts):
            await store.relabel(list(head.passages), payload)
            failpoint("settle.relabelled")


def _facts_of(item: Draft | Write | Fail, head: DocumentHead) -> DocumentFacts:
    if not isinstance(item, Fail):
        return item.facts
    return head.facts if item.access is None else replace(head.facts, access=item.access)


def _change(item: Change | Draft, vectors: Mapping[str, Vector]) -> Change:
    if not isinstance(item, Draft):
        return item
    passages = tuple(
        Passage(
            id=piece.point,
            text=piece.chunk.text,
            context=piece.chunk.context,
            embedded_hash=piece.embedded_hash,
            tokens=piece.chunk.tokens,
            vector=vectors[piece.embedded_hash],
            language=piece.chunk.language,
        )
        for piece in new_pieces(item.pieces, item.held)
    )
    return item.write(
        NewRevision(
            text=item.parsed.text,
            text_hash=item.text_hash,
            blocks=item.parsed.blocks,
            tokens=item.tokens,
            passages=passages,
            placements=place(item.pieces),
        )
    )


def _counted(items: Sequence[Change | Draft], embedded: Mapping[str, int]) -> RunCounts:
    """Count what a batch does; `embedded` has the tokens of each text that was embedded."""
    kinds = Counter(type(item) for item in items)
    pieces = [piece for item in items if isinstance(item, Draft) for piece in item.pieces]
    tokens = sum(embedded.values())
    return RunCounts(
        listed=len(items) - kinds[Drop],
        unchanged=kinds[Keep],
        indexed=kinds[Write] + kinds[Draft],
        deleted=kinds[Drop],
        failed=kinds[Fail],
        no_content=kinds[Blank],
        fetched=kinds[Write] + kinds[Draft] + kinds[Blank],
        chunks_embedded=len(embedded),
        chunks_reused=len(pieces) - len(embedded),
        tokens_embedded=tokens,
        tokens_reused=sum(piece.chunk.tokens for piece in pieces) - tokens,
    )


def _slices(points: Iterator[Point]) -> Iterator[list[Point]]:
    while taken := list(islice(points, _UPSERT)):
        yield taken
