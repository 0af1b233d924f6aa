"""Whether kill -9 loses or doubles anything, while pages change and readers read.

    python -m bench.kill [--pages N] [--kills N]

Every page carries its name and its version in each paragraph. API, worker and index are
killed at random while the first ingest and whole rewrites of all pages run; readers ask all
the time. A hit of two versions of a page in one answer is a mix, a page that was there and
is not is a hole.
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from bench.figures import show
from bench.serving import Served, serving
from bench.sets import folder

SET = "postgresql-doc-15"
_PARAGRAPH = re.compile(r"<p>\s*([^<]{60,}?)</p>", re.DOTALL)
_MARK = re.compile(r"mark(\d+)version(\d+)")
_VICTIMS = ("api", "worker", "index")


@dataclass
class Reader:
    """Asks for pages by their mark until stopped, and counts what must not be."""

    served: Served
    pages: int
    answers: int = 0
    refused: int = 0
    holes: list[str] = field(default_factory=list)
    mixes: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    def read(self, seed: int) -> None:
        """Ask at random."""
        rng = random.Random(seed)
        headers = {"Authorization": self.served.http.headers["Authorization"]}
        with httpx2.Client(base_url=self.served.http.base_url, headers=headers, timeout=30) as http:
            while not self.stop.is_set():
                self._ask(http, rng.randrange(self.pages))

    def _ask(self, http: httpx2.Client, page: int) -> None:
        known = page in self.seen
        body = {
            "query": f"mark{page}",
            "limit": 50,
            "filter": {"refs": [f"page{page:03}.html"]},
        }
        try:
            answer = http.post("/v1/search", json=body)
        except httpx2.TransportError:
            self.refused += 1
            time.sleep(0.05)
            return
        if answer.status_code != 200:
            self.refused += 1
            time.sleep(0.05)
            return
        self.answers += 1
        self._judge(page, answer.json()["hits"], known=known)

    def _judge(self, page: int, hits: list[dict[str, Any]], *, known: bool) -> None:
        versions = {
            match.group(2)
            for hit in hits
            for match in _MARK.finditer(hit["text"])
            if int(match.group(1)) == page
        }
        if len(versions) > 1:
            self.mixes.append(f"page {page} as {sorted(versions)}")
        if versions:
            self.seen.add(page)
        elif known:
            self.holes.append(f"page {page}")


def main() -> None:
    """Kill at random and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=150)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    root = Path(tempfile.mkdtemp(prefix="punnet-kill-"))
    pages = root / "pages"
    pages.mkdir()
    texts = _texts(chosen.pages)
    _write(pages, texts, 0)
    killed: Counter[str] = Counter()
    with serving(root / "home") as served:
        source = served.post(
            "/v1/sources", {"kind": "files", "name": "pages", "settings": {"path": str(pages)}}
        )["id"]
        reader = Reader(served, len(texts))
        threads = [threading.Thread(target=reader.read, args=(seed,)) for seed in range(2)]
        for thread in threads:
            thread.start()
        version = 0
        run = _sync(served, source)
        while killed.total() < chosen.kills:
            time.sleep(rng.uniform(0.5, 4.0))
            victim = rng.choice(_VICTIMS)
            if pid := served.children().get(victim):
                os.kill(pid, signal.SIGKILL)
                killed[victim] += 1
            if _state(served, run) not in ("queued", "running"):
                version += 1
                _write(pages, texts, version)
                run = _sync(served, source)
        state = _wait(served, run)
        final = _wait(served, _sync(served, source))
        reader.stop.set()
        for thread in threads:
            thread.join()
        rows = _verdict(served, reader, len(texts), version)
        doctor = subprocess.run(
            [sys.executable, "-m", "api.cli", "doctor", "--home", str(served.home)],
            check=False,
            capture_output=True,
            text=True,
        )
    print(doctor.stdout, doctor.stderr)
    show(
        "Kill: kill -9 at random",
        [
            {"figure": "kills", "value": dict(killed)},
            {"figure": "versions of every page", "value": version + 1},
            {"figure": "last runs", "value": f"{state}, {final}"},
            *rows,
            {"figure": "doctor's exit code", "value": doctor.returncode},
        ],
    )


def _texts(count: int) -> list[str]:
    pages = sorted((folder(SET) / "html").glob("*.html"))
    texts = [page.read_text(encoding="utf-8", errors="replace") for page in pages]
    return [text for text in texts if len(_PARAGRAPH.findall(text)) > 3][:count]


def _write(pages: Path, texts: list[str], version: int) -> None:
    """Write every page anew, each paragraph under its mark; whole files at a time."""
    for number, text in enumerate(texts):
        mark = f"<p>mark{number} mark{number}version{version} \\1</p>"
        part = pages / f".page{number:03}.part"
        part.write_text(_PARAGRAPH.sub(mark, text), encoding="utf-8")
        part.replace(pages / f"page{number:03}.html")


def _sync(served: Served, source: str) -> str:
    return str(_patiently(served, "POST", f"/v1/sources/{source}/sync")["id"])


def _state(served: Served, run: str) -> str:
    return str(_patiently(served, "GET", f"/v1/runs/{run}")["state"])


def _wait(served: Served, run: str) -> str:
    ends = time.monotonic() + 600
    while (state := _state(served, run)) in ("queued", "running"):
        if time.monotonic() > ends:
            return f"still {state}"
        time.sleep(0.2)
    return state


def _patiently(served: Served, method: str, path: str) -> dict[str, Any]:
    for _ in range(200):
        try:
            answer = served.http.request(method, path)
        except httpx2.TransportError:
            time.sleep(0.1)
            continue
        if answer.status_code < 500:
            said: dict[str, Any] = answer.json()
            return said
        time.sleep(0.1)
    sys.exit(f"{path} did not answer")


def _verdict(served: Served, reader: Reader, pages: int, version: int) -> list[dict[str, object]]:
    """Look for every page once more: each must be there once, whole, in its last version."""
    lost = doubled = old = 0
    for page in range(pages):
        body = {"query": f"mark{page}", "limit": 100, "filter": {"refs": [f"page{page:03}.html"]}}
        hits = served.post("/v1/search", body)["hits"]
        marked = [match for hit in hits for match in _MARK.finditer(hit["text"])]
        lost += not marked
        old += any(int(match.group(2)) != version for match in marked)
        places = [(hit["start"], hit["end"]) for hit in hits]
        doubled += len(places) != len(set(places))
    return [
        {"figure": "answers read", "value": reader.answers},
        {"figure": "requests refused while something restarted", "value": reader.refused},
        {"figure": "holes", "value": len(reader.holes)},
        {"figure": "mixes", "value": len(reader.mixes)},
        {"figure": "pages lost", "value": lost},
        {"figure": "pages with an old passage", "value": old},
        {"figure": "pages with a passage twice", "value": doubled},
    ]


if __name__ == "__main__":
    main()
