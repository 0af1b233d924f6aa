"""A public set as a ledger and a search give it, in memory, with no time of their own."""

# ruff: noqa: ARG002 - the ports name what these answers do not depend on

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bench.sets import RetrievalSet
from bench.shelf import Shelf
from connectors.model import SourceId, TenantId
from ingest.adapters.tokens import O200kTokens
from ingest.errors import LedgerConflict
from ingest.model import DocumentId
from ingest.parse.markdown import parse_markdown
from ingest.parse.plain import parse_plain
from ingest.prefixes import StoredPrefix
from ingest.reading import DocumentFilter, DocumentRecord, LivePassage, Revision, Snapshot
from ingest.records import DocumentFacts, DocumentState
from retrieval.model import Found, SearchRequest

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TENANT = TenantId("bench")


@dataclass(frozen=True, slots=True)
class Library:
    """A set's pages as a ledger gives them, and its shelf as a search."""

    shelf: Shelf
    records: Sequence[DocumentRecord]
    revisions: Mapping[DocumentId, Revision]
    searched: list[float]
    """Seconds of this process that each search took."""

    @classmethod
    def of(cls, shelf: Shelf, data: RetrievalSet, tokens: O200kTokens) -> "Library":
        """Read the pages of a set."""
        records, revisions = [], {}
        chunks = Counter(passage.document for passage in shelf.passages.values())
        for page in sorted(data.pages, key=lambda page: page.id):
            parsed = (parse_markdown if page.id.endswith(".md") else parse_plain)(page.text)
            id_ = DocumentId(page.id)
            revisions[id_] = Revision(id_, 1, NOON, None, "", parsed.text, parsed.blocks)
            records.append(record(id_, page.title, tokens.count([parsed.text])[0], chunks[id_]))
        return cls(shelf, records, revisions, [])

    async def search(self, tenant: TenantId, request: SearchRequest) -> Found:
        began = time.thread_time()
        found = self.shelf.search(request.query)
        self.searched.append(time.thread_time() - began)
        return replace(found, hits=found.hits[: request.limit])

    async def snapshot(self, tenant: TenantId) -> Snapshot:
        return Snapshot(1, 0)

    async def knowledge(
        self, tenant: TenantId, sequence: int, where: DocumentFilter
    ) -> Sequence[DocumentRecord]:
        return self.records

    async def contents(
        self, tenant: TenantId, sequence: int, documents: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Revision]:
        return {one: self.revisions[one] for one in documents}

    async def placements(
        self, tenant: TenantId, sequence: int, document: DocumentId
    ) -> Sequence[LivePassage]:
        found = (one for one in self.shelf.passages.values() if one.document == document)
        return sorted(found, key=lambda one: one.ordinal)

    async def revision(
        self, tenant: TenantId, document: DocumentId, number: int
    ) -> Revision | None:
        return self.revisions[document]


class Prefixes:
    """Keeps shared prefixes in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, StoredPrefix] = {}

    async def prefix(self, tenant: TenantId, key: str) -> StoredPrefix | None:
        return self._kept.get(key)

    async def save_prefix(self, prefix: StoredPrefix) -> None:
        before = self._kept.get(prefix.key)
        if prefix.version != (before.version if before else 0) + 1:
            raise LedgerConflict("the prefix was changed meanwhile")
        self._kept[prefix.key] = prefix


def record(id_: DocumentId, title: str, tokens: int, chunks: int) -> DocumentRecord:
    """Say of a page what a ledger would, as far as anybody asks."""
    facts = DocumentFacts(
        id=id_,
        ref=id_,
        version="1",
        validators={},
        content_hash="",
        title=title,
        url="",
        media_type="text/plain",
        language="en",
        access=frozenset(),
        tags=frozenset(),
        changed_at=None,
    )
    live, source = DocumentState.LIVE, SourceId("bench")
    return DocumentRecord(facts, TENANT, source, live, "", 0, 1, tokens, chunks, NOON, NOON, None)
