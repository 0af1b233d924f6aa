"""What can be wrong with a SQLite ledger as a file, and who holds leases in it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import LedgerUnavailable
from ingest.records import Lease


def damage(ledger: sqlite3.Connection) -> str:
    """Say what is wrong with a ledger's pages and with what its rows point to; "" if nothing."""
    for row in ledger.execute("PRAGMA quick_check(3)"):
        if row[0] != "ok":
            return str(row[0])
    for table, _, parent, _ in ledger.execute("PRAGMA foreign_key_check"):
        return f"rows of {table} belong to no row of {parent}"
    return ""


def look_at(ledger: Path) -> tuple[str, tuple[Lease, ...]]:
    """Give the damage of a ledger that may be at work, and its leases that somebody holds.

    Raises LedgerUnavailable when it cannot be read at all.
    """
    place = f"{ledger.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(place, uri=True)) as opened:
            rows = opened.execute(
                "SELECT name, owner, fence, expires_at FROM lease WHERE owner <> ''"
            )
            return damage(opened), tuple(
                Lease(name, owner, fence, datetime.fromisoformat(until).replace(tzinfo=UTC))
                for name, owner, fence, until in rows
            )
    except sqlite3.Error as error:
        raise LedgerUnavailable(f"{ledger.name} cannot be read: {error}") from error
