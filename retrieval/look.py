"""Read everything that a plan depends on, as of one moment."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.model import TenantId
from ingest.language import surely_in
from ingest.ports import Clock, LanguageDetector, TokenCounter
from ingest.reading import DocumentFilter
from retrieval.model import (
    ContextRequest,
    Found,
    Fresh,
    ModelFacts,
    PartFound,
    SearchRequest,
)
from retrieval.pack.asked import Asked, read_request
from retrieval.planner.case import QuestionFeatures
from retrieval.planner.families import family_of
from retrieval.planner.parts import split_parts
from retrieval.planner.question_type import QuestionTypes
from retrieval.planner.tokens import Gauge
from retrieval.ports import Catalog, Experience, Search
from retrieval.signals import describe
from retrieval.stock import Stock, Stocks


@dataclass(frozen=True, slots=True)
class LookPorts:
    """What is asked about a question, its model and the knowledge."""

    search: Search
    stocks: Stocks
    catalog: Catalog
    tokens: TokenCounter
    """Counts as o200k does, like the counts that the ledger keeps."""
    types: QuestionTypes
    detector: LanguageDetector
    experience: Experience
    clock: Clock


@dataclass(frozen=True, slots=True)
class Situation:
    """A question with all that its plan depends on."""

    tenant: TenantId
    request: ContextRequest
    asked: Asked
    features: QuestionFeatures
    parts: Sequence[PartFound]
    stock: Stock
    model: ModelFacts
    gauge: Gauge
    at: datetime

    @property
    def sequence(self) -> int:
        """The moment of the ledger that everything is read as of."""
        return min(part.found.sequence for part in self.parts)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What fell short in the searches, each once."""
        return tuple(
            dict.fromkeys(warning for part in self.parts for warning in part.found.warnings)
        )


class Look:
    """Looks at a question from all sides before anything is decided."""

    def __init__(self, ports: LookPorts, default_model: str, passages: int) -> None:
        self._ports = ports
        self._default_model = default_model
        self._passages = passages

    async def at(self, tenant: TenantId, request: ContextRequest) -> Situation:
        """Read what a plan depends on; raises QuestionInvalid, ModelUnknown."""
        asked, now = read_request(request), self._ports.clock()
        name = request.model or self._default_model
        # The price list takes 0.4 s to load when it is first asked.
        model = await asyncio.to_thread(self._ports.catalog.facts, name, now)
        parts = await self._search(tenant, request, asked)
        sequence = min(part.found.sequence for part in parts)
        stock = await self._ports.stocks.read(tenant, sequence, _dated(request, now))
        language = surely_in(self._ports.detector.guess(asked.question))
        gauge = self._gauge(name, language)
        history = sum(size.expected for size in gauge.texts([one.content for one in asked.history]))
        features = QuestionFeatures(
            types=self._ports.types.probabilities(asked.question),
            parts=len(parts),
            language=language,
            history_tokens=history,
            follow_up=any(part.found.follow_up for part in parts),
        )
        return Situation(
            tenant, request, asked, features, parts, stock, model, gauge, now
        )

    async def _search(
        self, tenant: TenantId, request: ContextRequest, asked: Asked
    ) -> Sequence[PartFound]:
        """Search for each part of the question apart, side by side."""
        texts = split_parts(asked.question)
        searches = (
            SearchRequest(
                text, self._passages, request.where, request.fresh, earlier=asked.history
            )
            for text in texts
        )
        found = await asyncio.gather(*(self._ports.search.search(tenant, one) for one in searches))
        return [_part(text, one) for text, one in zip(texts, found, strict=True)]

    def _gauge(self, model: str, language: str) -> Gauge:
        ratio = self._ports.experience.ratio(model, language)
        return Gauge(self._ports.tokens, family_of(model), ratio)


def _part(text: str, found: Found) -> PartFound:
    best = [hit.passage for hit in found.hits]
    return PartFound(text, found, describe(text, found.lists, best))


def _dated(request: ContextRequest, at: datetime) -> DocumentFilter:
    if request.fresh is Fresh.REQUIRE:
        return replace(request.where, fresh_at=at)
    return request.where
