"""The tables of freshness; what the columns mean stands with `ingest/freshness/model.py`."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Float,
    Index,
    Integer,
    Table,
    Text,
)

from ingest.adapters.ledger.columns import UtcTime
from ingest.adapters.ledger.tables import metadata, within

# The id is made of what makes a finding this one and no other, so that it has one row.
flag = Table(
    "flag",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False),
    Column("document", Text, within("document.id"), nullable=False, index=True),
    Column("other", Text, within("document.id"), index=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("impact", Float, nullable=False),
    Column("severity", Float, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("raised_at", UtcTime, nullable=False),
    Column("raised_by", Text, nullable=False),
    Column("assigned_to", Text, nullable=False),
    Column("snoozed_until", UtcTime),
    Column("ended_at", UtcTime),
    Column("ended_by", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("quotes", JSON, nullable=False),
)
Index("ix_flag_queue", flag.c.tenant, flag.c.state, flag.c.impact.desc(), flag.c.id)

usage = Table(
    "usage",
    metadata,
    Column("document", Text, within("document.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False),
    Column("answered", Integer, nullable=False),
    Column("bad", Integer, nullable=False),
    Column("last_at", UtcTime),
    Index(None, "tenant", "day"),
    Index(None, "day"),
)

# A row for each new text of a document after its first.
edit = Table(
    "edit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    Column("document", Text, within("document.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "document", "at"),
)

review_rule = Table(
    "review_rule",
    metadata,
    Column("tenant", Text, within("tenant.id"), primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("every_days", Integer),
    Column("owner", Text, nullable=False),
)

inspection = Table(
    "inspection",
    metadata,
    Column("tenant", Text, within("tenant.id"), primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("whole_at", UtcTime),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Index(None, "tenant", "id"),
    Index(None, "tenant", "subject", "id"),
)
