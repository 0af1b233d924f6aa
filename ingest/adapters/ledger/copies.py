"""Copies of a SQLite ledger: made while others write it, and brought back to life."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from ingest.adapters.ledger.checkup import damage
from ingest.adapters.ledger.engine import PATIENCE_SECONDS
from ingest.adapters.ledger.schema import migrate
from ingest.adapters.ledger.store import open_ledger
from ingest.errors import LedgerUnavailable
from ingest.ports import Clock

_COUNTED = {
    "tenants": "SELECT count(*) FROM tenant",
    "sources": "SELECT count(*) FROM source",
    "documents": "SELECT count(*) FROM document WHERE state <> 'deleted'",
    "passages": "SELECT count(*) FROM passage",
    "uploads": "SELECT count(*) FROM upload WHERE content IS NOT NULL",
}


@dataclass(frozen=True, slots=True)
class CopiedLedger:
    """What a copy holds."""

    schema: str
    """Its revision; "" of a ledger that was never migrated."""
    counts: Mapping[str, int]


def sqlite_file(url: str) -> Path | None:
    """Give the file of a SQLite ledger; None of one on a server."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def copy_ledger(ledger: Path, to: Path) -> CopiedLedger:
    """Copy the ledger as it is at one moment, however much is written meanwhile.

    In one step, which holds up no writer: a copy in several begins anew with each commit of
    another process, and may never end. Raises LedgerUnavailable.
    """
    with _told(ledger):
        place = f"{ledger.absolute().as_uri()}?mode=rw"
        with (
            closing(sqlite3.connect(place, timeout=PATIENCE_SECONDS, uri=True)) as source,
            closing(sqlite3.connect(to)) as copy,
        ):
            source.backup(copy)
    return examine(to)


def examine(copy: Path) -> CopiedLedger:
    """Say what a ledger that nobody writes holds; raises LedgerUnavailable where it is damaged."""
    with _told(copy):
        place = f"{copy.absolute().as_uri()}?immutable=1"
        with closing(sqlite3.connect(place, uri=True)) as ledger:
            if trouble := damage(ledger):
                raise LedgerUnavailable(f"{copy.name} is damaged: {trouble}")
            tables = {row[0] for row in ledger.execute("SELECT name FROM sqlite_master")}
            if "alembic_version" not in tables:
                return CopiedLedger("", {})
            (schema,) = ledger.execute("SELECT version_num FROM alembic_version").fetchone()
            counts = {what: ledger.execute(how).fetchone()[0] for what, how in _COUNTED.items()}
            return CopiedLedger(schema, counts)


async def revive(url: str, clock: Clock) -> None:
    """Bring a copy to this program's schema, and free it of whoever worked on the original.

    Raises SchemaMismatch when it is newer than this program.
    """
    await migrate(url)
    async with open_ledger(url, clock=clock) as ledger:
        await ledger.leases.break_leases()
        await ledger.work.free_work(clock())


@contextmanager
def _told(ledger: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerUnavailable(f"{ledger.name} cannot be copied or read: {error}") from error
