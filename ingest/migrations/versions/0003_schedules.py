"""Schedules by cron, priorities, full runs and where a scan began."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add columns alone: what is there keeps its meaning."""
    for column in (
        sa.Column("cron", sa.Text, nullable=False, server_default=""),
        sa.Column("time_zone", sa.Text, nullable=False, server_default="UTC"),
        sa.Column("jitter_seconds", sa.Integer, nullable=False, server_default="0"),
        sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
        sa.Column("full_every_seconds", sa.Integer),
        sa.Column("full_at", TIME),
        sa.Column("anchor", sa.Text),
    ):
        op.add_column("source", column)
    op.add_column("sync_run", sa.Column("kind", sa.Text, nullable=False, server_default="changes"))
    op.add_column("sync_run", sa.Column("rests_until", TIME))
