"""The only place that builds: settings in, services out.

HTTP, worker, command line and tests all enter by it, and only it knows the adapters. What
is heavy is imported where it is built, so that no process carries another's weight.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from api.answering import ask_settings, known_models, opened_routers
from api.entrusted import build_credentials, opened_consent
from api.home import Home
from api.prepared import read_prepared
from api.security import read_pepper
from api.settings import Settings
from api.telling import opened_notices
from connectors.errors import SettingsInvalid
from connectors.model import Source
from connectors.port import Frontier, UploadStore
from connectors.registry import check, check_credentials, is_private
from connectors.surroundings import Allowed
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.language_fasttext import FastTextDetector
from ingest.adapters.ledger import open_ledger
from ingest.adapters.queue_local import LocalQueue
from ingest.adapters.tokens import O200kTokens, RecentTokens
from ingest.chunk import CHUNKER
from ingest.consent import Consent
from ingest.credentials import Credentials
from ingest.envelopes import CredentialLedger
from ingest.errors import ModelUnusable
from ingest.freshness.ports import (
    AuditLedger,
    FlagLedger,
    FreshnessLedger,
    UsageLedger,
    VectorLedger,
)
from ingest.freshness.review import Review, ReviewPorts
from ingest.freshness.standing import StandingLedger
from ingest.ledger import (
    DocumentLedger,
    LeaseLedger,
    PointLedger,
    RunLedger,
    SourceLedger,
    TenantLedger,
    WorkLedger,
)
from ingest.model import Recipe, Served
from ingest.notices.ports import HookLedger
from ingest.notices.send import Notices
from ingest.ports import AuditedIndex, Clock, Embedder, NewId, SparseEncoder
from ingest.prefixes import PrefixLedger
from ingest.queries import QueryLedger
from ingest.reading import ReadLedger
from ingest.schedule import Schedule
from ingest.topics import TopicLedger
from ingest.webhook import Webhook
from retrieval.ask import Asker, AskPorts
from retrieval.chat import Spare
from retrieval.experience import LearnedExperience
from retrieval.look import LookPorts
from retrieval.planner.question_type import QuestionTypes
from retrieval.ports import Router
from retrieval.query_log import QueryLog
from retrieval.question import QuestionReader
from retrieval.rerank import Reranking
from retrieval.search import Searcher

PROXY = "proxy"
"""The credential that says by which machine a source is asked."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ports of one ledger side by side."""

    tenants: TenantLedger
    sources: SourceLedger
    runs: RunLedger
    documents: DocumentLedger
    points: PointLedger
    reading: ReadLedger
    leases: LeaseLedger
    work: WorkLedger
    queries: QueryLedger
    uploads: UploadStore
    frontier: Frontier
    credentials: CredentialLedger
    prefixes: PrefixLedger
    flags: FlagLedger
    freshness: FreshnessLedger
    usage: UsageLedger
    audit: AuditLedger
    topics: TopicLedger
    standing: StandingLedger
    hooks: HookLedger
    vectors: VectorLedger


@dataclass(frozen=True, slots=True)
class Kinds:
    """Knows the kinds of sources, within what the operator allows."""

    allowed: Allowed

    def check(self, source: Source, *, operator: bool) -> None:
        """Raise SettingsInvalid when the source cannot work as it is set.

        Where no folder is named, only the operator's own sources may read this machine:
        another tenant's could read everybody's ledger.
        """
        own = operator or self.allowed.roots is not None
        check(source, self.allowed if own else replace(self.allowed, roots=()))
        if is_private(source) and not operator:
            raise SettingsInvalid(
                "'allow_private' is for the operator's own sources: from within this network "
                "another tenant's could read the index and everybody's knowledge."
            )

    def check_credentials(
        self, source: Source, secrets: Mapping[str, str], *, operator: bool
    ) -> None:
        """Raise SettingsInvalid for secrets that its kind, or this tenant, cannot have.

        A proxy is asked from here: another tenant's could name a machine of this network.
        """
        check_credentials(source, secrets)
        if PROXY in secrets and not operator:
            raise SettingsInvalid(f"'{PROXY}' is for the operator's own sources.")

    def needs_admin(self, source: Source) -> bool:
        """Say whether only an admin may set the source so; raises SettingsInvalid."""
        return is_private(source)


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with."""

    ledger: Ledger
    index: AuditedIndex
    embedder: Embedder
    sparse: SparseEncoder
    searcher: Searcher
    asker: Asker
    router: Router | None
    spare: Spare | None
    experience: LearnedExperience
    schedule: Schedule
    kinds: Kinds
    queries: QueryLog
    credentials: Credentials
    consent: Consent
    webhook: Webhook
    notices: Notices
    review: Review
    clock: Clock
    new_id: NewId
    pepper: bytes


def allowed_by(settings: Settings) -> Allowed:
    """Say what the operator lets sources do."""
    return Allowed(settings.file_roots or None, youtube=settings.youtube)


def utc_now() -> datetime:
    """Tell the machine's time."""
    return datetime.now(UTC)


def new_id() -> str:
    """Make an id that was never used before."""
    return uuid4().hex


def owner() -> str:
    """Name this process as a holder of leases, unlike any before it."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Build what answers questions; everything is closed again in the end."""
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(opened_ledger(settings))
        embedder = await asyncio.to_thread(build_embedder, settings, threads=1)
        sparse = Bm25Encoder()
        index = await stack.enter_async_context(opened_index(settings, embedder.recipe, sparse))
        queries = QueryLog(ledger.queries, _as_it_is, keep=settings.keep_queries_days > 0)
        await stack.enter_async_context(queries.writing())
        credentials = build_credentials(settings, ledger.credentials, utc_now)
        reranking = await stack.enter_async_context(_opened_reranking(settings))
        questions = build_question_reader(settings, embedder, sparse)
        searcher = Searcher(ledger.reading, index, questions, utc_now, ledger.flags, reranking)
        pepper = pepper_of(settings)
        router, spare = await stack.enter_async_context(opened_routers(settings, pepper))
        known = await known_models(settings, ledger.queries, utc_now)
        look = LookPorts(
            search=searcher,
            reading=ledger.reading,
            catalog=known.catalog,
            tokens=RecentTokens(O200kTokens()),
            types=QuestionTypes.open(),
            detector=questions.detector,
            experience=known.experience,
            clock=utc_now,
        )
        ports = AskPorts(look, ledger.reading, ledger.prefixes, new_id)
        yield Services(
            ledger=ledger,
            index=index,
            embedder=embedder,
            sparse=sparse,
            searcher=searcher,
            asker=Asker(ports, ask_settings(settings, pepper)),
            router=router,
            spare=spare,
            experience=known.experience,
            schedule=build_schedule(ledger),
            kinds=Kinds(allowed_by(settings)),
            queries=queries,
            credentials=credentials,
            consent=await stack.enter_async_context(opened_consent(settings, credentials)),
            webhook=Webhook(credentials, ledger.sources, utc_now),
            notices=await stack.enter_async_context(
                opened_notices(ledger.hooks, ledger.flags, credentials.vault, utc_now)
            ),
            review=build_review(ledger, utc_now),
            clock=utc_now,
            new_id=new_id,
            pepper=pepper,
        )


# --- the parts --------------------------------------------------------------------


@asynccontextmanager
async def opened_ledger(settings: Settings) -> AsyncIterator[Ledger]:
    """Open the ledger that the settings name; raises SchemaMismatch, LedgerUnavailable."""
    async with open_ledger(settings.ledger_url.get_secret_value(), clock=utc_now) as opened:
        ports = Ledger.__dataclass_fields__
        yield Ledger(**{name: getattr(opened, name) for name in ports})


def build_schedule(ledger: Ledger) -> Schedule:
    """Build what puts work into the ledger, for workers to find."""
    queue = LocalQueue(ledger.work, utc_now, owner())
    return Schedule(ledger.sources, ledger.runs, queue, utc_now, new_id)


def build_question_reader(
    settings: Settings, embedder: Embedder, sparse: SparseEncoder
) -> QuestionReader:
    """Build what turns questions into what the index compares."""
    detector = FastTextDetector.open()
    return QuestionReader(embedder, sparse, detector, served_languages(settings))


def build_review(ledger: Ledger, clock: Clock) -> Review:
    """Build what flags and pages are reviewed with."""
    ports = ReviewPorts(
        ledger.flags,
        ledger.freshness,
        ledger.documents,
        ledger.reading,
        ledger.audit,
        ledger.sources,
        build_schedule(ledger),
    )
    return Review(ports, clock)


def build_embedder(settings: Settings, *, threads: int) -> Embedder:
    """Load the model that the settings name; raises ModelUnusable when it was never built."""
    if settings.embed_url:
        return _served_model(settings)
    if settings.model_device:
        from ingest.adapters.embed_sentence_transformers import SentenceTransformersEmbedder

        return SentenceTransformersEmbedder.open(settings.model, device=settings.model_device)
    from ingest.adapters.embed_onnx import OnnxEmbedder
    from ingest.adapters.model_build import find_model

    folder = find_model(settings.model, settings.models_dir)
    if folder is None:
        raise ModelUnusable(
            f"the model {settings.model} was not built yet: "
            f"run `punnet model build {settings.model}`"
        )
    return OnnxEmbedder.open(folder, threads=threads)


def served_languages(settings: Settings) -> Served:
    """Give what the operator says that the model serves, else what was measured of it."""
    from ingest.adapters.model_languages import said, served

    if settings.embed_languages:
        return said(settings.embed_languages)
    prepared = read_prepared(Home(settings.home))
    return served(prepared.languages if prepared else {})


def _served_model(settings: Settings) -> Embedder:
    import httpx2

    from ingest.adapters.embed_http import HttpEmbedder, HttpModel

    if not settings.embed_dimension:
        raise SettingsInvalid(
            "PUNNET_EMBED_URL needs PUNNET_EMBED_DIMENSION, the length of the model's vectors."
        )
    model = HttpModel(
        base_url=settings.embed_url or "",
        key=settings.embed_key.get_secret_value() if settings.embed_key else "",
        model=settings.embed_model or settings.model,
        dimension=settings.embed_dimension,
        max_tokens=settings.embed_max_tokens,
        query_prompt=settings.embed_query_prompt or "",
        passage_prompt=settings.embed_passage_prompt or "",
    )
    return HttpEmbedder(httpx2.AsyncClient(trust_env=False), model, O200kTokens())


def full_recipe(model: Recipe, sparse: Bm25Encoder) -> Recipe:
    """Add to the model's recipe what else decides what a collection's vectors mean."""
    return replace(model, chunker=CHUNKER, sparse=sparse.settings)


@asynccontextmanager
async def opened_index(
    settings: Settings, model: Recipe, sparse: Bm25Encoder
) -> AsyncIterator[AuditedIndex]:
    """Reach the index: a Qdrant server where one is named, else the process of this home."""
    if settings.qdrant_url:
        from ingest.adapters.qdrant_server import QdrantPlace, QdrantServerIndex

        key = settings.qdrant_api_key
        place = QdrantPlace(settings.qdrant_url, key.get_secret_value() if key else None)
        async with QdrantServerIndex.connected(place, full_recipe(model, sparse)) as server:
            yield server
        return
    from ingest.adapters.edge_index import EdgeIndex

    async with EdgeIndex(Home(settings.home).index_socket) as index:
        yield index


def pepper_of(settings: Settings) -> bytes:
    """Give what keys are digested with: the operator's, or the one kept in the home.

    Raises SettingsInvalid where it is gone.
    """
    if settings.pepper is not None:
        return settings.pepper.get_secret_value().encode()
    return read_pepper(Home(settings.home))


@asynccontextmanager
async def _opened_reranking(settings: Settings) -> AsyncIterator[Reranking | None]:
    if not settings.reranker:
        yield None
        return
    from retrieval.adapters.reranker import OnnxReranker
    from retrieval.adapters.reranker_build import find_reranker

    folder = find_reranker(settings.reranker, settings.models_dir)
    threads = settings.worker_threads
    reranker = await asyncio.to_thread(OnnxReranker.open, folder, threads=threads)
    try:
        yield Reranking(reranker)
    finally:
        reranker.close()


def _as_it_is(text: str) -> str:
    """Keep a question as it was asked; an operator's redaction takes this place."""
    return text
