"""Whether each sync touches exactly what a real commit touched: edit histories, replayed.

    python -m bench.replay [--fake] [--set NAME]

Every commit of a history is laid into a folder, which is then synced by the engine itself over
an index in memory. After each run what changed in the ledger is held against the files that
the commit names; at the end ledger and index are held against a sync from scratch. `--fake`
embeds by hashing words, which takes a tenth of the time.
"""

import argparse
import asyncio
import json
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.bootstrap import build_embedder
from api.settings import load_settings
from bench.counting import CountingIndex
from bench.figures import percentile, show
from bench.kept import Page, pages_of, points_of
from bench.sets import folder
from ingest.adapters.language_fasttext import FastTextDetector
from ingest.language import LabellingParser
from ingest.parse.sandbox import SandboxedParser
from ingest.ports import Embedder
from ingest.records import RunCounts, RunState, SyncRun, WorkItem
from tests.fakes import FakeEmbedder
from tests.life import ACME, SOURCE, Life, Now, living

SETS = ("ddg-help-2016-2021", "fastapi-docs-2023")


@dataclass(frozen=True, slots=True)
class History:
    """The commits of a set, and which files each touched."""

    repository: Path
    commits: Sequence[str]
    touched: Mapping[str, frozenset[str]]

    def lay(self, commit: str, pages: Path) -> None:
        """Make the folder hold the files of the commit, writing only what differs."""
        at = ("--git-dir", str(self.repository), "--work-tree", str(pages))
        _git("-c", "core.bare=false", *at, "checkout", "-q", "-f", "--detach", commit)


@dataclass
class Tally:
    """What the replay of one history came to."""

    first: RunCounts = field(default_factory=RunCounts)
    first_seconds: float = 0.0
    seconds: list[float] = field(default_factory=list)
    files: int = 0
    moved: int = 0
    braked: int = 0
    unread: int = 0
    """Files without text at once, at most."""
    embedded: int = 0
    tokens_embedded: int = 0
    passages: int = 0
    """Of the touched pages as they were after each commit."""
    tokens: int = 0
    all_tokens: int = 0
    """Of all pages after each commit: what starting anew would embed."""
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Replay them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fake", action="store_true")
    parser.add_argument("--set", choices=SETS, action="append")
    chosen = parser.parse_args()
    rows = []
    for name in chosen.set or SETS:
        with tempfile.TemporaryDirectory(prefix="punnet-replay-") as place:
            root = Path(place)
            embedder = FakeEmbedder() if chosen.fake else _real(root)
            tally = asyncio.run(_replayed(_history(folder(name), root), root, embedder))
        rows.append({"history": name, **_row(tally)})
        print(*tally.wrong, sep="\n")
    show("Replay: each commit of a real history synced by itself", _turned(rows))


def _real(home: Path) -> Embedder:
    settings = load_settings(home)
    return build_embedder(settings, threads=settings.worker_threads)


def _history(source: Path, root: Path) -> History:
    repository = root / "history.git"
    _git("clone", "-q", "--bare", str(source / "history.bundle"), str(repository))
    listed = _git("--git-dir", str(repository), "rev-list", "--reverse", "HEAD").split()
    touched: defaultdict[str, set[str]] = defaultdict(set)
    for line in (source / "events.jsonl").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        touched[event["commit"]] |= {event["path"], event["old_path"] or event["path"]}
    return History(repository, listed, {key: frozenset(paths) for key, paths in touched.items()})


async def _replayed(history: History, root: Path, embedder: Embedder) -> Tally:
    pages, at, other = (_new_folder(root / name) for name in ("pages", "replayed", "scratch"))
    # A file that was written a moment ago would be read again at the next look.
    now = Now(datetime.now(UTC) + timedelta(days=1))
    index, fresh = CountingIndex(), CountingIndex()
    tally = Tally()
    async with SandboxedParser() as sandbox:
        parser = LabellingParser(sandbox, FastTextDetector.open())
        async with living(at, index=index, parser=parser, now=now, embedder=embedder) as life:
            await life.add_source("files", {"path": str(pages)})
            for commit in history.commits:
                history.lay(commit, pages)
                step = Step(commit, history.touched.get(commit), life, index, at)
                await step.take(tally)
        async with living(other, index=fresh, parser=parser, now=now, embedder=embedder) as life:
            await life.add_source("files", {"path": str(pages)})
            await life.sync()
    tally.wrong += _differing("the ledger", pages_of(at), pages_of(other))
    tally.wrong += _differing("the index", points_of(index, at), points_of(fresh, other))
    return tally


@dataclass(frozen=True, slots=True)
class Step:
    """One commit, to be synced."""

    commit: str
    touched: frozenset[str] | None
    """None of the first, which touches everything."""
    life: Life
    index: CountingIndex
    home: Path

    async def take(self, tally: Tally) -> None:
        """Sync, and hold what happened against what the commit touched."""
        before, self.index.written = pages_of(self.home), set()
        began = time.perf_counter()
        run = await self.life.sync()
        if run.state is RunState.NEEDS_CONFIRMATION:
            tally.braked += 1
            await self.life.schedule.confirm(run.tenant, run.id)
            run = await self.life.carry_out(run)
        seconds = time.perf_counter() - began
        await self._judge(run, tally)
        if self.touched is None:
            tally.first, tally.first_seconds = run.counts, seconds
            return
        tally.seconds.append(seconds)
        self._hold(run, before, pages_of(self.home), tally)

    async def _judge(self, run: SyncRun, tally: Tally) -> None:
        """Sweep as the worker does, and see that all is well then."""
        life = self.life
        life.now.pass_by(minutes=2)
        await life.upkeep.sweep(WorkItem("sweep", "sweep", ACME, SOURCE, life.now()))
        drift = await life.upkeep.compare(ACME, SOURCE, repair=False)
        if not drift.clean:
            self._complain(tally, f"the index differs: {drift}")
        unread = sum(page.failed for page in pages_of(self.home).values())
        tally.unread = max(tally.unread, unread)
        if run.state is not (RunState.PARTIAL if unread else RunState.SUCCEEDED):
            self._complain(tally, f"{run.state}: {run.errors[:3]}")

    def _hold(
        self, run: SyncRun, before: Mapping[str, Page], after: Mapping[str, Page], tally: Tally
    ) -> None:
        touched = self.touched or frozenset()
        changed = {ref for ref in {*before, *after} if _named(before, ref) != _named(after, ref)}
        if changed != touched:
            self._complain(tally, f"changed {sorted(changed)}, not {sorted(touched)}")
        its = [page for ref, page in after.items() if ref in touched]
        if not self.index.written <= {page.id for page in its}:
            self._complain(tally, "wrote points of other documents")
        known = {page.content_hash for page in before.values()}
        if run.counts.chunks_embedded and {page.content_hash for page in its} <= known:
            self._complain(tally, "embedded what was only moved")
        places = {page.id: ref for ref, page in before.items()}
        tally.moved += sum(places.get(page.id, ref) != ref for ref, page in after.items())
        tally.files += len(touched)
        tally.embedded += run.counts.chunks_embedded
        tally.tokens_embedded += run.counts.tokens_embedded
        tally.passages += sum(len(page.passages) for page in its)
        tally.tokens += sum(page.tokens for page in its)
        tally.all_tokens += sum(page.tokens for page in after.values())

    def _complain(self, tally: Tally, trouble: str) -> None:
        tally.wrong.append(f"commit {self.commit[:8]}: {trouble}")


def _named(pages: Mapping[str, Page], ref: str) -> tuple[object, ...] | None:
    page = pages.get(ref)
    return (page.id, page.content_hash, page.facts) if page else None


def _differing(whose: str, one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    """Name what a replay left otherwise than a sync from scratch."""
    refs = sorted(ref for ref in {*one, *other} if one.get(ref) != other.get(ref))
    return [f"{whose} differs from one of scratch: {ref!r}" for ref in refs]


def _row(tally: Tally) -> dict[str, object]:
    first = tally.first
    return {
        "documents, passages of the first commit": f"{first.indexed}, {first.chunks_embedded}",
        "seconds of the first commit": tally.first_seconds,
        "commits after it": len(tally.seconds),
        "files that they touched": tally.files,
        "documents that moved": tally.moved,
        "brakes": tally.braked,
        "files without text": tally.unread,
        "passages of the touched documents": tally.passages,
        "of these embedded": tally.embedded,
        "share of passages reused": 1 - tally.embedded / tally.passages,
        "share of tokens reused": 1 - tally.tokens_embedded / tally.tokens,
        "share reused of all documents' tokens": 1 - tally.tokens_embedded / tally.all_tokens,
        "seconds a commit, median": percentile(tally.seconds, 0.5),
        "seconds a commit, 95th percentile": percentile(tally.seconds, 0.95),
        "deviations": len(tally.wrong),
    }


def _turned(columns: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Put figures into rows, one column for each history."""
    return [
        {"figure": figure, **{str(one["history"]): one[figure] for one in columns}}
        for figure in columns[0]
        if figure != "history"
    ]


def _new_folder(path: Path) -> Path:
    path.mkdir()
    return path


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    main()
