"""A whole Punnet behind HTTP: the real ledger and rooms, doubles where a machine would be."""

import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx2
from fastapi import FastAPI
from starlette.routing import BaseRoute

from api.app import create_app
from api.bootstrap import Kinds, Ledger, build_review
from api.security import mint_key
from api.settings import Settings
from api.telemetry import Metrics
from connectors.endpoints import Endpoints
from connectors.model import Json, Source, SourceId, TenantId
from connectors.surroundings import Allowed
from ingest.adapters.bm25 import Bm25Encoder
from ingest.adapters.ledger import open_ledger
from ingest.consent import Consent
from ingest.credentials import Credentials
from ingest.freshness.review import Review
from ingest.model import Block, BlockKind, DocumentId, Point, PointPayload, RunId
from ingest.notices.send import Notices
from ingest.ports import AuditedIndex
from ingest.records import (
    ApiKey,
    Change,
    Commit,
    DocumentFacts,
    Fail,
    NewRevision,
    Passage,
    Placement,
    RunCounts,
    RunState,
    SourceRecord,
    SyncRun,
    Tenant,
    WorkItem,
    Write,
)
from ingest.schedule import Schedule
from ingest.vault import Vault
from ingest.webhook import Webhook
from retrieval.adapters.catalog import PriceCatalog
from retrieval.adapters.overrides import Override
from retrieval.ask import Asker
from retrieval.chat import Spare
from retrieval.experience import LearnedExperience
from retrieval.look import LookPorts
from retrieval.model import Tier
from retrieval.ports import Router, Search
from retrieval.query_log import QueryLog
from retrieval.search import Searcher
from tests.asking import ask_settings, asker_of, look_ports
from tests.fakes import FakeEmbedder, FakeTokens, MemoryIndex
from tests.languages import reader
from tests.postbox import Postbox

ACME, GLOBEX, HOUSE = TenantId("t_acme"), TenantId("t_globex"), TenantId("t_house")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MODEL = "shop-model"
PEPPER = b"a pepper of the tests"
MASTER = b"a master key of 32 bytes, if so."


Tags = frozenset[str]


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Queue:
    """Remembers what was put."""

    def __init__(self) -> None:
        self.items: list[WorkItem] = []

    async def put(self, item: WorkItem) -> bool:
        self.items.append(item)
        return True

    async def crowded(self) -> bool:
        return False

    async def run(self, handlers: object, stop: object) -> None:
        raise AssertionError("nothing works in these tests")


class EchoRouter:
    """Answers with fixed words, and remembers what it was sent."""

    def __init__(self, fails: Exception | None = None, after: int = 0) -> None:
        self.bodies: list[Mapping[str, Json]] = []
        self._fails = fails
        self._after = after

    async def complete(self, body: Mapping[str, Json]) -> Mapping[str, Json]:
        self.bodies.append(body)
        if self._fails:
            raise self._fails
        message: Json = {"role": "assistant", "content": "Five days [D1§1]."}
        return {**self._frame("chat.completion"), "choices": [_choice("message", message, "stop")]}

    async def stream(self, body: Mapping[str, Json]) -> AsyncIterator[Mapping[str, Json]]:
        self.bodies.append(body)
        for place, word in enumerate(("Five", " days", " [D1§1].")):
            if self._fails and place == self._after:
                raise self._fails
            choice = _choice("delta", {"content": word}, "stop" if place == 2 else None)
            yield {
                **self._frame("chat.completion.chunk"),
                "choices": [choice],
            }

    def _frame(self, kind: str) -> dict[str, Json]:
        usage: Json = {"prompt_tokens": 90, "completion_tokens": 4, "total_tokens": 94}
        return {"id": "c1", "object": kind, "created": 1, "model": MODEL, "usage": usage}


def _choice(part: str, content: Json, finish: str | None) -> Json:
    return {"index": 0, part: content, "finish_reason": finish}


@dataclass(frozen=True, slots=True)
class Wired:
    """What the app is built with."""

    ledger: Ledger
    index: AuditedIndex
    embedder: FakeEmbedder
    searcher: Search
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
    new_id: "Ids"
    pepper: bytes


class Ids:
    """Counts."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> str:
        return f"id{next(self._numbers):06d}"


def with_known_routes(app: FastAPI) -> FastAPI:
    """Have an app share the routes of the first one, which FastAPI takes long to prepare.

    A router that was made for this app alone is shared with nobody.
    """
    routes = app.router.routes
    for at, route in enumerate(routes):
        if router := getattr(route, "original_router", None):
            routes[at] = _KNOWN.setdefault(id(router), (router, route))[1]
    return app


_KNOWN: dict[int, tuple[object, BaseRoute]] = {}


@dataclass
class World:
    """Services, an app over them, and short ways to put things in."""

    wired: Wired
    settings: Settings
    queue: Queue
    metrics: Metrics = field(default_factory=Metrics)
    _random: "count[int]" = field(default_factory=lambda: count(1))

    def app(self, **changed: Any) -> FastAPI:
        """Build the app, with some services exchanged."""
        app = create_app(replace(self.wired, **changed), self.settings, self.metrics)
        return with_known_routes(app)

    def client(self, key: str = "", **changed: Any) -> httpx2.AsyncClient:
        """Open a client that sends the key."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        transport = httpx2.ASGITransport(app=self.app(**changed))
        return httpx2.AsyncClient(transport=transport, base_url="http://punnet", headers=headers)

    async def key(self, tenant: TenantId, *scopes: str, **more: object) -> str:
        """Make a key that the ledger knows."""
        minted = mint_key(self._bytes, PEPPER)
        key = ApiKey(
            id=f"k_{minted.prefix}",
            tenant=tenant,
            name="test",
            prefix=minted.prefix,
            digest=minted.digest,
            scopes=frozenset(scopes),
            groups=None,
            created_at=NOON,
        )
        await self.wired.ledger.tenants.add_key(replace(key, **more))  # type: ignore[arg-type]
        return minted.text

    def _bytes(self, size: int) -> bytes:
        return hashlib.shake_128(str(next(self._random)).encode()).digest(size)

    async def source(
        self,
        tenant: TenantId,
        name: str,
        kind: str = "upload",
        access: frozenset[str] = frozenset(),
    ) -> SourceId:
        """Keep a source; its id is its name."""
        settings: dict[str, Json] = {"path": "/srv/docs"} if kind == "files" else {}
        source = Source(SourceId(name), tenant, kind, name, settings, access)
        record = SourceRecord(source, None, None, paused=False, cursor=None, created_at=NOON)
        await self.wired.ledger.sources.add_source(record)
        return source.id

    async def run(self, tenant: TenantId, source: SourceId, state: RunState) -> RunId:
        """Keep a run; one that waits for confirmation wants to delete `gone.md`."""
        runs = self.wired.ledger.runs
        run = SyncRun(
            id=RunId(self.wired.new_id()),
            tenant=tenant,
            source=source,
            state=RunState.QUEUED,
            counts=RunCounts(),
            errors=(),
            awaiting=(),
            confirmed=False,
            queued_at=NOON,
        )
        await runs.add_run(run)
        if state is not RunState.QUEUED:
            await runs.begin_run(run.id, NOON)
        if state is RunState.NEEDS_CONFIRMATION:
            await runs.hold_run(run.id, ["gone.md"])
        elif state not in (RunState.QUEUED, RunState.RUNNING):
            await runs.end_run(run.id, state, RunCounts(listed=1), NOON)
        return run.id

    async def page(
        self,
        tenant: TenantId,
        source: SourceId,
        ref: str,
        text: str,
        *,
        version: str = "v1",
        access: frozenset[str] = frozenset(),
        tags: frozenset[str] = frozenset(),
    ) -> DocumentId:
        """Make a document of one passage live and searchable."""
        document = DocumentId(f"d_{source}_{ref}".replace("/", "_"))
        passage = await self._indexed(tenant, source, document, text, access, tags)
        revision = NewRevision(
            text=text,
            text_hash=hashlib.sha256(text.encode()).hexdigest(),
            blocks=(Block(BlockKind.PARAGRAPH, 0, len(text)),),
            tokens=len(text.split()),
            passages=(passage,),
            placements=(Placement(0, passage.id, 0, len(text), ("Top",), "top", None, None),),
        )
        facts = DocumentFacts(
            id=document,
            ref=ref,
            version=version,
            validators={},
            content_hash=version,
            title=ref,
            url=f"https://help.example.com/{ref}",
            media_type="text/markdown",
            language="en",
            access=access,
            tags=tags,
            changed_at=NOON,
        )
        await self.commit(tenant, source, [Write(facts, revision)])
        return document

    async def failed(self, tenant: TenantId, source: SourceId, ref: str, version: str) -> None:
        """Keep that a document could not be read."""
        fail = Fail(DocumentId(f"d_{source}_{ref}"), ref, version, "The PDF is encrypted.", None)
        await self.commit(tenant, source, [fail])

    async def commit(self, tenant: TenantId, source: SourceId, changes: Sequence[Change]) -> None:
        """Make changes true, as a run would."""
        ledger = self.wired.ledger
        run = await self.run(tenant, source, RunState.RUNNING)
        lease = await ledger.leases.take(f"source:{source}", "test", 60)
        assert lease is not None
        commit = Commit(
            tenant, source, run, lease, NOON, tuple(changes), RunCounts(), None, stores_cursor=False
        )  # fmt: skip
        await ledger.documents.commit(commit)
        await ledger.leases.release(lease)
        await ledger.runs.end_run(run, RunState.SUCCEEDED, RunCounts(listed=1, indexed=1), NOON)

    async def _indexed(
        self,
        tenant: TenantId,
        source: SourceId,
        document: DocumentId,
        text: str,
        access: frozenset[str],
        tags: frozenset[str],
    ) -> Passage:
        dense = (await self.wired.embedder.embed_passages([text]))[0]
        point_id = uuid5(NAMESPACE_URL, f"{tenant}/{document}/{text}")
        payload = PointPayload(source, document, access, tags, "en")
        point = Point(point_id, dense, Bm25Encoder().encode_passage("", text, "en"), payload)
        await self.wired.index.upsert(tenant, [point])
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Passage(point_id, text, "", digest, len(text.split()), dense, "en")


@asynccontextmanager
async def open_world(folder: Path, empty_ledger: Path) -> AsyncIterator[World]:
    """Open a world with three tenants, of which one is the operator's."""
    clock, ids, queue = Clock(), Ids(), Queue()
    shutil.copy(empty_ledger, folder / "ledger.db")
    url = f"sqlite+aiosqlite:///{folder / 'ledger.db'}"
    async with open_ledger(url, clock=clock) as opened:
        names = Ledger.__dataclass_fields__
        ledger = Ledger(**{name: getattr(opened, name) for name in names})
        for tenant in (ACME, GLOBEX, HOUSE):
            await ledger.tenants.create_tenant(Tenant(tenant, tenant, tenant == HOUSE, NOON))
        index, embedder = MemoryIndex(), FakeEmbedder()
        searcher = Searcher(ledger.reading, index, reader(embedder), clock, ledger.flags)
        credentials = Credentials(ledger.credentials, Vault((MASTER,), os.urandom), clock)
        experience = LearnedExperience(lambda _: Tier.ROUTINE)
        look = _look(ledger, searcher, clock, experience)
        wired = Wired(
            ledger=ledger,
            index=index,
            embedder=embedder,
            searcher=searcher,
            asker=asker_of(look, ledger.reading, ids, ask_settings(MODEL), ledger.prefixes),
            router=EchoRouter(),
            spare=None,
            experience=experience,
            schedule=Schedule(ledger.sources, ledger.runs, queue, clock, ids),
            kinds=Kinds(Allowed((Path("/srv"),))),
            queries=QueryLog(ledger.queries, lambda text: text),
            credentials=credentials,
            consent=Consent(credentials, Endpoints(), _no_trade, clock, os.urandom),
            webhook=Webhook(credentials, ledger.sources, clock),
            notices=Notices(ledger.hooks, ledger.flags, Postbox(), credentials.vault, clock),
            review=build_review(ledger, clock),
            clock=clock,
            new_id=ids,
            pepper=PEPPER,
        )
        yield World(wired, Settings(home=folder, upload_max_bytes=5_000_000), queue)


async def _no_trade(*_: object) -> str:
    raise AssertionError("this test connects no account")


def _look(ledger: Ledger, search: Search, clock: Clock, experience: LearnedExperience) -> LookPorts:
    known = Override(window=100_000, input=1.0, output=2.0)
    catalog = PriceCatalog({MODEL: known})
    return look_ports(search, ledger.reading, catalog, FakeTokens(), clock, experience)
