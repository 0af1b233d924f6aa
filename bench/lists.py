"""The two lists behind a search, read from a running home beside its API."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.bootstrap import open_services
from api.settings import load_settings
from bench.figures import distinct
from connectors.model import TenantId
from ingest.model import PointId, Probe, Scope, Scored
from ingest.reading import DocumentFilter
from ingest.tenant_store import TenantStore
from retrieval.search import DEPTH


@dataclass(frozen=True, slots=True)
class RankedLists:
    """For each question its live dense and sparse list, as fusing meets them."""

    dense: tuple[tuple[Scored, ...], ...]
    sparse: tuple[tuple[Scored, ...], ...]
    page_of: dict[PointId, str]

    def dense_pages(self) -> list[list[str]]:
        """Give the pages by the dense list alone."""
        return [self._pages(ranked) for ranked in self.dense]

    def sparse_pages(self) -> list[list[str]]:
        """Give the pages by the sparse list alone."""
        return [self._pages(ranked) for ranked in self.sparse]

    def _pages(self, ranked: Sequence[Scored]) -> list[str]:
        return distinct([self.page_of[scored.id] for scored in ranked])


async def ranked_lists(home: Path, tenant: TenantId, questions: Sequence[str]) -> RankedLists:
    """Ask the index itself every question, as deep as a search does."""
    dense: list[tuple[Scored, ...]] = []
    sparse: list[tuple[Scored, ...]] = []
    page_of: dict[PointId, str] = {}
    async with open_services(load_settings(home)) as services:
        store = TenantStore(services.index, tenant)
        for question in questions:
            vector = await services.embedder.embed_query(question)
            probe = Probe(vector, services.sparse.encode_query(question))
            lists = await store.search(probe, Scope(), DEPTH)
            snapshot = await services.ledger.reading.snapshot(tenant)
            ids = [scored.id for scored in (*lists.dense, *lists.sparse)]
            alive = await services.ledger.reading.alive(
                tenant, snapshot.sequence, ids, DocumentFilter()
            )
            page_of.update({point: passage.ref for point, passage in alive.items()})
            dense.append(tuple(scored for scored in lists.dense if scored.id in alive))
            sparse.append(tuple(scored for scored in lists.sparse if scored.id in alive))
    return RankedLists(tuple(dense), tuple(sparse), page_of)
