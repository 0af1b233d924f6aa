"""Drive Punnet through the same phases by its front door: `punnet up`, a `files` source, HTTP.

What is measured is the sum of all its processes: API, worker, index, parser and supervisor.
"""

import asyncio
import os
import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from api.bootstrap import open_services
from api.settings import load_settings
from bench.peers.envs import ROOT, prepared_for_us, size_mib
from bench.peers.kept import Figures, Kept
from bench.peers.pages import copied, planned_deletion, planned_edit
from bench.peers.seen import seen
from bench.peers.theirs import STARTS, Room
from bench.serving import Served, below, serving
from connectors.model import TenantId
from ingest.reading import DocumentFilter
from retrieval.model import SearchRequest

_TIMED = 100
_SETTLE_S = 2.0


def measure_ours(room: Room, kept: Kept) -> None:
    """Do what was not done yet, phase by phase as for the peers."""
    room.work.mkdir(parents=True, exist_ok=True)
    kept.once("size", lambda: _size(room))
    kept.once("ingest", lambda: _ingest(room))
    kept.once("start", lambda: _start(room))
    kept.once("query", lambda: _query(room))
    kept.once("resync", lambda: _resync(room))
    kept.once("edit", lambda: _edit(room))
    kept.once("delete", lambda: _delete(room))
    shutil.rmtree(room.work)


def _models(room: Room) -> Path:
    return room.envs / "punnet-model"


def _up(room: Room) -> AbstractContextManager[Served]:
    return serving(room.work / "home", PUNNET_MODELS_DIR=str(_models(room)))


def _size(room: Room) -> Figures:
    """Build the model too, for it is a part of what stands on the disk."""
    with _up(room):
        pass
    shutil.rmtree(room.work / "home")
    code = [ROOT / name for name in ("connectors", "ingest", "retrieval", "api")]
    whole, serve = (prepared_for_us(room.envs, extra=extra) for extra in ("models", None))
    return {
        "mib": size_mib(whole, _models(room), *code),
        "serving_mib": size_mib(serve, _models(room), *code),
    }


def _ingest(room: Room) -> Figures:
    copied(room.task.pages, room.pages)
    shutil.rmtree(room.work / "home", ignore_errors=True)
    with _up(room) as served:
        time.sleep(_SETTLE_S)
        settings = {"path": str(room.pages)}
        body = {"kind": "files", "name": "manual", "settings": settings}
        served.post("/v1/sources", body)
        figures = _synced(served)
    counted = seen(_texts(room.work / "home"), room.task.pages)
    return {**figures, "made": counted.made, "uncut": counted.reached, "saw": counted.of_pages}


def _texts(home: Path) -> list[str]:
    rows = sqlite3.connect(home / "ledger.db").execute("SELECT context, text FROM passage")
    return [f"{context}\n{text}" if context else text for context, text in rows]


def _synced(served: Served) -> Figures:
    source = served.get("/v1/sources")["items"][0]["id"]
    cpu = _cpu(served)
    run = served.sync(source)
    if run["state"] != "succeeded":
        raise RuntimeError(f"the run ended as {run['state']}: {run['errors']}")
    return {
        "seconds": run["wall_s"],
        "cpu_s": _cpu(served) - cpu,
        "embedded": run["counts"]["chunks_embedded"],
        "reached": run["counts"]["tokens_embedded"],
        "peak_mb": served.memory.peak_rss,
        "peak_pss_mb": served.memory.peak_pss,
    }


def _cpu(served: Served) -> float:
    """Give the seconds that all processes have worked, with those of children that ended."""
    ticks = 0
    for pid in below(served.process.pid):
        try:
            line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:
            continue
        ticks += sum(int(word) for word in line.rpartition(")")[2].split()[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _start(room: Room) -> Figures:
    question = next(iter(room.task.asked.values()))
    seconds = []
    for _ in range(STARTS):
        began = time.monotonic()
        with _up(room) as served:
            served.search(question)
            seconds.append(time.monotonic() - began)
    return {"seconds": min(seconds), "all": seconds}


def _query(room: Room) -> Figures:
    questions = list(room.task.asked.values())
    with _up(room) as served:
        time.sleep(_SETTLE_S)
        found = [
            [hit["document"]["ref"] for hit in served.search(question, 50)]
            for question in questions
        ]
        ms = _asked(served, questions[:_TIMED])
        peak = served.memory.peak_rss, served.memory.peak_pss
        inside = asyncio.run(_asked_inside(room, questions[:_TIMED]))
    memory = {"peak_mb": peak[0], "peak_pss_mb": peak[1]}
    return {"found": found, "ms": ms, "inside_ms": inside, **memory}


def _asked(served: Served, questions: Sequence[str]) -> list[float]:
    for question in questions[:10]:
        served.search(question)
    spent = []
    for question in questions:
        began = time.perf_counter()
        served.search(question)
        spent.append((time.perf_counter() - began) * 1e3)
    return spent


async def _asked_inside(room: Room, questions: Sequence[str]) -> list[float]:
    """Ask from this process as the peers are asked, without HTTP; the index is still another."""
    settings = load_settings(room.work / "home").model_copy(update={"models_dir": _models(room)})
    spent = []
    async with open_services(settings) as services:
        for question in [*questions[:10], *questions]:
            began = time.perf_counter()
            request = SearchRequest(question, 10, DocumentFilter())
            await services.searcher.search(TenantId("default"), request)
            spent.append((time.perf_counter() - began) * 1e3)
    return spent[10:]


def _resync(room: Room) -> Figures:
    with _up(room) as served:
        time.sleep(_SETTLE_S)
        return _synced(served)


def _edit(room: Room) -> Figures:
    edit = planned_edit(room.task.pages)
    (room.pages / edit.page).write_text(edit.text, encoding="utf-8")
    with _up(room) as served:
        time.sleep(_SETTLE_S)
        figures = _synced(served)
        came, went = (_held(served, edit.page, words) for words in (edit.came, edit.went))
    return {
        **figures,
        "found": any(edit.came in text for text in came),
        "old": sum(edit.went in text for text in went),
    }


def _delete(room: Room) -> Figures:
    page = planned_deletion(room.task.pages)
    (room.pages / page).unlink(missing_ok=True)
    with _up(room) as served:
        time.sleep(_SETTLE_S)
        figures = _synced(served)
        return {**figures, "left": len(_held(served, page, page.removesuffix(".html")))}


def _held(served: Served, page: str, words: str) -> list[str]:
    body = {"query": words, "limit": 50, "filter": {"refs": [page]}}
    return [" ".join(hit["text"].split()) for hit in served.post("/v1/search", body)["hits"]]
