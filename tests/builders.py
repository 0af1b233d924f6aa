"""Records with everything filled in, so that a test names only what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid5

import numpy as np

from connectors.model import Source, SourceId, TenantId
from ingest.model import Block, BlockKind, DocumentId, PointId, RunId, Vector
from ingest.records import (
    DocumentFacts,
    NewRevision,
    Passage,
    Placement,
    RunCounts,
    RunState,
    SourceRecord,
    SyncRun,
    Tenant,
    Timing,
    Write,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACME = TenantId("acme")
GLOBEX = TenantId("globex")
SHOP = SourceId("shop")
EVERYBODY: frozenset[str] = frozenset()


@dataclass
class Ticking:
    """A clock that stands still until it is told to go on."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now


def tenant(id_: TenantId = ACME, *, operator: bool = False) -> Tenant:
    return Tenant(id_, id_.title(), operator, NOON)


def source_record(
    id_: SourceId = SHOP, tenant: TenantId = ACME, *, every_seconds: int | None = None
) -> SourceRecord:
    source = Source(id_, tenant, "files", "The shop", {"path": "/shop"})
    timing = None if every_seconds is None else Timing(every_seconds)
    return SourceRecord(source, timing, None, paused=False, cursor=None, created_at=NOON)


def sync_run(
    id_: str = "run-1",
    tenant: TenantId = ACME,
    source: SourceId = SHOP,
    state: RunState = RunState.RUNNING,
    queued_at: datetime = NOON,
) -> SyncRun:
    return SyncRun(RunId(id_), tenant, source, state, RunCounts(), (), (), False, queued_at)


def facts(
    ref: str,
    *,
    id_: str | None = None,
    version: str = "1",
    access: frozenset[str] = EVERYBODY,
    tags: frozenset[str] = EVERYBODY,
    language: str = "en",
    changed_at: datetime | None = None,
    review_by: datetime | None = None,
) -> DocumentFacts:
    return DocumentFacts(
        id=DocumentId(id_ or f"doc-{ref}"),
        ref=ref,
        version=version,
        validators={"etag": version},
        content_hash=sha256(version.encode()).hexdigest(),
        title=f"Title of {ref}",
        url=f"https://shop.example/{ref}",
        media_type="text/markdown",
        language=language,
        access=access,
        tags=tags,
        changed_at=changed_at,
        review_by=review_by,
    )


def point_id(document: DocumentId, paragraph: str, tenant: TenantId = ACME) -> PointId:
    return uuid5(NAMESPACE_URL, f"{tenant}/{document}/{paragraph}")


def vector(text: str, dimension: int = 8) -> Vector:
    seed = int.from_bytes(sha256(text.encode()).digest()[:8])
    drawn = np.random.default_rng(seed).normal(size=dimension).astype(np.float32)
    return drawn / np.float32(np.linalg.norm(drawn))


def revision(
    document: DocumentId, paragraphs: Sequence[str], tenant: TenantId = ACME
) -> NewRevision:
    """Make each paragraph a block, a passage and a placement; an equal one is placed again."""
    text = "\n".join(paragraphs)
    spans: list[tuple[int, int]] = []
    for paragraph in paragraphs:
        start = spans[-1][1] + 1 if spans else 0
        spans.append((start, start + len(paragraph)))
    return NewRevision(
        text=text,
        text_hash=sha256(text.encode()).hexdigest(),
        blocks=tuple(Block(BlockKind.PARAGRAPH, *span) for span in spans),
        tokens=len(text.split()),
        passages=tuple(
            _passage(point_id(document, each, tenant), each) for each in dict.fromkeys(paragraphs)
        ),
        placements=tuple(
            Placement(at, point_id(document, each, tenant), *span, ("Help",), "help", None, None)
            for at, (each, span) in enumerate(zip(paragraphs, spans, strict=True))
        ),
    )


def write(
    ref: str,
    *paragraphs: str,
    tenant: TenantId = ACME,
    its: DocumentFacts | None = None,
    moved_from: str | None = None,
) -> Write:
    """Write a document with these paragraphs, or without any its facts alone."""
    its = its or facts(ref)
    text = revision(its.id, paragraphs, tenant) if paragraphs else None
    return Write(its, text, moved_from)


def _passage(id_: UUID, text: str) -> Passage:
    digest = sha256(text.encode()).hexdigest()
    return Passage(id_, text, "Help", digest, len(text.split()), vector(text))
