"""What this room needs from its machines."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from connectors.model import Json, TenantId
from ingest.model import DocumentId
from ingest.reading import DocumentFilter, DocumentRecord, LivePassage, Revision, Snapshot
from retrieval.model import Found, Mode, ModelFacts, SearchRequest, TokenRatio
from retrieval.planner.case import Habit, Latency, Warmth


class Search(Protocol):
    """Find the passages that answer a question."""

    async def search(self, tenant: TenantId, request: SearchRequest) -> Found:
        """Give the best passages that are alive and that the caller may see."""
        ...


class Reranker(Protocol):
    """Read a question together with each text: slower than comparing vectors, and closer."""

    async def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Give one score a text, higher for a better answer; raises RerankerFailed.

        Cancelled, it stops within the text that it is at.
        """
        ...


class Knowledge(Protocol):
    """Read whole documents as of a sequence; every ReadLedger does."""

    async def snapshot(self, tenant: TenantId) -> Snapshot:
        """Take the sequence to hold still at."""
        ...

    async def knowledge(
        self, tenant: TenantId, sequence: int, where: DocumentFilter
    ) -> Sequence[DocumentRecord]:
        """Give the live documents that the filter lets through, in order of id."""
        ...

    async def contents(
        self, tenant: TenantId, sequence: int, documents: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Revision]:
        """Give the revisions of these documents that are alive at the sequence."""
        ...


class Texts(Protocol):
    """Read what documents say; every ReadLedger does."""

    async def contents(
        self, tenant: TenantId, sequence: int, documents: Sequence[DocumentId]
    ) -> Mapping[DocumentId, Revision]:
        """Give the revisions of these documents that are alive at the sequence."""
        ...

    async def placements(
        self, tenant: TenantId, sequence: int, document: DocumentId
    ) -> Sequence[LivePassage]:
        """Give the document's passages in its order, as of the sequence."""
        ...

    async def revision(
        self, tenant: TenantId, document: DocumentId, number: int
    ) -> Revision | None:
        """Give one kept revision with its text and blocks."""
        ...


class Catalog(Protocol):
    """Know models: their windows and what they cost."""

    def facts(self, model: str, at: datetime) -> ModelFacts:
        """Tell what is known of a model on a date and at an hour; raises ModelUnknown."""
        ...


class Experience(Protocol):
    """What the outcomes of earlier plans taught, and what was sent lately.

    It answers at once, from memory. Before anything was reported it gives priors. What a
    tenant reports moves no other tenant's figures.
    """

    def ratio(self, tenant: TenantId, model: str, language: str) -> TokenRatio:
        """Say how many tokens providers counted for each one that was estimated."""
        ...

    def latency(self, tenant: TenantId, model: str) -> Latency:
        """Say how long this model takes to its first token."""
        ...

    def warmth(self, tenant: TenantId, model: str, prefix: str, at: datetime) -> Warmth:
        """Say how likely the provider still holds a prefix, by its key."""
        ...

    def habit(self, tenant: TenantId, model: str, scope: str, at: datetime) -> Habit | None:
        """Give what was chosen last for the same knowledge; None when that is long ago."""
        ...

    def sent(
        self, tenant: TenantId, model: str, scope: str, mode: Mode, prefix: str, at: datetime
    ) -> None:
        """Note that a prompt was handed over; `prefix` is "" where none is shared."""
        ...


class Router(Protocol):
    """Send a chat body to an OpenAI-compatible endpoint."""

    async def complete(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        """Give the whole completion; raises RouterError."""
        ...

    def stream(self, body: Mapping[str, Json]) -> AsyncIterator[Mapping[str, Json]]:
        """Give the chunks as they come, without holding any back; raises RouterError."""
        ...
