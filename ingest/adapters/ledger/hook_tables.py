"""The table of hooks; what the columns mean stands in `ingest/notices/model.py`."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, Table, Text

from ingest.adapters.ledger.columns import Labels, UtcTime
from ingest.adapters.ledger.tables import metadata, within

hook = Table(
    "hook",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("events", Labels, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcTime),
    Column("failing_since", UtcTime),
    Column("trouble", Text, nullable=False),
    Column("paused", Boolean, nullable=False),
)
