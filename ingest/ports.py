"""What this room needs from its machines; the ledger has a file of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from connectors.model import SourceId, TenantId
from ingest.model import (
    Guess,
    ParsedDocument,
    Point,
    PointId,
    PointPayload,
    Probe,
    Recipe,
    Scope,
    SparseVector,
    TwoLists,
    Vector,
    Vectors,
)
from ingest.records import WorkItem

Clock = Callable[[], datetime]
"""Tells the time, aware and in UTC."""
NewId = Callable[[], str]
"""Makes an id that was never used before."""


# --- machines ---------------------------------------------------------------------


class Parser(Protocol):
    """Turn bytes into text with blocks, whatever the bytes are."""

    async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
        """Give the text and its blocks; raises Unparsable with a reason, never an empty one.

        A document that is well formed but has no words is returned with no blocks.
        """
        ...


class LanguageDetector(Protocol):
    """Tell the languages of texts, the same way every time."""

    def guess(self, text: str) -> tuple[Guess, ...]:
        """Give the likeliest languages, best first; none for a text without letters."""
        ...


class TokenCounter(Protocol):
    """Count tokens as one model does."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Give the number of tokens of each text, without special tokens, never cut."""
        ...


class Embedder(Protocol):
    """Turn texts into unit vectors; equal texts give equal vectors."""

    @property
    def recipe(self) -> Recipe:
        """What the vectors mean; `chunker` and `sparse` are left empty for who cuts and weighs."""
        ...

    @property
    def tokens(self) -> TokenCounter:
        """The counter of the model's own tokenizer, or of the nearest one that is known."""
        ...

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed texts in any number; raises EmbedderUnavailable."""
        ...

    async def embed_query(self, text: str) -> Vector:
        """Embed one question, with little delay; raises EmbedderUnavailable."""
        ...


class SparseEncoder(Protocol):
    """Turn texts into BM25 term weights; the index supplies the IDF."""

    def encode_passage(self, context: str, text: str, language: str) -> SparseVector:
        """Weigh the terms of a passage by frequency, length and place: `context` stands above.

        The same three always give the same weights. `language` is ISO 639-1, or "" where
        nothing tells it.
        """
        ...

    def encode_query(self, text: str, languages: Sequence[str] = ()) -> SparseVector:
        """Weigh each term of a question once, as any of the languages would write it.

        The likeliest is the first; none where nothing tells it.
        """
        ...


class VectorIndex(Protocol):
    """Hold points under their vectors, apart by tenant."""

    async def upsert(self, tenant: TenantId, points: Sequence[Point]) -> None:
        """Make every point searchable before returning; the same id twice is one point.

        What another tenant holds under the same id stays as it is.
        Raises IndexRefused, with nothing stored, for a vector that is not finite or of
        the wrong length.
        """
        ...

    async def search(self, tenant: TenantId, probe: Probe, scope: Scope, limit: int) -> TwoLists:
        """Give the best `limit` points of each list; IDF is counted over the tenant alone.

        Each hit names the tenant that was stored with it, so that the caller can check.
        """
        ...

    async def present(self, tenant: TenantId, ids: Sequence[PointId]) -> frozenset[PointId]:
        """Say which of these points the tenant has."""
        ...

    async def relabel(
        self, tenant: TenantId, ids: Sequence[PointId], payload: PointPayload
    ) -> None:
        """Replace the payload of these points; ids that are not there are passed over."""
        ...

    async def delete(self, tenant: TenantId, ids: Sequence[PointId]) -> None:
        """Forget these points; ids that are not there are passed over."""
        ...

    async def forget(self, tenant: TenantId) -> None:
        """Forget every point of the tenant."""
        ...

    def points(
        self, tenant: TenantId, source: SourceId | None
    ) -> AsyncIterator[Mapping[PointId, PointPayload]]:
        """Walk all points of the tenant, or of one source of it, in batches."""
        ...

    async def flush(self) -> None:
        """Make what was written survive a power cut."""
        ...


class AuditedIndex(VectorIndex, Protocol):
    """An index that is not searched before it is known to hold what the ledger says.

    A new one is not: until `set_audited`, `search` raises IndexUnaudited and all else works.
    """

    async def is_audited(self) -> bool:
        """Say whether it may be searched."""
        ...

    async def set_audited(self) -> None:
        """Let it be searched from now on: through restarts, and after kill -9."""
        ...


Handler = Callable[[WorkItem], Awaitable[None]]
"""Does one piece of work; safe to call twice; raises to have it tried again later.

TryLater says when, and costs no attempt.
"""


class WorkQueue(Protocol):
    """Carry work to handlers at least once, the same key never twice at a time."""

    async def put(self, item: WorkItem) -> bool:
        """Store the item durably; False when one with its key is already waiting."""
        ...

    async def crowded(self) -> bool:
        """Say whether something is due that has no room."""
        ...

    async def run(self, handlers: Mapping[str, Handler], stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what runs; handlers go by the item's kind."""
        ...
