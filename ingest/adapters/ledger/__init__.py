"""The ledger in SQL: SQLite in WAL mode or PostgreSQL, by URL."""

from ingest.adapters.ledger.schema import migrate
from ingest.adapters.ledger.store import SqlLedger, open_ledger

__all__ = ["SqlLedger", "migrate", "open_ledger"]
