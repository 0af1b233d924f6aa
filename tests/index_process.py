"""An index process of the tests' own, to start, kill and start again."""

import os
import subprocess
import sys
from pathlib import Path

from ingest.adapters.edge_index import EdgeIndex

_PATIENT_S = 60.0  # a busy machine must not fail a test that is not about time


class IndexProcess:
    """The real process, on a directory and a socket that outlive it."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self.directory = folder / "index"
        self.socket = folder / "index.sock"
        self.dimension = dimension
        self._running: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, **env: str) -> "subprocess.Popen[bytes]":
        """Start it; its standard input is a pipe. Clients wait for its socket by themselves."""
        self._running = subprocess.Popen(
            [
                *(sys.executable, "-m", "ingest.adapters.edge_process"),
                *("--directory", str(self.directory), "--socket", str(self.socket)),
                *("--dimension", str(self.dimension), *options),
            ],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **env},
        )
        return self._running

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._running is not None and self._running.poll() is None

    def client(self) -> EdgeIndex:
        """Give a client that waits for as long as a busy machine needs."""
        return EdgeIndex(self.socket, write_deadline=_PATIENT_S, search_deadline=_PATIENT_S)

    def kill(self) -> None:
        """End it as kill -9 does."""
        if self._running is not None:
            self._running.kill()
            self._close(self._running)

    def terminate(self) -> int:
        """Ask it to end, and give its exit status."""
        assert self._running is not None
        self._running.terminate()
        return self._close(self._running)

    def _close(self, running: "subprocess.Popen[bytes]") -> int:
        status = running.wait(timeout=_PATIENT_S)
        for pipe in (running.stdin, running.stderr):
            if pipe is not None:
                pipe.close()
        return status
