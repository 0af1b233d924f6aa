"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = None

TIME = sa.DateTime(timezone=True)
TEXT = sa.Text
ROW = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create every table, owners before what they own."""
    _owners()
    _runs()
    _crawls()
    _documents()
    _texts()
    _places()
    _questions()


def _within(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, ondelete="CASCADE")


def _owners() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("operator", sa.Boolean, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "api_key",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("tenant", TEXT, _within("tenant.id"), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("prefix", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("scopes", TEXT, nullable=False),
        sa.Column("groups", TEXT),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME),
        sa.Column("revoked_at", TIME),
    )
    op.create_index("ix_api_key_prefix", "api_key", ["prefix"])
    op.create_index("ix_api_key_tenant", "api_key", ["tenant"])
    op.create_table(
        "source",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("tenant", TEXT, _within("tenant.id"), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("access", TEXT, nullable=False),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("every_seconds", sa.Integer),
        sa.Column("next_due_at", TIME),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("removing", sa.Boolean, nullable=False),
        sa.Column("cursor", TEXT),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_synced_at", TIME),
        sa.Column("pushes", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_source_next_due_at", "source", ["next_due_at"])
    op.create_index("ix_source_tenant", "source", ["tenant"])


def _runs() -> None:
    op.create_table(
        "sync_run",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("tenant", TEXT, _within("tenant.id"), nullable=False),
        sa.Column("source", TEXT, _within("source.id"), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("queued_at", TIME, nullable=False),
        sa.Column("started_at", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("errors", sa.JSON, nullable=False),
        sa.Column("awaiting", sa.JSON, nullable=False),
    )
    op.create_index("ix_sync_run_source_queued_at_id", "sync_run", ["source", "queued_at", "id"])
    op.create_index("ix_sync_run_tenant_queued_at_id", "sync_run", ["tenant", "queued_at", "id"])
    op.create_table(
        "upload",
        sa.Column("source", TEXT, _within("source.id"), primary_key=True),
        sa.Column("ref", TEXT, primary_key=True),
        sa.Column("tenant", TEXT, _within("tenant.id"), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("changed_at", TIME),
        sa.Column("access", TEXT, nullable=False),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("content", sa.LargeBinary),
    )
    op.create_index("ix_upload_tenant", "upload", ["tenant"])
    op.create_index("ix_upload_source_number", "upload", ["source", "number"], unique=True)
    op.create_index(
        "ix_upload_removed",
        "upload",
        ["source", "number"],
        sqlite_where=sa.text("content IS NULL"),
        postgresql_where=sa.text("content IS NULL"),
    )
    op.create_table(
        "lease",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    op.create_table(
        "work",
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("owner", TEXT),
        sa.Column("claimed_until", TIME),
    )
    op.create_index("ix_work_priority_due_at_key", "work", ["priority", "due_at", "key"])
    op.create_index("ix_work_tenant", "work", ["tenant"])


def _crawls() -> None:
    op.create_table(
        "crawl",
        sa.Column("source", TEXT, _within("source.id"), primary_key=True),
        sa.Column("tenant", TEXT, _within("tenant.id"), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("added", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_crawl_tenant", "crawl", ["tenant"])
    op.create_table(
        "frontier",
        sa.Column("source", TEXT, _within("source.id"), primary_key=True),
        sa.Column("url", TEXT, primary_key=True),
        sa.Column("tenant", TEXT, _within("tenant.id"), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("depth", sa.Integer, nullable=False),
        sa.Column("linked", sa.Boolean, nullable=False),
        sa.Column("step", sa.Integer),
        sa.Column("ref", TEXT, nullable=False),
        sa.Column("missing_since", TIME),
        sa.Column("links", sa.LargeBinary),
    )
    op.create_index("ix_frontier_tenant", "frontier", ["tenant"])
    op.create_index(
        "ix_frontier_waiting",
        "frontier",
        ["source", "number", "turn", "place"],
        sqlite_where=sa.text("step IS NULL"),
        postgresql_where=sa.text("step IS NULL"),
    )


def _documents() -> None:
    op.create_table(
        "document",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("tenant", TEXT, _within("tenant.id"), nullable=False),
        sa.Column("source", TEXT, _within("source.id"), nullable=False),
        sa.Column("parent", TEXT),
        sa.Column("ref", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("failed_version", TEXT, nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("retry_at", TIME),
        sa.Column("revisions", sa.Integer, nullable=False),
        sa.Column("last_seen_run", TEXT),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("synced_at", TIME, nullable=False),
        sa.Column("verified_at", TIME),
        sa.Column("changed_at", TIME),
        sa.Column("review_by", TIME),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("access", TEXT, nullable=False),
        sa.Column("tags", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("validators", sa.JSON, nullable=False),
    )
    op.create_index("ix_document_parent", "document", ["parent"])
    op.create_index("ix_document_tenant_source_ref", "document", ["tenant", "source", "ref"])
    op.create_index("ix_document_tenant_id", "document", ["tenant", "id"])
    op.create_index(
        "uq_document_live_ref",
        "document",
        ["source", "ref"],
        unique=True,
        sqlite_where=sa.text("state <> 'deleted'"),
        postgresql_where=sa.text("state <> 'deleted'"),
    )
    op.create_index(
        "ix_document_deleted",
        "document",
        ["synced_at"],
        sqlite_where=sa.text("state = 'deleted'"),
        postgresql_where=sa.text("state = 'deleted'"),
    )


def _texts() -> None:
    op.create_table(
        "revision",
        sa.Column("id", ROW, primary_key=True),
        sa.Column("document", TEXT, _within("document.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("born_seq", sa.BigInteger, nullable=False),
        sa.Column("retired_seq", sa.BigInteger),
        sa.Column("born_at", TIME, nullable=False),
        sa.Column("retired_at", TIME),
        sa.Column("text_hash", TEXT, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("blocks", sa.LargeBinary, nullable=False),
        sa.Column("text", TEXT, nullable=False),
    )
    op.create_index("ix_revision_document_number", "revision", ["document", "number"], unique=True)
    op.create_index("ix_revision_retired_at", "revision", ["retired_at"])
    op.create_index(
        "uq_revision_live",
        "revision",
        ["document"],
        unique=True,
        sqlite_where=sa.text("retired_seq IS NULL"),
        postgresql_where=sa.text("retired_seq IS NULL"),
    )
    op.create_table(
        "passage",
        sa.Column("point_id", sa.Uuid, primary_key=True),
        sa.Column("tenant", TEXT, _within("tenant.id"), nullable=False),
        sa.Column("document", TEXT, _within("document.id"), nullable=False),
        sa.Column("embedded_hash", TEXT, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("context", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("vector", sa.LargeBinary),
    )
    op.create_index("ix_passage_document", "passage", ["document"])
    op.create_index("ix_passage_tenant_embedded_hash", "passage", ["tenant", "embedded_hash"])


def _places() -> None:
    op.create_table(
        "placement",
        sa.Column(
            "revision", sa.BigInteger, _within("revision.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("ordinal", sa.Integer, primary_key=True),
        sa.Column(
            "point_id",
            sa.Uuid,
            sa.ForeignKey("passage.point_id", deferrable=True, initially="DEFERRED"),
            nullable=False,
        ),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("seconds", sa.Float),
        sa.Column("heading_path", TEXT, nullable=False),
        sa.Column("anchor", TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_placement_point_id", "placement", ["point_id"])
    op.create_table(
        "lingering",
        sa.Column("point_id", sa.Uuid, primary_key=True),
        sa.Column("tenant", TEXT, _within("tenant.id"), nullable=False),
        sa.Column("source", TEXT, _within("source.id"), nullable=False),
        sa.Column("retired_at", TIME, nullable=False),
    )
    op.create_index("ix_lingering_source_retired_at", "lingering", ["source", "retired_at"])
    op.create_index("ix_lingering_tenant", "lingering", ["tenant"])


def _questions() -> None:
    op.create_table(
        "query",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("found", TEXT, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index("ix_query_at", "query", ["at"])
    op.create_index("ix_query_tenant", "query", ["tenant"])
    op.create_table(
        "outcome",
        sa.Column("id", ROW, primary_key=True),
        sa.Column("query", TEXT, _within("query.id"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index("ix_outcome_query", "outcome", ["query"])
