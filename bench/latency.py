"""How quick a search is over HTTP: alone, with eight clients, and while a sync embeds.

python -m bench.latency --home DIR      (a home that bench.ingest left)
"""

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from bench.figures import percentile, show
from bench.serving import Served, serving
from bench.sets import folder, load

SET = "postgresql-doc-15"


def main() -> None:
    """Measure a home that is there already."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=500)
    chosen = parser.parse_args()
    questions = [text for _, text in load(SET).asked]
    random.Random(5).shuffle(questions)
    questions = questions[: chosen.queries]
    with serving(chosen.home) as served:
        time.sleep(2)
        idle = served.memory.sample()
        _ask(served, questions[:50])
        alone = _ask(served, questions)
        rate = _clients(served, questions, 8)
        busy = _while_embedding(served, questions)
        rows = [
            {"figure": "seconds until ready", "value": served.ready_s},
            {"figure": "memory of all processes at rest, MB RSS", "value": idle[0]},
            {"figure": "memory of all processes at rest, MB PSS", "value": idle[1]},
            {"figure": "one client, p50 ms", "value": percentile(alone, 0.5)},
            {"figure": "one client, p95 ms", "value": percentile(alone, 0.95)},
            {"figure": "eight clients, requests/s", "value": rate},
            {"figure": "while a sync embeds, p50 ms", "value": percentile(busy, 0.5)},
            {"figure": "while a sync embeds, p95 ms", "value": percentile(busy, 0.95)},
            {"figure": "questions asked while it embedded", "value": len(busy)},
        ]
    show("Latency: POST /v1/search", rows)


def _ask(served: Served, questions: Sequence[str]) -> list[float]:
    """Ask one after the other; give the milliseconds of each."""
    spent = []
    for question in questions:
        began = time.perf_counter()
        served.search(question)
        spent.append((time.perf_counter() - began) * 1e3)
    return spent


def _clients(served: Served, questions: Sequence[str], clients: int) -> float:
    """Ask side by side for ten seconds; give requests a second."""
    ends = time.monotonic() + 10
    headers = {"Authorization": served.http.headers["Authorization"]}

    def client(number: int) -> int:
        answered = 0
        with httpx2.Client(base_url=served.http.base_url, headers=headers, timeout=30) as http:
            while time.monotonic() < ends:
                query = questions[(answered * clients + number) % len(questions)]
                http.post("/v1/search", json={"query": query, "limit": 10}).raise_for_status()
                answered += 1
        return answered

    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(client, range(clients))) / 10


def _while_embedding(served: Served, questions: Sequence[str]) -> list[float]:
    """Ask while the worker takes in pages that it has never seen."""
    pages = Path(tempfile.mkdtemp(prefix="punnet-busy-"))
    for number, page in enumerate(sorted((folder(SET) / "html").glob("sql-*.html"))[:60]):
        text = page.read_text(encoding="utf-8", errors="replace")
        (pages / page.name).write_text(text.replace(" the ", f" this{number} "), encoding="utf-8")
    source = served.post(
        "/v1/sources", {"kind": "files", "name": "busy", "settings": {"path": str(pages)}}
    )["id"]
    done = threading.Event()

    def sync() -> None:
        served.sync(source)
        done.set()

    worker = threading.Thread(target=sync)
    worker.start()
    time.sleep(1)
    spent: list[float] = []
    at = 0
    while not done.is_set():
        spent += _ask(served, [questions[at % len(questions)]])
        at += 1
    worker.join()
    served.http.delete(f"/v1/sources/{source}").raise_for_status()
    return spent


if __name__ == "__main__":
    main()
