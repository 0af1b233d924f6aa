"""Credentials in envelopes, and what outsiders may do once."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "credential",
        sa.Column("source", sa.Text, _within("source.id"), primary_key=True),
        sa.Column("tenant", sa.Text, _within("tenant.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_credential_tenant", "credential", ["tenant"])
    op.create_table(
        "invitation",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, _within("tenant.id"), nullable=False),
        sa.Column("source", sa.Text, _within("source.id"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_invitation_source", "invitation", ["source"])
    op.create_index("ix_invitation_tenant", "invitation", ["tenant"])


def _within(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, ondelete="CASCADE")
