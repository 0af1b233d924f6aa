"""How fast and how sparing an ingest is: the PostgreSQL manual through a `files` source.

    python -m bench.ingest [--home DIR] [--pages N] [--edits N]

First sync against the embedder alone on the same passages, second sync, one-paragraph edits.
"""

import argparse
import asyncio
import json
import random
import re
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from api.bootstrap import build_embedder
from api.settings import load_settings
from bench.figures import percentile, show
from bench.serving import Served, serving
from bench.sets import folder

SET = "postgresql-doc-15"
_PARAGRAPH = re.compile(r"<p>\s*([^<]{80,}?)</p>", re.DOTALL)


def main() -> None:
    """Measure it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="where to leave the ingested home")
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--edits", type=int, default=200)
    chosen = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="punnet-ingest-"))
    home = chosen.home or root / "home"
    pages = root / "pages"
    pages.mkdir()
    for page in sorted((folder(SET) / "html").glob("*.html"))[: chosen.pages]:
        shutil.copy(page, pages)
    with serving(home) as served:
        source = served.post(
            "/v1/sources", {"kind": "files", "name": "manual", "settings": {"path": str(pages)}}
        )["id"]
        first = served.sync(source)
        peak = served.memory.peak_rss, served.memory.peak_pss, dict(served.memory.by_process)
        second = served.sync(source)
        stages = _stages(home)
        states = _states(served)
    alone = asyncio.run(_embedder_alone(home))
    show("Ingest: first sync and second", _ingest_rows(first, second, alone, peak))
    print("states:", dict(states), "stages (s):", stages, "memory by process (MB, PSS):", peak[2])
    with serving(home) as served:
        show("Edits: one paragraph each", _edit_rows(served, source, pages, chosen.edits))


def _ingest_rows(
    first: dict[str, Any],
    second: dict[str, Any],
    alone: float,
    peak: tuple[float, float, dict[str, float]],
) -> list[dict[str, object]]:
    counts = first["counts"]
    rate = counts["tokens_embedded"] / first["wall_s"]
    accounted = sum(counts[kind] for kind in ("unchanged", "indexed", "failed", "no_content"))
    return [
        {"figure": "state", "value": first["state"]},
        {"figure": "pages listed", "value": counts["listed"]},
        {"figure": "pages accounted for", "value": accounted},
        {"figure": "passages embedded", "value": counts["chunks_embedded"]},
        {"figure": "tokens embedded", "value": counts["tokens_embedded"]},
        {"figure": "seconds", "value": first["wall_s"]},
        {"figure": "pages/s", "value": counts["listed"] / first["wall_s"]},
        {"figure": "tokens/s", "value": rate},
        {"figure": "tokens/s of the embedder alone", "value": alone},
        {"figure": "share of the embedder's rate", "value": rate / alone},
        {"figure": "peak memory of all processes, MB RSS", "value": peak[0]},
        {"figure": "peak memory of all processes, MB PSS", "value": peak[1]},
        {"figure": "second sync: passages embedded", "value": second["counts"]["chunks_embedded"]},
        {"figure": "second sync: documents written", "value": second["counts"]["indexed"]},
        {"figure": "second sync: seconds", "value": second["wall_s"]},
        {"figure": "second sync: share of the first", "value": second["wall_s"] / first["wall_s"]},
    ]


async def _embedder_alone(home: Path) -> float:
    """Embed the passages that the ledger holds, and nothing else; give tokens a second."""
    rows = sqlite3.connect(home / "ledger.db").execute(
        "SELECT context, text, tokens FROM passage ORDER BY point_id"
    )
    texts, tokens = [], 0
    for context, text, size in rows:
        texts.append(f"{context}\n{text}" if context else text)
        tokens += size
    settings = load_settings(home)
    embedder = build_embedder(settings, threads=settings.worker_threads)
    await embedder.embed_passages(texts[:64])
    began = time.monotonic()
    await embedder.embed_passages(texts)
    return tokens / (time.monotonic() - began)


def _states(served: Served) -> Counter[str]:
    states: Counter[str] = Counter()
    cursor = ""
    while True:
        page = served.get(f"/v1/documents?limit=100{cursor}")
        states.update(document["state"] for document in page["items"])
        if not page.get("next_cursor"):
            return states
        cursor = f"&cursor={page['next_cursor']}"


def _stages(home: Path) -> object:
    """Read from the worker's log where the time of the longest run went."""
    lines = [
        line
        for log in (home / "logs").glob("worker*")
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    spent = [
        json.loads(line[line.index("{") :])["stages"] for line in lines if '"run_ended"' in line
    ]
    return max(spent, key=lambda stages: sum(stages.values()), default={})


def _edit_rows(served: Served, source: str, pages: Path, edits: int) -> list[dict[str, object]]:
    rng = random.Random(15)
    everything = sorted(pages.iterdir())
    embedded: list[float] = []
    seconds: list[float] = []
    found = gone = 0
    for number in range(edits):
        page = rng.choice(everything)
        while not _editable(_read(page)):
            page = rng.choice(everything)
        old_words, new_words = _edit(page, rng, number)
        run = served.sync(source)
        embedded.append(run["counts"]["chunks_embedded"])
        seconds.append(run["wall_s"])
        found += any(new_words in _flat(hit["text"]) for hit in served.search(new_words))
        gone += not any(
            old_words in _flat(hit["text"])
            for hit in served.search(old_words, 30)
            if hit["document"]["ref"] == page.name
        )
    return [
        {"figure": "edits", "value": edits},
        {"figure": "passages embedded, median", "value": percentile(embedded, 0.5)},
        {"figure": "passages embedded, 95th percentile", "value": percentile(embedded, 0.95)},
        {"figure": "passages embedded, most", "value": max(embedded)},
        {"figure": "new text found", "value": found},
        {"figure": "old text gone", "value": gone},
        {"figure": "seconds until searchable, median", "value": percentile(seconds, 0.5)},
    ]


def _edit(page: Path, rng: random.Random, number: int) -> tuple[str, str]:
    """Rewrite the end of one paragraph; give the words that went and the words that came."""
    text = _read(page)
    match = rng.choice(_editable(text))
    words = match.group(1).split()
    came = f"edition {number} speaks of {_new_word(rng)} and {_new_word(rng)} instead"
    replaced = " ".join(words[:-8]) + f" {came}."
    page.write_text(text[: match.start(1)] + replaced + text[match.end(1) :], encoding="utf-8")
    return _flat(" ".join(words[-9:])), came


def _editable(text: str) -> list[re.Match[str]]:
    """Give the paragraphs whose last words stand nowhere else, where they could not be gone."""
    whole = _flat(text)
    return [
        match
        for match in _PARAGRAPH.finditer(text)
        if whole.count(" ".join(match.group(1).split()[-9:])) == 1
    ]


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8", errors="replace")


def _new_word(rng: random.Random) -> str:
    """Make a word that no other edit has, so that it can be told from them by a search."""
    return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4))


def _flat(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    main()
