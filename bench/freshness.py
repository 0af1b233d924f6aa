"""What it takes to look through 10,000 documents, and through the 100 of them that changed.

    python -m bench.freshness [--documents N] [--desk]

Documents are put together from the help centre of ddg-help-2016-2021 and the manuals of
haystack-docs-versions: five passages each, of which words are exchanged, so that pages on one
subject are near to one another; one in thirty is a copy of another with a number changed, one
in ten ends with the same footer. They go into a real ledger by real commits. Vectors are sums
of random ones, one for each word, so that texts are as near as they have words in common:
nothing here depends on what a model makes of them, and embedding 50,000 passages takes an hour.
`--desk` also serves the home and opens its pages.
"""

import argparse
import asyncio
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import httpx2
import numpy as np

from api.inspecting import detectors
from bench.figures import percentile, show
from bench.serving import serving
from bench.sets import folder
from connectors.model import Source, SourceId, TenantId
from ingest.adapters.ledger import SqlLedger, migrate, open_ledger
from ingest.freshness.differing import words_of
from ingest.freshness.inspect import Inspector, InspectPorts, Report
from ingest.freshness.link_round import LinkRound
from ingest.freshness.neighbours import LedgerNeighbours
from ingest.model import Block, BlockKind, DocumentId, RunId, Vector
from ingest.records import (
    Commit,
    DocumentFacts,
    NewRevision,
    Passage,
    Placement,
    RunCounts,
    RunState,
    SourceRecord,
    SyncRun,
    Tenant,
    Write,
)

TENANT, SOURCE = TenantId("default"), SourceId("bench")
PASSAGES = 5
DIMENSION = 384
AT_ONCE = 200
DESK = ("/", "/review", "/documents", "/contradictions")
ROUNDS = 20
FOOTER = "Was this page of any help? Write to our team, who answer on every working day from nine."


# --- documents --------------------------------------------------------------------


def paragraphs() -> list[str]:
    """Give passages of some eighty words from real help pages."""
    sets = folder("ddg-help-2016-2021") / "snapshot-last", folder("haystack-docs-versions") / "2.24"
    files = [file for root in sets for file in sorted(root.rglob("*.md*"))]
    found = []
    for file in files:
        words = file.read_text(encoding="utf-8", errors="replace").split()
        found += [" ".join(words[at : at + 80]) for at in range(0, len(words) - 80, 80)]
    return found


def texts(count: int) -> Iterator[tuple[str, list[str]]]:
    """Give titles and passages of so many documents, the same at every call."""
    draw = random.Random(0)
    known = paragraphs()
    vocabulary = [word for one in known for word in one.split()]
    kept: list[list[str]] = []
    for number in range(count):
        if number % 30 == 29:
            at = draw.randrange(len(kept))
            yield f"Subject {at} (old)", [f"{one} It takes {number} days." for one in kept[at]]
            continue
        first = draw.randrange(len(known) - PASSAGES)
        page = [_exchanged(one, vocabulary, draw) for one in known[first : first + PASSAGES]]
        kept.append([*page[:-1], FOOTER] if number % 10 == 0 else page)
        yield f"Subject {len(kept) - 1}", kept[-1]


def _exchanged(text: str, vocabulary: Sequence[str], draw: random.Random) -> str:
    share = draw.uniform(0.1, 0.7)
    return " ".join(
        draw.choice(vocabulary) if draw.random() < share else word for word in text.split()
    )


@lru_cache(maxsize=100_000)
def _of_word(word: str) -> Vector:
    seed = int.from_bytes(sha256(word.encode()).digest()[:8])
    return np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)


def vector(text: str) -> Vector:
    """Give a vector that is near to those of texts with the same words."""
    words = {text[start:end].casefold() for start, end in words_of(text)}
    total = np.sum([_of_word(word) for word in words], axis=0)
    return np.asarray(total / np.linalg.norm(total), np.float32)


def change(number: int, title: str, passages: Sequence[str], version: str = "1") -> Write:
    """Write a document with these passages."""
    id_ = DocumentId(f"document-{number:06}")
    ends = np.cumsum([len(one) + 1 for one in passages]).tolist()
    spans = [(end - len(one) - 1, end - 1) for one, end in zip(passages, ends, strict=True)]
    points = [uuid5(NAMESPACE_URL, f"{id_}/{at}/{one}") for at, one in enumerate(passages)]
    facts = DocumentFacts(
        id_, id_, version, {}, version, title, f"https://kb.example/{number}",
        "text/plain", "en", frozenset(), frozenset(), datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    digest = sha256("\n".join(passages).encode()).hexdigest()
    return Write(
        facts,
        NewRevision(
            "\n".join(passages),
            digest,
            tuple(Block(BlockKind.PARAGRAPH, *span) for span in spans),
            100 * len(passages),
            tuple(
                Passage(point, one, "", sha256(one.encode()).hexdigest(), 100, vector(one), "en")
                for point, one in zip(points, passages, strict=True)
            ),
            tuple(
                Placement(at, point, *span, (), "", None, None)
                for at, (point, span) in enumerate(zip(points, spans, strict=True))
            ),
        ),
    )


# --- a home -----------------------------------------------------------------------


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def url_of(home: Path) -> str:
    """Name the ledger of a home."""
    return f"sqlite+aiosqlite:///{home / 'ledger.db'}"


async def build(home: Path, count: int) -> None:
    """Fill a new ledger."""
    await migrate(url_of(home))
    async with open_ledger(url_of(home), clock=now) as ledger:
        await ledger.tenants.create_tenant(Tenant(TENANT, "Bench", operator=True, created_at=now()))
        source = Source(SOURCE, TENANT, "upload", "Bench", {})
        await ledger.sources.add_source(
            SourceRecord(source, None, None, paused=False, cursor=None, created_at=now())
        )
        run = SyncRun(
            RunId("run"),
            TENANT,
            SOURCE,
            RunState.RUNNING,
            RunCounts(),
            (),
            (),
            confirmed=False,
            queued_at=now(),
        )
        await ledger.runs.add_run(run)
        changes: list[Write] = []
        for number, page in enumerate(texts(count)):
            changes.append(change(number, *page))
            if len(changes) == AT_ONCE:
                await commit(ledger, changes)
                changes = []
        await commit(ledger, changes)


async def commit(ledger: SqlLedger, changes: Sequence[Write]) -> None:
    """Make the changes true."""
    lease = await ledger.leases.take(f"source:{SOURCE}", "bench", 3600)
    assert lease is not None
    counts = RunCounts(listed=len(changes))
    await ledger.documents.commit(
        Commit(
            TENANT,
            SOURCE,
            RunId("run"),
            lease,
            now(),
            tuple(changes),
            counts,
            None,
            stores_cursor=False,
        )
    )
    await ledger.leases.release(lease)


async def edit(ledger: SqlLedger, count: int) -> None:
    """Change one passage of one document in a hundred."""
    pages = list(texts(count))
    changes = []
    for number in range(0, count, 100):
        title, (first, *rest) = pages[number]
        edited = f"{first} This offer ends on 1 May 2026."
        changes.append(change(number, title, [edited, *rest], "2"))
    await commit(ledger, changes)


# --- figures ----------------------------------------------------------------------


async def measure(home: Path, count: int) -> list[dict[str, object]]:
    """Look through everything, then through what changed."""
    rows = []
    async with open_ledger(url_of(home), clock=now) as ledger:
        near = LedgerNeighbours(ledger.vectors, ledger.reading)
        ports = InspectPorts(
            ledger.flags,
            ledger.freshness,
            ledger.reading,
            near,
            LinkRound(ledger.flags, ledger.freshness, ledger.runs, None),
            now,
        )
        inspector = Inspector(ports, detectors())
        rows.append(await _timed("all documents", inspector))
        await edit(ledger, count)
        rows.append(await _timed("1 % changed", inspector))
    return rows


async def _timed(name: str, inspector: Inspector) -> dict[str, object]:
    began, used = time.monotonic(), time.process_time()
    lag = asyncio.create_task(_longest_wait())
    report: Report = await inspector.inspect(TENANT)
    lag.cancel()
    return {
        "what": name,
        "pages": report.looked_at,
        "raised": len(report.raised),
        "closed": len(report.closed),
        "seconds": time.monotonic() - began,
        "of the processor": time.process_time() - used,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "event loop held, ms": 1000 * max(_waits),
    }


_waits: list[float] = [0.0]


async def _longest_wait() -> None:
    """Note by how much a sleep of ten milliseconds is late."""
    _waits[:] = [0.0]
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.01)
        _waits.append(time.monotonic() - began - 0.01)


def open_desk(home: Path) -> list[dict[str, object]]:
    """Serve the home, sign in, and open each page twenty times."""
    with serving(home) as served:
        address = str(served.http.base_url)
        key = (home / "admin.key").read_text(encoding="utf-8").strip()
        with httpx2.Client(base_url=address, timeout=60, follow_redirects=True) as browser:
            form = browser.get("/sign-in").text
            token = re.search(r'name="token" value="([^"]+)"', form)
            assert token is not None
            told = {"key": key, "token": token[1]}
            browser.post("/sign-in", data=told).raise_for_status()
            flags = served.get("/v1/flags?limit=1")["items"]
            one = [f"/documents/{flags[0]['document']['id']}"] if flags else []
            return [_opened(browser, path) for path in (*DESK, *one)]


def _opened(browser: httpx2.Client, path: str) -> dict[str, object]:
    taken = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        answer = browser.get(path)
        taken.append(1000 * (time.monotonic() - began))
        answer.raise_for_status()
    return {
        "page": path,
        "bytes": len(answer.content),
        "median ms": percentile(taken, 0.5),
        "95th ms": percentile(taken, 0.95),
    }


def main() -> None:
    """Build a home in a process of its own, so that this one's memory is that of looking."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--build", type=Path)
    parser.add_argument("--desk", action="store_true", help="open the desk's pages as well")
    chosen = parser.parse_args()
    if chosen.build is not None:
        chosen.build.mkdir(parents=True, exist_ok=True)
        asyncio.run(build(chosen.build, chosen.documents))
        return
    with tempfile.TemporaryDirectory() as folder_:
        home = Path(folder_) / "home"
        told = ["--build", str(home), "--documents", str(chosen.documents)]
        subprocess.run([sys.executable, "-m", "bench.freshness", *told], check=True)
        rows = asyncio.run(measure(home, chosen.documents))
        pages = open_desk(home) if chosen.desk else []
    show(f"Freshness: {chosen.documents} documents of {PASSAGES} passages", rows)
    if pages:
        show(f"Desk: {chosen.documents} documents", pages)


if __name__ == "__main__":
    main()
