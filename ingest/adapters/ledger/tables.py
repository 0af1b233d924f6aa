"""The tables; what the columns mean stands with the records of `ingest/records.py`.

Large columns stand last in their table: SQLite reads a row's bytes from the front.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    false,
    text,
)

from ingest.adapters.ledger.columns import HalfVector, Labels, Strings, UtcTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def within(column: str) -> ForeignKey:
    """Point to an owner whose rows go with it."""
    return ForeignKey(column, ondelete="CASCADE")


tenant = Table(
    "tenant",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("operator", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False, index=True),
    Column("digest", Text, nullable=False),
    Column("scopes", Labels, nullable=False),
    Column("groups", Labels),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
)

source = Table(
    "source",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("access", Labels, nullable=False),
    Column("tags", Labels, nullable=False),
    Column("every_seconds", Integer),
    Column("next_due_at", UtcTime, index=True),
    Column("paused", Boolean, nullable=False),
    Column("removing", Boolean, nullable=False),
    Column("cursor", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("last_synced_at", UtcTime),
    # The highest number that an upload or a removal of it has.
    Column("pushes", BigInteger, nullable=False),
    Column("cron", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    Column("jitter_seconds", Integer, nullable=False, server_default="0"),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("full_every_seconds", Integer),
    Column("full_at", UtcTime),
    # The cursor that the last scan ended with: where the next one begins.
    Column("anchor", Text),
)

sync_run = Table(
    "sync_run",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False),
    Column("source", Text, within("source.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("queued_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("counts", JSON, nullable=False),
    Column("errors", JSON, nullable=False),
    Column("awaiting", JSON, nullable=False),
    Column("kind", Text, nullable=False, server_default="changes"),
    Column("rests_until", UtcTime),
    Index(None, "tenant", "queued_at", "id"),
    Index(None, "source", "queued_at", "id"),
)

document = Table(
    "document",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False),
    Column("source", Text, within("source.id"), nullable=False),
    Column("parent", Text, index=True),
    Column("ref", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("version", Text, nullable=False),
    # The version whose reading failed; "" where none did, or where it was not even listed.
    Column("failed_version", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("retry_at", UtcTime),
    Column("revisions", Integer, nullable=False),
    Column("last_seen_run", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("synced_at", UtcTime, nullable=False),
    Column("verified_at", UtcTime),
    Column("changed_at", UtcTime),
    Column("review_by", UtcTime),
    Column("media_type", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("access", Labels, nullable=False),
    Column("tags", Labels, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("validators", JSON, nullable=False),
    Column("owner", Text, nullable=False, server_default=""),
    Column("due_at", UtcTime),
    Column("volatility", Float),
    Column("look_again_at", UtcTime),
    Column("staleness", Float, nullable=False, server_default="0"),
    Column("stale", Boolean, nullable=False, server_default=false()),
    Column("stale_reasons", Strings, nullable=False, server_default=""),
    # While a contradiction waits that names it, on either side.
    Column("disputed", Boolean, nullable=False, server_default=false()),
    # Of its live text; none where nothing is known of them.
    Column("links", LargeBinary),
    Index(None, "tenant", "id"),
    Index(None, "tenant", "source", "ref"),
    Index(
        "uq_document_live_ref",
        "source",
        "ref",
        unique=True,
        sqlite_where=text("state <> 'deleted'"),
        postgresql_where=text("state <> 'deleted'"),
    ),
    Index(
        "ix_document_deleted",
        "synced_at",
        sqlite_where=text("state = 'deleted'"),
        postgresql_where=text("state = 'deleted'"),
    ),
)

revision = Table(
    "revision",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("document", Text, within("document.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("born_seq", BigInteger, nullable=False),
    Column("retired_seq", BigInteger),
    Column("born_at", UtcTime, nullable=False),
    Column("retired_at", UtcTime, index=True),
    Column("text_hash", Text, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("blocks", LargeBinary, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "document", "number", unique=True),
    Index(
        "uq_revision_live",
        "document",
        unique=True,
        sqlite_where=text("retired_seq IS NULL"),
        postgresql_where=text("retired_seq IS NULL"),
    ),
)

passage = Table(
    "passage",
    metadata,
    Column("point_id", Uuid, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False),
    Column("document", Text, within("document.id"), nullable=False, index=True),
    Column("embedded_hash", Text, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("context", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("vector", HalfVector),
    Index(None, "tenant", "embedded_hash"),
)

placement = Table(
    "placement",
    metadata,
    Column("revision", BigInteger, within("revision.id"), primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True),
    Column(
        "point_id",
        Uuid,
        # Deferred: a document takes its placements and its passages along in any order.
        ForeignKey("passage.point_id", deferrable=True, initially="DEFERRED"),
        nullable=False,
        index=True,
    ),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("page", Integer),
    Column("seconds", Float),
    Column("heading_path", Strings, nullable=False),
    Column("anchor", Text, nullable=False),
    sqlite_with_rowid=False,
)

lingering = Table(
    "lingering",
    metadata,
    Column("point_id", Uuid, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    Column("source", Text, within("source.id"), nullable=False),
    Column("retired_at", UtcTime, nullable=False),
    Index(None, "source", "retired_at"),
)

upload = Table(
    "upload",
    metadata,
    Column("source", Text, within("source.id"), primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    Column("number", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("changed_at", UtcTime),
    Column("access", Labels, nullable=False),
    Column("tags", Labels, nullable=False),
    # None of what was removed: its row stays until the removal was carried out.
    Column("content", LargeBinary),
    Index(None, "source", "number", unique=True),
    Index(
        "ix_upload_removed",
        "source",
        "number",
        sqlite_where=text("content IS NULL"),
        postgresql_where=text("content IS NULL"),
    ),
)

# The last crawl of a source.
crawl = Table(
    "crawl",
    metadata,
    Column("source", Text, within("source.id"), primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    Column("id", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    # How many addresses were put into its queue, known ones too.
    Column("added", BigInteger, nullable=False),
)

frontier = Table(
    "frontier",
    metadata,
    Column("source", Text, within("source.id"), primary_key=True),
    Column("url", Text, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    # Of the last crawl that came to it.
    Column("number", BigInteger, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("linked", Boolean, nullable=False),
    # None while that crawl has it in its queue.
    Column("step", Integer),
    Column("ref", Text, nullable=False),
    Column("missing_since", UtcTime),
    # None of what was never visited.
    Column("links", LargeBinary),
    Index(
        "ix_frontier_waiting",
        "source",
        "number",
        "turn",
        "place",
        sqlite_where=text("step IS NULL"),
        postgresql_where=text("step IS NULL"),
    ),
)

credential = Table(
    "credential",
    metadata,
    Column("source", Text, within("source.id"), primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("names", Labels, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)

invitation = Table(
    "invitation",
    metadata,
    Column("key", Text, primary_key=True),
    Column("tenant", Text, within("tenant.id"), nullable=False, index=True),
    Column("source", Text, within("source.id"), nullable=False, index=True),
    Column("expires_at", UtcTime, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)

prefix = Table(
    "prefix",
    metadata,
    Column("tenant", Text, within("tenant.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    Column("entries", LargeBinary, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

# Work and questions outlive what they speak of for a moment, so they point to no tenant.
work = Table(
    "work",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("tenant", Text, nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", Text),
    Column("claimed_until", UtcTime),
    Index(None, "priority", "due_at", "key"),
)

query = Table(
    "query",
    metadata,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, nullable=False, index=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("found", Strings, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("answered_by", Strings, nullable=False, server_default=""),
)

outcome = Table(
    "outcome",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("query", Text, within("query.id"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("detail", JSON, nullable=False),
)
