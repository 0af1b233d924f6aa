"""Run `punnet up` as an operator does, and watch what it takes."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

START_S = 300.0


@dataclass
class Memory:
    """Megabytes of a process and all below it, sampled until stopped."""

    pid: int
    peak_rss: float = 0.0
    peak_pss: float = 0.0
    by_process: dict[str, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Sample until stopped."""
        while not self._stop.wait(0.25):
            self.sample()

    def sample(self) -> tuple[float, float]:
        """Give resident and proportional megabytes now; a shared page counts in the first twice."""
        rss = pss = 0.0
        for pid in below(self.pid):
            one_rss, one_pss = _memory(pid)
            rss, pss = rss + one_rss, pss + one_pss
            name = _name(pid)
            self.by_process[name] = max(self.by_process.get(name, 0.0), one_pss)
        self.peak_rss, self.peak_pss = max(self.peak_rss, rss), max(self.peak_pss, pss)
        return rss, pss

    def stop(self) -> None:
        """End the sampling."""
        self._stop.set()


@dataclass(frozen=True)
class Served:
    """A running home."""

    home: Path
    process: subprocess.Popen[bytes]
    http: httpx2.Client
    memory: Memory
    ready_s: float

    def get(self, path: str) -> Any:
        """Read JSON, or raise with the server's words."""
        return _checked(self.http.get(path))

    def post(self, path: str, body: object | None = None) -> Any:
        """Post JSON and read JSON."""
        return _checked(self.http.post(path, json=body))

    def search(self, query: str, limit: int = 10) -> list[dict[str, Any]]:
        """Give the hits."""
        hits: list[dict[str, Any]] = self.post("/v1/search", {"query": query, "limit": limit})[
            "hits"
        ]
        return hits

    def sync(self, source: str) -> dict[str, Any]:
        """Run a source to its end and give the run, with its wall seconds as `wall_s`."""
        began = time.monotonic()
        run = self.post(f"/v1/sources/{source}/sync")
        while run["state"] in ("queued", "running"):
            time.sleep(0.1)
            run = self.get(f"/v1/runs/{run['id']}")
        return {**run, "wall_s": time.monotonic() - began}

    def children(self) -> dict[str, int]:
        """Give the process ids of api, worker and index."""
        return {_name(pid): pid for pid in below(self.process.pid)}


@contextmanager
def serving(home: Path, **env: str) -> Iterator[Served]:
    """Start `punnet up` on a home and stop it in the end."""
    import os

    command = [sys.executable, "-m", "api.cli", "up", "--home", str(home), "--port", "0"]
    home.parent.mkdir(parents=True, exist_ok=True)
    log = (home.parent / f"{home.name}.log").open("ab")
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **env})
    memory = Memory(process.pid)
    try:
        address = _address(home, process)
        ready_s = time.monotonic() - began
        key = (home / "admin.key").read_text(encoding="utf-8").strip()
        threading.Thread(target=memory.watch, daemon=True).start()
        headers = {"Authorization": f"Bearer {key}"}
        with httpx2.Client(base_url=address, headers=headers, timeout=60) as http:
            yield Served(home, process, http, memory, ready_s)
    finally:
        memory.stop()
        process.terminate()
        process.wait(30)
        log.close()


def _address(home: Path, process: subprocess.Popen[bytes]) -> str:
    ends = time.monotonic() + START_S
    while time.monotonic() < ends:
        if process.poll() is not None:
            log = (home.parent / f"{home.name}.log").read_text(encoding="utf-8")
            sys.exit(f"punnet up ended with {process.returncode}:\n{log[-2000:]}")
        try:
            said = json.loads((home / "punnet.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            time.sleep(0.01)
            continue
        if said["pid"] == process.pid:
            return str(said["address"])
        time.sleep(0.01)
    sys.exit("punnet up was not ready in time")


def _checked(response: httpx2.Response) -> Any:
    if response.status_code >= 400:
        raise RuntimeError(f"{response.status_code}: {response.text}")
    return response.json() if response.content else None


def below(pid: int) -> list[int]:
    """Give a process and all its descendants."""
    found = [pid]
    for at in found:
        for task in Path(f"/proc/{at}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return found


def _memory(pid: int) -> tuple[float, float]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0, 0.0
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if "kB" in line}
    return sizes.get("Rss", 0.0), sizes.get("Pss", 0.0)


def _name(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return "gone"
    for word, name in _NAMES:
        if word in words:
            return name
    return "up" if "up" in words else "other"


_NAMES = (
    ("ingest.adapters.edge_process", "index"),
    ("ingest.parse.child", "parser"),
    ("work", "worker"),
    ("serve", "api"),
)
