"""Parse in child processes that a bad document may kill without harm."""

import asyncio
from types import TracebackType
from typing import Self

from ingest.errors import IngestError, ParserDied, Unparsable
from ingest.parse.child_process import ChildProcess
from ingest.parse.limits import ParseLimits
from ingest.parse.wire import ParseReply, ParseRequest
from ingest.parsed import ParsedDocument

_MIB = 1 << 20
SIZE_SETTING = "PUNNET_MAX_DOCUMENT_MB"
"""The setting that an operator raises to have larger documents taken."""


class SandboxedParser:
    """Keeps the promise of Parser with up to `processes` children, started when needed.

    A document that kills its child is Unparsable by ParserDied; the next one finds a fresh
    child. A call that is cancelled ends its child with it. Used as a context, its end ends
    the children; they also end by themselves when this process is gone.
    """

    def __init__(self, limits: ParseLimits | None = None, processes: int = 1) -> None:
        self._limits = limits or ParseLimits()
        self._slots = asyncio.Semaphore(processes)
        self._idle: list[ChildProcess] = []
        self._busy: set[ChildProcess] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def idle_pids(self) -> list[int]:
        """The process ids of the children that wait for a document."""
        return [child.pid for child in self._idle]

    async def parse(self, content: bytes, media_type: str, name: str) -> ParsedDocument:
        """Give the text and its blocks, as Parser promises."""
        self._check_size(content, name)
        async with self._slots:
            try:
                self._check_open()
                reply = await self._parsed_by_child(ParseRequest(content, media_type, name))
            except ParserDied:
                self._check_open()
                raise
        if reply.document is None:
            raise Unparsable(reply.reason)
        return reply.document

    async def close(self) -> None:
        """End all children at once; calls that still wait for one raise IngestError."""
        self._closed = True
        children = [*self._idle, *self._busy]
        self._idle.clear()
        for child in children:
            await child.close()

    def _check_open(self) -> None:
        # Not Unparsable: that it was closed is not held against the document.
        if self._closed:
            raise IngestError("the parser was closed; open it again to parse more")

    def _check_size(self, content: bytes, name: str) -> None:
        if len(content) > self._limits.size_mib * _MIB:
            raise Unparsable(
                f"{name} has {len(content) / _MIB:.0f} MB, more than the "
                f"{self._limits.size_mib} MB that {SIZE_SETTING} allows: split it or raise that"
            )

    async def _parsed_by_child(self, request: ParseRequest) -> ParseReply:
        child = await self._fresh_child()
        reusable = False
        self._busy.add(child)
        try:
            reply = await child.parse(request)
            reusable = child.is_usable and not self._closed
        finally:
            self._busy.discard(child)
            # Whatever ended the talk early, cancellation too, leaves a child amid a message.
            if reusable:
                self._idle.append(child)
            else:
                await asyncio.shield(child.close())
        return reply

    async def _fresh_child(self) -> ChildProcess:
        while self._idle:
            child = self._idle.pop()
            if child.is_usable:
                return child
            await child.close()
        return await ChildProcess.start(self._limits)
