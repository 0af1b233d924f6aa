"""What questions are about, and how they fared."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables."""
    _topics()
    _questions()


def _topics() -> None:
    time = sa.DateTime(timezone=True)
    op.create_table(
        "topic",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, _within("tenant.id"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("length", sa.Float, nullable=False),
        sa.Column("weight", sa.Integer, nullable=False),
        sa.Column("first_at", time, nullable=False),
        sa.Column("last_at", time, nullable=False),
        sa.Column("trouble_at", time),
        sa.Column("troubles", sa.Integer, nullable=False),
        sa.Column("troubles_at_end", sa.Integer, nullable=False),
        sa.Column("ended_at", time),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("checked", sa.BigInteger, nullable=False),
        sa.Column("nearest", sa.Text),
        sa.Column("nearness", sa.Float, nullable=False),
        sa.Column("named_after", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_topic_tenant", "topic", ["tenant"])
    op.create_index("ix_topic_named_after", "topic", ["named_after"])


def _questions() -> None:
    op.create_table(
        "asked",
        sa.Column("query", sa.Text, _within("query.id"), primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("bad", sa.Boolean, nullable=False),
    )
    op.create_index("ix_asked_topic_at", "asked", ["topic", "at"])
    op.create_index("ix_asked_tenant_topic", "asked", ["tenant", "topic"])
    op.create_table(
        "topic_week",
        sa.Column("topic", sa.Text, _within("topic.id"), primary_key=True),
        sa.Column("start", sa.Date, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("weak", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("bad", sa.Integer, nullable=False),
    )
    op.create_index("ix_topic_week_tenant_start", "topic_week", ["tenant", "start"])


def _within(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, ondelete="CASCADE")
