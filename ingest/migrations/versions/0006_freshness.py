"""How pages age, what is wrong with them, how often they answer, and who did what."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TIME = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add columns and tables alone: what is there keeps its meaning."""
    for column in (
        sa.Column("owner", sa.Text, nullable=False, server_default=""),
        sa.Column("due_at", TIME),
        sa.Column("volatility", sa.Float),
        sa.Column("look_again_at", TIME),
        sa.Column("staleness", sa.Float, nullable=False, server_default="0"),
        sa.Column("stale", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("stale_reasons", sa.Text, nullable=False, server_default=""),
        sa.Column("disputed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("links", sa.LargeBinary),
    ):
        op.add_column("document", column)
    answered_by = sa.Column("answered_by", sa.Text, nullable=False, server_default="")
    op.add_column("query", answered_by)
    _flags()
    _counts()
    _rules()
    _audit()


def _flags() -> None:
    op.create_table(
        "flag",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, _within("tenant.id"), nullable=False),
        sa.Column("document", sa.Text, _within("document.id"), nullable=False),
        sa.Column("other", sa.Text, _within("document.id")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("impact", sa.Float, nullable=False),
        sa.Column("severity", sa.Float, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("raised_at", TIME, nullable=False),
        sa.Column("raised_by", sa.Text, nullable=False),
        sa.Column("assigned_to", sa.Text, nullable=False),
        sa.Column("snoozed_until", TIME),
        sa.Column("ended_at", TIME),
        sa.Column("ended_by", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("quotes", sa.JSON, nullable=False),
    )
    op.create_index("ix_flag_document", "flag", ["document"])
    op.create_index("ix_flag_other", "flag", ["other"])
    op.create_index("ix_flag_queue", "flag", ["tenant", "state", sa.text("impact DESC"), "id"])


def _counts() -> None:
    op.create_table(
        "usage",
        sa.Column("document", sa.Text, _within("document.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("tenant", sa.Text, _within("tenant.id"), nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("bad", sa.Integer, nullable=False),
        sa.Column("last_at", TIME),
    )
    op.create_index("ix_usage_day", "usage", ["day"])
    op.create_index("ix_usage_tenant_day", "usage", ["tenant", "day"])
    op.create_table(
        "edit",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("tenant", sa.Text, _within("tenant.id"), nullable=False),
        sa.Column("document", sa.Text, _within("document.id"), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_edit_document_at", "edit", ["document", "at"])
    op.create_index("ix_edit_tenant", "edit", ["tenant"])


def _rules() -> None:
    op.create_table(
        "review_rule",
        sa.Column("tenant", sa.Text, _within("tenant.id"), primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("every_days", sa.Integer),
        sa.Column("owner", sa.Text, nullable=False),
    )
    op.create_table(
        "inspection",
        sa.Column("tenant", sa.Text, _within("tenant.id"), primary_key=True),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("whole_at", TIME),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ROW_ID, primary_key=True),
        sa.Column("tenant", sa.Text, _within("tenant.id"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index("ix_audit_tenant_id", "audit", ["tenant", "id"])
    op.create_index("ix_audit_tenant_subject_id", "audit", ["tenant", "subject", "id"])


def _within(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, ondelete="CASCADE")
