"""A real `punnet up` on a home of its own, as an operator without special rights runs it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from api.child import environment

PATIENCE_S = 120.0
OVER = ("succeeded", "partial", "failed", "needs_confirmation")

# Root may read and write whatever a file's mode says, unless these capabilities are dropped:
# CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, by PR_CAPBSET_DROP.
_AS_ANYBODY = """
import ctypes, os, sys
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-P", "-m", "api.cli", *sys.argv[1:]])
"""
_MODULES = {
    "ingest.adapters.edge_process": "index",
    "ingest.parse.child": "parser",
    "work": "worker",
    "serve": "api",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left behind."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Place:
    """A home, and the built models that it may use."""

    home: Path
    models: Path

    def env(self, **more: str) -> dict[str, str]:
        """Give an environment without this machine's own settings."""
        plain = {name: value for name, value in environment().items() if not _is_ours(name)}
        ours = {
            "HF_HUB_OFFLINE": "1",
            "PUNNET_HOME": str(self.home),
            "PUNNET_MODELS_DIR": str(self.models),
            # Dozens of processes start here; compiling everything once is enough.
            "PYTHONDONTWRITEBYTECODE": "",
        }
        return plain | ours | more

    def punnet(self, *arguments: str, **env: str) -> Said:
        """Run a command to its end."""
        process = self.start(*arguments, **env)
        out, err = process.communicate(timeout=PATIENCE_S)
        return Said(process.returncode, out, err)

    def start(self, *arguments: str, **env: str) -> "subprocess.Popen[str]":
        """Start a command, to be read while it runs."""
        return subprocess.Popen(
            [sys.executable, "-c", _AS_ANYBODY, *arguments],
            env=self.env(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@dataclass(frozen=True, slots=True)
class Up:
    """A home that is served."""

    place: Place
    process: subprocess.Popen[bytes]
    http: httpx2.Client

    def add_source(self, name: str, path: Path, **settings: object) -> str:
        """Add a folder, and give the source's id."""
        body = {"kind": "files", "name": name, "settings": {"path": str(path), **settings}}
        added = self.http.post("/v1/sources", json=body)
        assert added.status_code == 201, added.text
        return str(added.json()["id"])

    def start_sync(self, source: str) -> str:
        """Ask for a run, and give its id."""
        return str(self.http.post(f"/v1/sources/{source}/sync").json()["id"])

    def run(self, run: str) -> dict[str, Any]:
        """Tell how a run is now."""
        found: dict[str, Any] = self.http.get(f"/v1/runs/{run}").json()
        return found

    def sync(self, source: str) -> dict[str, Any]:
        """Sync a source and give the run that ended."""
        return self.ended(self.start_sync(source))

    def ended(self, run: str) -> dict[str, Any]:
        """Give the run once it is over."""
        return self.run_when(run, lambda found: found["state"] in OVER)

    def run_when(self, run: str, so: Any) -> dict[str, Any]:
        """Give the run once it is `so`."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            found = self.run(run)
            if so(found):
                return found
            time.sleep(0.05)
        raise TimeoutError(f"the run never got there: {self.run(run)}")

    def texts(self, query: str, limit: int = 5) -> list[str]:
        """Give the texts of the hits."""
        found = self.http.post("/v1/search", json={"query": query, "limit": limit})
        assert found.status_code == 200, found.text
        return [hit["text"] for hit in found.json()["hits"]]

    def documents(self, source: str) -> dict[str, dict[str, Any]]:
        """Give all documents of a source by their refs."""
        found: dict[str, dict[str, Any]] = {}
        query = {"source_id": source, "limit": "200"}
        while True:
            page = self.http.get("/v1/documents", params=query).json()
            found |= {one["ref"]: one for one in page["items"]}
            if not page["next_cursor"]:
                return found
            query["cursor"] = page["next_cursor"]

    def child(self, name: str) -> int:
        """Give the process of that name: api, worker or index."""
        return next(pid for pid in _below(self.process.pid) if _name(pid) == name)

    def log(self, name: str) -> str:
        """Give what a process said."""
        return (self.place.home / "logs" / f"{name}.log").read_text()


@contextmanager
def serving(place: Place) -> Iterator[Up]:
    """Start `punnet up` on a free port, and end it in the end."""
    said = place.home.with_name(f"{place.home.name}.said")
    with said.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", _AS_ANYBODY, "up", "--port", "0"],
            env=place.env(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        address = _address(place.home, process, said)
        key = (place.home / "admin.key").read_text().strip()
        headers = {"Authorization": f"Bearer {key}"}
        with httpx2.Client(base_url=address, headers=headers, timeout=60, trust_env=False) as http:
            yield Up(place, process, http)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _address(home: Path, process: "subprocess.Popen[bytes]", said: Path) -> str:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        assert process.poll() is None, f"punnet up ended:\n{said.read_text()[-3000:]}"
        try:
            return str(json.loads((home / "punnet.json").read_text())["address"])
        except FileNotFoundError:
            time.sleep(0.02)
    raise TimeoutError(f"punnet up was never ready:\n{said.read_text()[-3000:]}")


def _is_ours(name: str) -> bool:
    return name.startswith("PUNNET_")


def _below(pid: int) -> list[int]:
    found = [pid]
    for at in found:
        for task in Path(f"/proc/{at}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def _name(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return next((name for module, name in _MODULES.items() if module in words), "")
