"""One child process that parses, as its parent sees it."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from ingest.errors import ParserDied
from ingest.parse.limits import OUT_OF_MEMORY, ParseLimits
from ingest.parse.wire import (
    LENGTH_BYTES,
    ParseReply,
    ParseRequest,
    framed,
    pack_request,
    unpack_reply,
)

_HOME_OF_CODE = Path(__file__).parents[2]


class ChildProcess:
    """Parses one document after the other; whatever goes wrong, `close` ends it for good."""

    def __init__(
        self, process: Process, folder: tempfile.TemporaryDirectory[str], limits: ParseLimits
    ) -> None:
        self._process = process
        self._folder = folder
        self._limits = limits
        self._parsed = 0
        self._spent = False

    @classmethod
    async def start(cls, limits: ParseLimits) -> "ChildProcess":
        """Start a child in an empty folder of its own, without our environment."""
        folder = tempfile.TemporaryDirectory(prefix="punnet-parse-", ignore_cleanup_errors=True)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "ingest.parse.child",
                json.dumps(asdict(limits)),
                stdin=PIPE,
                stdout=PIPE,
                cwd=folder.name,
                env=_environment(folder.name),
                # What the child starts, such as pandoc, has to end with it.
                start_new_session=True,
            )
        except BaseException:
            folder.cleanup()
            raise
        return cls(process, folder, limits)

    @property
    def is_usable(self) -> bool:
        """Say whether it may take another document."""
        fresh = self._parsed < self._limits.documents_per_child
        return fresh and not self._spent and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    async def parse(self, request: ParseRequest) -> ParseReply:
        """Parse one document; raises ParserDied when the child does not survive it."""
        self._parsed += 1
        try:
            async with asyncio.timeout(self._limits.seconds):
                reply = unpack_reply(await self._exchange(framed(pack_request(request))))
        except TimeoutError as error:
            raise ParserDied(self._out_of_time(request)) from error
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise ParserDied(await self._cause_of_death(request)) from error
        self._spent = reply.spent
        return reply

    async def close(self) -> None:
        """End the child at once and remove its folder."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        # The transport closes the pipes once the process is gone.
        await self._process.wait()
        self._folder.cleanup()

    async def _exchange(self, message: bytes) -> bytes:
        source, sink = self._process.stdout, self._process.stdin
        if source is None or sink is None:
            raise ConnectionError("the child has no pipes")
        sink.write(message)
        await sink.drain()
        length = await source.readexactly(LENGTH_BYTES)
        return await source.readexactly(int.from_bytes(length, "big"))

    async def _cause_of_death(self, request: ParseRequest) -> str:
        code = await self._process.wait()
        if code in {-signal.SIGXCPU, -signal.SIGALRM}:
            return self._out_of_time(request)
        if code == OUT_OF_MEMORY:
            return self._out_of_memory(request)
        if code == -signal.SIGKILL:
            return f"{self._out_of_memory(request)} (the system killed its parser)"
        if code < 0:
            return (
                f"{request.name} crashed its parser ({signal.Signals(-code).name}): "
                "write it anew with the program that made it, or give another format"
            )
        return f"{request.name}: its parser ended with exit code {code}; its log says why"

    def _out_of_time(self, request: ParseRequest) -> str:
        return (
            f"{request.name} took its parser longer than the {self._limits.seconds:g} seconds "
            "that one document may take: split it or simplify it"
        )

    def _out_of_memory(self, request: ParseRequest) -> str:
        return (
            f"{request.name} needs more memory than the {self._limits.memory_mib} MiB that its "
            "parser may have: split it"
        )


def _environment(folder: str) -> dict[str, str]:
    """Give the child nothing of ours but where Python and our code are: no secrets."""
    passed = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return passed | {
        "PYTHONPATH": os.pathsep.join([str(_HOME_OF_CODE), *filter(None, sys.path)]),
        "PYTHONUTF8": "1",
        "TMPDIR": folder,
        "HOME": folder,
        # unstructured would tell its maker of every import and every document.
        "DO_NOT_TRACK": "1",
        "SCARF_NO_ANALYTICS": "1",
        "UNSTRUCTURED_DISABLE_NOTICE": "1",
    }
