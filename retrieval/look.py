"""Read everything that a plan depends on, as of one moment."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.model import TenantId
from ingest.language import surely_in
from ingest.ports import Clock, LanguageDetector, TokenCounter
from ingest.reading import DocumentFilter, Snapshot
from retrieval.model import (
    CacheKind,
    Caching,
    ContextRequest,
    Found,
    Fresh,
    ModelFacts,
    PartFound,
    SearchRequest,
)
from retrieval.pack.asked import Asked, read_request
from retrieval.planner.case import QuestionFeatures, QuestionType
from retrieval.planner.families import family_of
from retrieval.planner.parts import split_parts
from retrieval.planner.question_type import QuestionTypes
from retrieval.planner.tokens import Gauge
from retrieval.ports import Catalog, Experience, Knowledge, Search
from retrieval.profiles import Dialect
from retrieval.signals import describe, own_words
from retrieval.stock import Stock, Stocks

_PASSAGES = 80
"""Asked of the searches together: they fill a prompt of 16,000 tokens."""
_FEWEST = 20
"""Asked for each part of a question, at least."""


@dataclass(frozen=True, slots=True)
class LookPorts:
    """Whom to ask about a question, its model and the knowledge."""

    search: Search
    reading: Knowledge
    catalog: Catalog
    tokens: TokenCounter
    """Counts as o200k does, like the counts that the ledger keeps."""
    types: QuestionTypes
    detector: LanguageDetector
    experience: Experience
    clock: Clock


@dataclass(frozen=True, slots=True)
class Situation:
    """A question with all that its plan depends on, as of one moment."""

    tenant: TenantId
    request: ContextRequest
    asked: Asked
    features: QuestionFeatures
    parts: Sequence[PartFound]
    stock: Stock
    sequence: int
    model: ModelFacts
    gauge: Gauge
    at: datetime

    @property
    def where(self) -> DocumentFilter:
        """What the stock was read by."""
        return dated(self.request, self.at)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What fell short in the searches, each once."""
        told = (warning for part in self.parts for warning in part.found.warnings)
        return tuple(dict.fromkeys(told))


@dataclass(frozen=True, slots=True)
class _Read:
    """What a message and its model's name say by themselves."""

    questions: Sequence[str]
    types: Mapping[QuestionType, float]
    language: str
    model: ModelFacts


class Look:
    """Looks at a question from all sides before anything is decided.

    `dialect` says whether a request can mark where a shared beginning ends.
    """

    def __init__(self, ports: LookPorts, default_model: str, *, dialect: Dialect) -> None:
        self._ports = ports
        self._default_model = default_model
        self._dialect = dialect
        self._stocks = Stocks(ports.reading, ports.clock)

    async def at(self, tenant: TenantId, request: ContextRequest) -> Situation:
        """Read what a plan depends on; raises QuestionInvalid, ModelUnknown."""
        asked, now = read_request(request), self._ports.clock()
        name = request.model or self._default_model
        snapshot = await self._ports.reading.snapshot(tenant)
        # Long messages take a while to read, and so does the price list when it is first asked.
        read = await asyncio.to_thread(self._read, asked.question, name, now)
        parts, stock = await asyncio.gather(
            self._search(tenant, _search_of(request, asked, snapshot), read.questions),
            self._stocks.read(tenant, snapshot.sequence, dated(request, now)),
        )
        ratio = self._ports.experience.ratio(tenant, name, read.language)
        gauge = Gauge(self._ports.tokens, family_of(name), ratio)
        turns = [turn.content for turn in asked.history]
        history = await asyncio.to_thread(gauge.texts, turns) if turns else []
        features = QuestionFeatures(
            types=read.types,
            parts=len(read.questions),
            language=read.language,
            history_tokens=sum(size.expected for size in history),
            follow_up=any(part.found.follow_up for part in parts),
            covered=max(_covered(part) for part in parts),
        )
        return Situation(
            tenant,
            request,
            asked,
            features,
            parts,
            stock,
            snapshot.sequence,
            read.model,
            gauge,
            now,
        )

    def _read(self, question: str, model: str, at: datetime) -> _Read:
        ports = self._ports
        return _Read(
            questions=split_parts(question),
            types=ports.types.probabilities(question),
            language=surely_in(question, ports.detector.guess(question)),
            model=_markable(ports.catalog.facts(model, at), self._dialect),
        )

    async def _search(
        self, tenant: TenantId, search: SearchRequest, texts: Sequence[str]
    ) -> Sequence[PartFound]:
        """Search for each of the texts, side by side."""
        search = replace(search, limit=max(_FEWEST, _PASSAGES // len(texts)))
        found = await asyncio.gather(
            *(self._ports.search.search(tenant, replace(search, query=text)) for text in texts)
        )
        return [part_of(text, one) for text, one in zip(texts, found, strict=True)]


def _search_of(request: ContextRequest, asked: Asked, as_of: Snapshot) -> SearchRequest:
    where, fresh = request.where, request.fresh
    return SearchRequest(
        asked.question, _PASSAGES, where, fresh, earlier=asked.history, as_of=as_of
    )


def _covered(part: PartFound) -> float:
    return part.signals.coverage if own_words(part.text) else 0.0


def _markable(model: ModelFacts, dialect: Dialect) -> ModelFacts:
    """Expect no cache of a model that keeps only what is marked, where nothing can be marked."""
    wants = model.caching.kind is CacheKind.MARKED
    return replace(model, caching=Caching()) if wants and not dialect.mark(model) else model


def dated(request: ContextRequest, at: datetime) -> DocumentFilter:
    """Give the filter of a request; fresh pages are those that are not past their date then.

    The same within a minute, at whose end they must still be fresh: what one question read
    serves the next.
    """
    if request.fresh is Fresh.REQUIRE:
        minute = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
        return replace(request.where, fresh_at=minute)
    return request.where


def part_of(text: str, found: Found) -> PartFound:
    """Give a part of a question with what was found for it, and the shape of that."""
    best = [hit.passage for hit in found.hits]
    return PartFound(text, found, describe(text, found.lists, best))
