"""Connections: for readers each statement stands alone, for writers all of them or none."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Executable, Row, create_engine, event, make_url
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from connectors.failpoint import failpoint
from ingest.errors import LedgerConflict, LedgerUnavailable

T = TypeVar("T")

READERS = 4
PATIENCE_SECONDS = 30.0
"""How long a writer waits for the lock of another process: a commit takes milliseconds, but on a
disk with much to write it may stand for many seconds."""

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA cache_size=-16384",
)
STATEMENT_VALUES = 5_000
"""Values named in one statement; SQLite takes 32,766."""

WRITTEN_ROWS = 500
"""Rows given to one statement: preparing them takes milliseconds, in which nothing else goes on."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database, read by several at once and, where it is SQLite, written by one."""

    readers: AsyncEngine
    writers: AsyncEngine
    turns: asyncio.Semaphore
    """One for each connection of the writers: whoever waits for a pool is forgotten by it when
    the one before him is cancelled while it opens its connection."""
    direct: "DirectReaders | None" = None

    async def rows(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Answer one statement, which sees a snapshot of its own."""
        if self.direct is None:
            async with self.reading() as connection:
                return (await connection.execute(statement, values)).all()
        with _translated():
            return await self.direct.rows(statement, values)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection on which every statement sees a snapshot of its own."""
        with _translated():
            async with self.readers.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection whose statements become true together, or not at all."""
        with _translated():
            async with self._turn(), self.writers.begin() as connection:
                failpoint("ledger.begun")
                yield connection
                failpoint("ledger.written")
            failpoint("ledger.committed")

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.turns.acquire()
        except TimeoutError as error:
            raise PoolTimeout from error
        try:
            yield
        finally:
            self.turns.release()

    async def close(self) -> None:
        """Close every connection."""
        await self.readers.dispose()
        await self.writers.dispose()
        if self.direct is not None:
            self.direct.close()


class DirectReaders:
    """Reads of a SQLite file that go to a thread once, and not once for each step.

    The asynchronous driver changes threads to make a cursor, to execute, to fetch and to
    close it: for the short statements of a search that is half of their time.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(READERS, "ledger-read")

    async def rows(
        self, statement: Executable, values: Mapping[str, Any] | None
    ) -> Sequence[Row[Any]]:
        """Execute and fetch."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._read, statement, values)

    def close(self) -> None:
        """Close every connection, after what is being read."""
        self._threads.shutdown()
        self._engine.dispose()

    def _read(self, statement: Executable, values: Mapping[str, Any] | None) -> Sequence[Row[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(statement, values).all()


def in_batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Divide values so that each batch fits in a statement."""
    for start in range(0, len(values), STATEMENT_VALUES):
        yield values[start : start + STATEMENT_VALUES]


def in_portions(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Divide rows to write, so that preparing them keeps nobody else waiting."""
    for start in range(0, len(rows), WRITTEN_ROWS):
        yield rows[start : start + WRITTEN_ROWS]


def connect(url: str) -> Database:
    """Prepare the connections; none is opened before it is used."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return Database(
            readers=create_async_engine(parsed, isolation_level="AUTOCOMMIT", pool_size=READERS),
            writers=create_async_engine(parsed, pool_size=READERS),
            turns=asyncio.Semaphore(READERS),
        )
    patient = _patient(parsed)
    readers = create_async_engine(
        patient,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        pool_size=READERS,
        max_overflow=0,
        pool_reset_on_return=None,
    )
    # One connection: writers of this process queue here instead of trying the file's lock.
    writers = create_async_engine(patient, pool_size=1, max_overflow=0)
    event.listen(readers.sync_engine, "connect", _prepare)
    event.listen(writers.sync_engine, "connect", _prepare)
    event.listen(writers.sync_engine, "connect", _hand_over_transactions)
    event.listen(writers.sync_engine, "begin", _begin_immediate)
    turns = asyncio.Semaphore(1)
    return Database(readers=readers, writers=writers, turns=turns, direct=_direct(patient))


def _direct(url: URL) -> DirectReaders:
    engine = create_engine(
        url.set(drivername="sqlite"),
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        pool_size=READERS,
        max_overflow=0,
        pool_reset_on_return=None,
    )
    event.listen(engine, "connect", _prepare)
    return DirectReaders(engine)


def _patient(url: URL) -> URL:
    if "timeout" in url.query:
        return url
    return url.update_query_dict({"timeout": str(PATIENCE_SECONDS)})


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _hand_over_transactions(connection: Any, _record: object) -> None:
    # Else the driver begins by itself, deferred, and a lock taken late can only fail.
    connection.isolation_level = None


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise LedgerConflict(
            f"the ledger refused it, and nothing was changed: {error.orig}"
        ) from error
    except PoolTimeout as error:
        raise LedgerUnavailable(
            "every connection to the ledger is busy; nothing was changed, try again"
        ) from error
    except (DBAPIError, OSError) as error:
        raise LedgerUnavailable(_advice(error)) from error


def _advice(error: Exception) -> str:
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    if "full" in said:
        mend = "free space on its disk"
    elif "malformed" in said or "not a database" in said:
        mend = "its file is damaged: put a backup in its place, or start a new home with --home"
    elif "locked" in said or "busy" in said:
        mend = "another process holds its lock: try again"
    else:
        mend = "see that its file or server can be reached and written"
    return f"the ledger cannot be used now ({said}); nothing was changed; {mend}"
