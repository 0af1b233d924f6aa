"""The process that owns an embedded index and answers for it on a Unix socket.

Qdrant Edge holds the interpreter lock while it works and one process at a time may open a
shard, so it lives alone here, and its calls are made straight from the event loop: threads
would only wait for the same lock.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.failpoint import failpoint
from ingest.adapters import edge_files, edge_marks
from ingest.adapters import edge_protocol as wire
from ingest.adapters.edge_keeper import Keeper
from ingest.adapters.edge_shard import GuardedShard
from ingest.errors import IndexRefused, IndexUnavailable

CANNOT_START = 3
"""The exit status of a start that failed for a reason that a restart does not mend."""
PANICKED = 70
"""The exit status of a process that must be started again."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve an index until SIGTERM, SIGINT or the end of the parent; give the exit status."""
    options = _parser().parse_args(argv)
    os.umask(0o077)  # the socket and the files are this user's alone
    try:
        with edge_files.alone(options.directory):
            asyncio.run(_serve(options))
    except (IndexUnavailable, OSError) as error:
        sys.stderr.write(f"index: {error}\n")
        return CANNOT_START
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest.adapters.edge_process")
    parser.add_argument("--directory", type=Path, required=True, help="where the index lives")
    parser.add_argument("--socket", type=Path, required=True, help="the Unix socket to serve")
    parser.add_argument("--dimension", type=int, required=True, help="length of the vectors")
    parser.add_argument(
        "--parent-pipe",
        action="store_true",
        help="standard input is a pipe: stop when its other end closes",
    )
    return parser


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    _stop_on_signals(stop)
    if options.parent_pipe:
        _stop_with_parent(stop)
    ended_unclean = edge_marks.ended_unclean(options.directory)
    shard = edge_files.open_shard(options.directory, options.dimension)
    failpoint("edge.opened")
    edge_marks.begin(options.directory)
    keeper = Keeper(shard, asyncio.get_running_loop().time)
    service = Service(
        GuardedShard(shard, options.dimension),
        keeper,
        options.directory,
        ended_unclean=ended_unclean,
    )
    server = await asyncio.start_unix_server(service.converse, options.socket)
    background = asyncio.create_task(keeper.run())
    await stop.wait()
    server.close()
    background.cancel()
    service.hang_up()
    shard.flush()
    failpoint("edge.flushed")
    shard.close()
    edge_marks.end(options.directory)


def _stop_on_signals(stop: asyncio.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


def _stop_with_parent(stop: asyncio.Event) -> None:
    stdin = sys.stdin.fileno()

    def readable() -> None:
        if not os.read(stdin, 4096):
            asyncio.get_running_loop().remove_reader(stdin)
            stop.set()

    asyncio.get_running_loop().add_reader(stdin, readable)


class Service:
    """Answers requests one by one, in turn between the connections."""

    def __init__(
        self, shard: GuardedShard, keeper: Keeper, directory: Path, *, ended_unclean: bool
    ) -> None:
        self._shard = shard
        self._keeper = keeper
        self._directory = directory
        self._ended_unclean = ended_unclean
        self._audited = edge_marks.is_audited(directory)
        self._open: set[asyncio.StreamWriter] = set()
        self._answers: Mapping[type[wire.Message], Callable[[Any], wire.Reply]] = {
            wire.Search: self._search,
            wire.Upsert: self._upsert,
            wire.Present: shard.present,
            wire.Relabel: shard.relabel,
            wire.Delete: shard.delete,
            wire.Forget: shard.forget,
            wire.Walk: shard.walk,
            wire.Count: shard.count,
            wire.Flush: self._flush,
            wire.SetAudited: self._set_audited,
            wire.AskHealth: self._health,
        }

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client until it goes."""
        self._open.add(writer)
        try:
            while True:
                writer.write(wire.encode(self.answer(await wire.read_message(reader))))
                await writer.drain()
                await asyncio.sleep(0)  # a client that never pauses lets the others speak
        except (asyncio.CancelledError, asyncio.IncompleteReadError, OSError):
            pass  # it went away, or we stop
        except wire.FrameBroken as broken:
            sys.stderr.write(f"index: {broken}\n")
        finally:
            self._open.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        """End all conversations; their clients ask again where the next process listens."""
        for writer in self._open:
            writer.close()

    def answer(self, message: wire.Message) -> wire.Reply:
        """Do what is asked; whatever Edge raises becomes a reply."""
        self._keeper.note(message)
        asked = type(message).__name__.lower()
        try:
            failpoint(f"edge.{asked}")
            reply = self._answers[type(message)](message)
            failpoint(f"edge.{asked}.done")
        except (IndexRefused, ValueError, TypeError, OverflowError) as error:
            return wire.Refused(str(error))
        except Exception as error:  # Edge raises nothing more precise
            return wire.Failed(f"{type(error).__name__}: {error}")
        except BaseException as panic:  # a panic of Edge poisons its locks: only a restart helps
            sys.stderr.write(f"index: Qdrant Edge panicked: {panic}\n")
            os._exit(PANICKED)
        return reply

    def _search(self, ask: wire.Search) -> wire.Reply:
        return self._shard.search(ask) if self._audited else wire.Unaudited()

    def _upsert(self, ask: wire.Upsert) -> wire.Reply:
        full = edge_files.room_missing(self._directory, edge_files.ROOM_TO_WRITE)
        return wire.Failed(full) if full else self._shard.upsert(ask)

    def _flush(self, _: wire.Flush) -> wire.Done:
        self._keeper.flush()
        return wire.Done()

    def _set_audited(self, _: wire.SetAudited) -> wire.Done:
        self._keeper.flush()  # the mark must not survive a power cut that the points do not
        edge_marks.set_audited(self._directory)
        self._audited = True
        return wire.Done()

    def _health(self, _: wire.AskHealth) -> wire.Health:
        return wire.Health(
            points=self._shard.count(wire.Count(tenant=None)).count,
            dimension=self._shard.dimension,
            ended_unclean=self._ended_unclean,
            failure=self._keeper.failure,
            audited=self._audited,
        )


if __name__ == "__main__":
    sys.exit(main())
