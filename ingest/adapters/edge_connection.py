"""Connections to the index process: reused, and made anew when it restarts."""

import asyncio
from pathlib import Path

from ingest.adapters import edge_protocol as wire
from ingest.errors import IndexRefused, IndexUnaudited, IndexUnavailable

_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5
_MOST_IDLE = 16
_BUFFER_BYTES = 1 << 20

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class EdgeConnections:
    """Carries each request on a connection of its own, of which idle ones are kept."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._idle: list[_Connection] = []

    async def exchange(self, request: wire.Request, seconds: float) -> wire.Reply:
        """Send until it is answered; raises IndexRefused, or IndexUnavailable after `seconds`."""
        frame = _frame(request)
        pause, clock = _FIRST_PAUSE_S, asyncio.get_running_loop().time
        deadline = clock() + seconds
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    return _accepted(await self._once(frame))
            except TimeoutError as slow:
                raise IndexUnavailable(
                    f"the index at {self._socket} did not answer within {seconds} s"
                ) from slow
            except (OSError, asyncio.IncompleteReadError, wire.FrameBroken) as gone:
                if clock() + pause >= deadline:
                    raise IndexUnavailable(
                        f"no index process answers at {self._socket} ({gone}): start it, or wait "
                        "until its supervisor has restarted it"
                    ) from gone
                await self.close()  # the others lead to the process that is gone, too
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    async def close(self) -> None:
        """Close the idle connections."""
        idle, self._idle = self._idle, []
        for _, writer in idle:
            writer.close()

    async def _once(self, frame: bytes) -> wire.Message:
        reader, writer = await self._connection()
        whole = False
        try:
            writer.write(frame)
            await writer.drain()
            reply = await wire.read_message(reader)
            whole = True
        finally:
            # One that was cut off or cancelled could give its answer to the next request.
            if whole and len(self._idle) < _MOST_IDLE:
                self._idle.append((reader, writer))
            else:
                writer.close()
        return reply

    async def _connection(self) -> _Connection:
        while self._idle:
            reader, writer = self._idle.pop()
            if not (reader.at_eof() or writer.is_closing()):
                return reader, writer
            writer.close()
        return await asyncio.open_unix_connection(self._socket, limit=_BUFFER_BYTES)


def _frame(request: wire.Request) -> bytes:
    try:
        return wire.encode(request)
    except ValueError as error:
        raise IndexRefused(f"this cannot be sent to the index: {error}") from error


def _accepted(reply: wire.Message) -> wire.Reply:
    match reply:
        case wire.Refused():
            raise IndexRefused(f"the index refused: {reply.reason}")
        case wire.Unaudited():
            raise IndexUnaudited
        case wire.Failed():
            raise IndexUnavailable(f"the index failed: {reply.reason}")
        case _:
            return reply  # type: ignore[return-value]  # the caller checks which reply it is
