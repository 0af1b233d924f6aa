"""An index process of the tests' own, to start, kill and start again."""

import subprocess
import sys
from pathlib import Path


class IndexProcess:
    """The real process, on a directory and a socket that outlive it."""

    def __init__(self, folder: Path, dimension: int) -> None:
        self.directory = folder / "index"
        self.socket = folder / "index.sock"
        self.dimension = dimension
        self._running: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> "subprocess.Popen[bytes]":
        """Start it; its standard input is a pipe. Clients wait for its socket by themselves."""
        self._running = subprocess.Popen(
            [
                *(sys.executable, "-m", "ingest.adapters.edge_process"),
                *("--directory", str(self.directory), "--socket", str(self.socket)),
                *("--dimension", str(self.dimension), *options),
            ],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        return self._running

    def kill(self) -> None:
        """End it as kill -9 does."""
        if self._running is not None:
            self._running.kill()
            self._running.communicate()

    def terminate(self) -> int:
        """Ask it to end, and give its exit status."""
        assert self._running is not None
        self._running.terminate()
        self._running.communicate(timeout=30)
        return self._running.returncode
