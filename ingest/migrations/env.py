"""Run by Alembic: use the connection that `migrate` gives, whose transaction is its own."""

from alembic import context

from ingest.adapters.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
