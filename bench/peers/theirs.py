"""Drive one peer through its phases, each in a process of its own."""

import json
import os
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers.envs import ROOT, prepared, size_mib
from bench.peers.kept import Figures, Kept
from bench.peers.pages import Task, copied, planned_deletion, planned_edit
from bench.peers.seen import seen
from bench.serving import Memory

_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "TQDM_DISABLE": "1",
}
_LONGEST_S = 1_800
STARTS = 2
"""Starts are measured so often; the quicker counts, for the first may wait for the disk."""


class PhaseFailed(Exception):
    """A peer's process ended badly; the message is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A script, the environment that it runs in, and whether its re-syncs are its own."""

    name: str
    script: str
    env: str
    resyncs: bool = True


@dataclass(frozen=True, slots=True)
class Room:
    """Where a peer works, and on what."""

    envs: Path
    work: Path
    task: Task

    @property
    def pages(self) -> Path:
        """The copy of the pages that this peer syncs."""
        return self.work / "pages"

    @property
    def questions(self) -> Path:
        """All questions as a JSON list, written anew."""
        self.work.mkdir(parents=True, exist_ok=True)
        path = self.work / "questions.json"
        path.write_text(json.dumps(list(self.task.asked.values())), encoding="utf-8")
        return path


def measure_peer(peer: Peer, room: Room, kept: Kept) -> None:
    """Do what was not done yet: size, ingest, start, query, and the three re-syncs."""
    child = _Child(prepared(room.envs, peer.env), peer.script, room)
    kept.once("size", lambda: {"mib": size_mib(room.envs / peer.env)})
    kept.once("ingest", lambda: _ingest(child, room))
    asked = ["--questions", str(room.questions)]
    kept.once("start", lambda: _quickest(child, *asked))
    kept.once("query", lambda: child.run("query", *asked))
    if peer.resyncs:
        kept.once("resync", lambda: child.run("sync"))
        kept.once("edit", lambda: _edit(child, room))
        kept.once("delete", lambda: _delete(child, room))
    shutil.rmtree(room.work)


def _quickest(child: "_Child", *asked: str) -> Figures:
    """Open what is there and answer one question; the clock starts before the process."""
    starts = [child.run("start", "--spawned", str(time.monotonic()), *asked) for _ in range(STARTS)]
    return min(starts, key=lambda figures: figures["seconds"])


def _ingest(child: "_Child", room: Room) -> Figures:
    copied(room.task.pages, room.pages)
    shutil.rmtree(room.work / "store", ignore_errors=True)
    texts = room.work / "embedded.json"
    figures = child.run("sync", "--embedded", str(texts))
    counted = seen(json.loads(texts.read_text(encoding="utf-8")), room.task.pages)
    if counted.reached != figures["reached"]:
        # The model itself contradicts our counting: no figure of this peer could be trusted.
        raise PhaseFailed(f"{counted.reached} tokens counted, the model saw {figures['reached']}")
    return {**figures, "made": counted.made, "uncut": counted.reached, "saw": counted.of_pages}


def _edit(child: "_Child", room: Room) -> Figures:
    edit = planned_edit(room.task.pages)
    (room.pages / edit.page).write_text(edit.text, encoding="utf-8")
    figures = child.run("sync", "--page", edit.page)
    held = [" ".join(text.split()) for text in figures.pop("held")]
    return {
        **figures,
        "found": any(edit.came in text for text in held),
        "old": sum(edit.went in text for text in held),
    }


def _delete(child: "_Child", room: Room) -> Figures:
    page = planned_deletion(room.task.pages)
    (room.pages / page).unlink(missing_ok=True)
    figures = child.run("sync", "--page", page)
    return {**figures, "left": len(figures.pop("held"))}


@dataclass(frozen=True, slots=True)
class _Child:
    """Starts the phases of one peer by its own Python."""

    python: Path
    peer: str
    room: Room

    def run(self, phase: str, *options: str) -> Figures:
        """Run a phase to its end; give what it printed, with its peak of memory in MB."""
        places = ["--pages", str(self.room.pages), "--store", str(self.room.work / "store")]
        log = self.room.work / f"{phase}.log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [self.python, "-m", "bench.peers.measure", self.peer, phase, *places, *options],
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                env={**os.environ, **_OFFLINE},
                text=True,
            )
            said, memory = _watched(process)
        if process.returncode != 0 or not said.strip():
            told = log.read_text(encoding="utf-8", errors="replace")[-1_500:]
            raise PhaseFailed(f"{self.peer}, {phase}: ended with {process.returncode}\n{told}")
        figures: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
        return {**figures, "peak_mb": memory.peak_rss}


def _watched(process: subprocess.Popen[str]) -> tuple[str, Memory]:
    memory = Memory(process.pid)
    threading.Thread(target=memory.watch, daemon=True).start()
    try:
        said, _ = process.communicate(timeout=_LONGEST_S)
    except subprocess.TimeoutExpired as late:
        process.kill()
        raise PhaseFailed(f"not done after {_LONGEST_S} s") from late
    finally:
        memory.stop()
    return said, memory
