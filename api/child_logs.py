"""Where the words of the child processes go: a file for each, and the terminal."""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

LARGEST_FILE = 10_000_000
KEPT_FILES = 3
LONGEST_LINE = 65_536
_UNSHOWN = frozenset({"debug", "info"})
_FRAME = frozenset({"event", "exception", "level", "logger", "timestamp"})
"""What a person reads as words, or in the file."""


class ChildLogs:
    """Writes lines to `<name>.log` in a folder, moving full files aside, and to `echo`.

    A terminal is shown what a person must know: warnings and worse, and words that are no
    line of a log. Never raises for a full disk or a closed terminal: losing log lines is
    better than losing the processes that write them.
    """

    def __init__(
        self, folder: Path, echo: BinaryIO | None, largest_file: int = LARGEST_FILE
    ) -> None:
        self._folder = folder
        self._echo = echo
        self._largest_file = largest_file

    def write(self, name: str, line: bytes) -> None:
        """Keep one line, given without its end."""
        with suppress(OSError):
            self._append(self.path(name), line + b"\n")
        if self._echo is not None:
            with suppress(OSError, ValueError):
                shown = for_people(line) if self._echo.isatty() else line
                if shown is not None:
                    self._echo.write(name.encode().ljust(6) + b" | " + shown + b"\n")
                    self._echo.flush()

    def path(self, name: str) -> Path:
        """Give the file that the newest lines of a name are in."""
        return self._folder / f"{name}.log"

    def tail(self, name: str, lines: int) -> list[str]:
        """Give the last lines that were kept under a name."""
        try:
            kept = self.path(name).read_bytes()
        except FileNotFoundError:
            return []
        return kept.decode(errors="replace").splitlines()[-lines:]

    async def follow(self, name: str, output: int) -> None:
        """Write down what comes out of a pipe until its end, and close it."""
        stream = asyncio.StreamReader(limit=LONGEST_LINE)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(output, "rb", buffering=0)
        )
        rest = b""
        try:
            while chunk := await stream.read(LONGEST_LINE):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > LONGEST_LINE:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    self.write(name, line)
            if rest:
                self.write(name, rest)
        finally:
            transport.close()

    def _append(self, path: Path, line: bytes) -> None:
        with path.open("ab") as file:
            file.write(line)
            full = file.tell() > self._largest_file
        if full:
            for newer, older in _moves(path):
                if newer.exists():
                    newer.replace(older)


def for_people(line: bytes) -> bytes | None:
    """Put a JSON line of a log into words; None for one that nobody need read now."""
    try:
        told = json.loads(line)
    except ValueError:
        return line
    if not isinstance(told, dict) or "event" not in told:
        return line
    level = str(told.get("level", ""))
    if level in _UNSHOWN:
        return None
    rest = [f"{name}={value}" for name, value in told.items() if name not in _FRAME]
    return " ".join((f"{level}:", str(told["event"]), *rest)).encode()


def _moves(path: Path) -> Iterator[tuple[Path, Path]]:
    for number in range(KEPT_FILES, 0, -1):
        newer = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
        yield newer, path.with_name(f"{path.name}.{number}")
