"""What stands in shared prefixes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    tenant = sa.ForeignKey("tenant.id", ondelete="CASCADE")
    op.create_table(
        "prefix",
        sa.Column("tenant", sa.Text, tenant, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.LargeBinary, nullable=False),
    )
