"""Pages to pack, with their history, without a ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from connectors.model import SourceId, TenantId
from ingest.adapters.tokens import O200kTokens
from ingest.model import DocumentId
from ingest.reading import DocumentFilter, DocumentRecord, LivePassage, Revision
from retrieval.model import ContextPack, Hit
from retrieval.pack.asked import Asked
from retrieval.pack.estimate import Sizes, size_up
from retrieval.pack.fill import fill, singly
from retrieval.pack.holdings import Holdings
from retrieval.pack.material import Material
from retrieval.planner.families import family_of
from retrieval.planner.tokens import Gauge
from tests.questions import ACME, NOON, Page

COUNTER = O200kTokens()
GAUGE = Gauge(COUNTER, family_of("gpt-5.5"))


def asked(question: str = "How long do refunds take?", **fields: Any) -> Asked:
    return replace(Asked(question, (), "", "", strict=False), **fields)


def snippets(request: Asked, hits: Sequence[Hit], budget: int, gauge: Gauge = GAUGE) -> ContextPack:
    """Pack hits alone, with a usual room as large as the budget."""
    sizes, _ = sized(request, hits, room=budget, gauge=gauge)
    return fill(sizes.frame, singly(hits), budget, gauge, sizes.written)


def sized(request: Asked, hits: Sequence[Hit] = (), **fields: Any) -> tuple[Sizes, Material]:
    found = Library().material(request, hits, **fields)
    return size_up(found), found


@dataclass
class Library:
    """Documents as of now, and every revision that they ever had."""

    sequence: int = 0
    records: dict[DocumentId, DocumentRecord] = field(default_factory=dict)
    pages: dict[DocumentId, Page] = field(default_factory=dict)
    revisions: dict[tuple[DocumentId, int], Revision] = field(default_factory=dict)
    read: list[DocumentId] = field(default_factory=list)

    def put(
        self,
        page: Page,
        *,
        title: str | None = None,
        access: frozenset[str] = frozenset(),
        tags: frozenset[str] = frozenset(),
        source: str = "shop",
        url: str | None = None,
    ) -> DocumentId:
        """Add a document, or give it a new text where the text is another."""
        old, id_ = self.records.get(DocumentId(page.id)), DocumentId(page.id)
        changed = old is None or self.pages[id_].text != page.text
        number = (old.revision if old else 0) + changed
        self.sequence += 1
        self.pages[id_] = page
        self.revisions[id_, number] = replace(page.revision, number=number)
        record = page.record
        facts = replace(
            record.facts,
            title=record.facts.title if title is None else title,
            url=record.facts.url if url is None else url,
            access=access,
            tags=tags,
        )
        self.records[id_] = replace(
            record,
            facts=facts,
            source=SourceId(source),
            revision=number,
            tokens=COUNTER.count([page.text])[0],
            chunks=len(page.sections),
            created_at=old.created_at if old else NOON + timedelta(seconds=self.sequence),
        )
        return id_

    def drop(self, id_: str) -> None:
        self.sequence += 1
        del self.records[DocumentId(id_)], self.pages[DocumentId(id_)]

    def visible(self, where: DocumentFilter) -> list[DocumentRecord]:
        return [
            record
            for _, record in sorted(self.records.items())
            if where.groups is None or not record.facts.access or record.facts.access & where.groups
        ]

    def material(
        self,
        request: Asked | None = None,
        hits: Sequence[Hit] = (),
        *,
        groups: frozenset[str] | None = None,
        room: int = 4_000,
        gauge: Gauge = GAUGE,
        **fields: Any,
    ) -> Material:
        where = DocumentFilter(groups=groups)
        return Material(
            tenant=ACME,
            sequence=self.sequence,
            where=where,
            holdings=Holdings.of(self.visible(where)),
            asked=request or asked(),
            hits=tuple(hits),
            gauge=gauge,
            at=NOON,
            room=room,
            **fields,
        )

    async def contents(
        self, tenant: TenantId, sequence: int, documents: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Revision]:
        self.read += documents
        alive = {id_: record.revision for id_, record in self.records.items()}
        return {one: self.revisions[one, alive[one]] for one in documents if one in alive}

    async def placements(
        self, tenant: TenantId, sequence: int, document: DocumentId
    ) -> Sequence[LivePassage]:
        self.read.append(document)
        number = self.records[document].revision
        return [replace(one, revision=number) for one in self.pages[document].passages()]

    async def revision(
        self, tenant: TenantId, document: DocumentId, number: int
    ) -> Revision | None:
        self.read.append(document)
        return self.revisions.get((document, number))
