"""The tables of topics; what the columns mean stands with `ingest/topics.py`."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Index, Integer, Table, Text

from ingest.adapters.ledger.columns import HalfVector, Strings, UtcTime
from ingest.adapters.ledger.tables import metadata, within

topic = Table(
    "topic",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("length", Float, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("trouble_at", UtcTime),
    Column("troubles", Integer, nullable=False),
    Column("troubles_at_end", Integer, nullable=False),
    Column("ended_at", UtcTime),
    Column("by", Text, nullable=False),
    Column("checked", BigInteger, nullable=False),
    # Not a foreign key: it says what came nearest then, whether or not that is still there.
    Column("nearest", Text),
    Column("nearness", Float, nullable=False),
    Column("named_after", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("words", Strings, nullable=False),
    Column("note", Text, nullable=False),
    Column("vector", HalfVector, nullable=False),
)

# A question's topic; "" where it is left out.
asked = Table(
    "asked",
    metadata,
    Column("query", Text, within("query.id"), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("standing", Text, nullable=False),
    Column("bad", Boolean, nullable=False),
    Index(None, "topic", "at"),
    Index(None, "tenant", "topic"),
)

# What was asked in a week, from its Monday; it outlives the questions.
topic_week = Table(
    "topic_week",
    metadata,
    Column("topic", Text, within("topic.id"), primary_key=True),
    Column("start", Date, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("weak", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("bad", Integer, nullable=False),
    Index(None, "tenant", "start"),
)
