"""Pages, hits and ports to ask questions of, without a ledger or an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from connectors.model import SourceId, TenantId
from ingest.model import Block, BlockKind, DocumentId, Scored, TwoLists
from ingest.reading import DocumentFilter, DocumentRecord, LivePassage, Revision, Snapshot
from ingest.records import DocumentFacts, DocumentState
from retrieval.errors import ModelUnknown
from retrieval.freshness import judge
from retrieval.model import Caching, Found, Hit, ModelFacts, SearchRequest, Signals, Tier
from retrieval.prices import PriceCard, Rate
from tests.fakes import FakeTokens

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ACME = TenantId("acme")
GOOD = Signals((0.8, 0.4, 0.3), (9.0, 2.0), agreement=0.8, coverage=1.0, documents=1)
WEAK = Signals((0.1, 0.09), (), agreement=0.0, coverage=0.0, documents=2)


@dataclass(frozen=True)
class Page:
    """A page of (heading, text) sections."""

    id: str
    sections: tuple[tuple[str, str], ...]
    review_by: datetime | None = None
    language: str = "en"

    @property
    def text(self) -> str:
        return "\n".join(f"{heading}\n{text}" for heading, text in self.sections)

    @property
    def blocks(self) -> tuple[Block, ...]:
        blocks, at = [], 0
        for heading, text in self.sections:
            middle, end = at + len(heading), at + len(heading) + 1 + len(text)
            anchor = heading.lower()
            blocks.append(Block(BlockKind.HEADING, at, middle, level=1, anchor=anchor))
            blocks.append(Block(BlockKind.PARAGRAPH, middle + 1, end, anchor=anchor))
            at = end + 1
        return tuple(blocks)

    @property
    def record(self) -> DocumentRecord:
        facts = DocumentFacts(
            id=DocumentId(self.id),
            ref=f"{self.id}.md",
            version="1",
            validators={},
            content_hash="",
            title=f"About {self.id}",
            url=f"https://shop.example/{self.id}",
            media_type="text/markdown",
            language=self.language,
            access=frozenset(),
            tags=frozenset(),
            changed_at=datetime(2026, 1, 2, tzinfo=UTC),
            review_by=self.review_by,
        )
        tokens = FakeTokens().count([self.text])[0]
        live, shop = DocumentState.LIVE, SourceId("shop")
        return DocumentRecord(facts, ACME, shop, live, "", 0, 3, tokens, 1, NOON, NOON, None)

    @property
    def revision(self) -> Revision:
        return Revision(DocumentId(self.id), 3, NOON, None, "", self.text, self.blocks)

    def passages(self) -> tuple[LivePassage, ...]:
        facts, found = self.record.facts, []
        for ordinal, (block, (heading, text)) in enumerate(
            zip(self.blocks[1::2], self.sections, strict=True)
        ):
            passage = LivePassage(
                id=uuid5(NAMESPACE_URL, f"{self.id}/{ordinal}"),
                document=facts.id,
                source=SourceId("shop"),
                ref=facts.ref,
                title=facts.title,
                url=facts.url,
                revision=3,
                ordinal=ordinal,
                text=text,
                context=f"{facts.title} > {heading}",
                tokens=10,
                start=block.start,
                end=block.end,
                heading_path=(heading,),
                anchor=block.anchor,
                page=None,
                seconds=None,
                language=self.language,
                media_type=facts.media_type,
                tags=frozenset(),
                synced_at=NOON,
                changed_at=facts.changed_at,
                verified_at=None,
                review_by=self.review_by,
            )
            found.append(passage)
        return tuple(found)


def page(id_: str, *texts: str, review_by: datetime | None = None, language: str = "en") -> Page:
    sections = tuple((f"Part {number}", text) for number, text in enumerate(texts, start=1))
    return Page(id_, sections, review_by, language)


def hits(*passages: LivePassage) -> tuple[Hit, ...]:
    return tuple(
        Hit(rank, 1 / rank, passage, passage.url, judge(passage, NOON))
        for rank, passage in enumerate(passages, start=1)
    )


@dataclass(frozen=True)
class Slope:
    """The scores of a search: those of its best, and how fast they fall."""

    cosine: float
    bm25: float
    kept: float

    def lists(self, found: Sequence[Hit]) -> TwoLists:
        """Score the hits in their order, as both lists give them."""
        ids = [hit.passage.id for hit in found]
        falls = [self.kept**place for place in range(len(ids))]
        dense = (Scored(id_, self.cosine * fall) for id_, fall in zip(ids, falls, strict=True))
        sparse = (Scored(id_, self.bm25 * fall) for id_, fall in zip(ids, falls, strict=True))
        return TwoLists(tuple(dense), tuple(sparse) if self.bm25 else ())


STEEP = Slope(cosine=0.8, bm25=16.0, kept=0.7)
"""Of a search whose first hit answers."""
FLAT = Slope(cosine=0.12, bm25=0.0, kept=0.99)
"""Of one that found nothing to the point."""


@dataclass
class Shelf:
    """Finds and reads these pages; every passage is found, in order."""

    pages: Sequence[Page]
    slope: Slope = STEEP
    asked: list[SearchRequest] = field(default_factory=list)

    async def search(self, tenant: TenantId, request: SearchRequest) -> Found:
        self.asked.append(request)
        passages = [passage for page in self.pages for passage in page.passages()]
        found = hits(*passages[: request.limit])
        return Found(7, found, self.slope.lists(found))

    async def snapshot(self, tenant: TenantId) -> Snapshot:
        return Snapshot(7, 0)

    async def knowledge(
        self, tenant: TenantId, sequence: int, where: DocumentFilter
    ) -> Sequence[DocumentRecord]:
        return [page.record for page in self.pages]

    async def placements(
        self, tenant: TenantId, sequence: int, document: DocumentId
    ) -> Sequence[LivePassage]:
        return next(page.passages() for page in self.pages if page.id == document)

    async def revision(
        self, tenant: TenantId, document: DocumentId, number: int
    ) -> Revision | None:
        return next((page.revision for page in self.pages if page.id == document), None)

    async def contents(
        self, tenant: TenantId, sequence: int, documents: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Revision]:
        return {DocumentId(page.id): page.revision for page in self.pages}


@dataclass
class Prices:
    """One model, "gpt-test", at one dollar for a million tokens of prompt, none for output."""

    window: int | None = 100_000
    dollars: float | None = 1.0

    def facts(self, model: str, at: datetime) -> ModelFacts:
        if model != "gpt-test":
            raise ModelUnknown(model)
        rate = None if self.dollars is None else Rate(self.dollars)
        prices = PriceCard(rate, Rate(0.0), cache_read=rate)
        caching, tier = Caching(), Tier.FRONTIER
        return ModelFacts(
            model, "test", self.window, None, prices, caching, None, tier, snapshot="test"
        )


def stale(of: Page) -> Page:
    return replace(of, review_by=datetime(2026, 3, 1, tzinfo=UTC))
