"""Which schema this program knows, and how a ledger gets it."""

from pathlib import Path

from sqlalchemy import inspect, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from ingest.adapters.ledger.engine import Database, connect
from ingest.errors import SchemaMismatch

REVISIONS = ("0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""All revisions of the schema, oldest first; the last is the one this program needs."""


async def migrate(url: str) -> None:
    """Bring the ledger to this program's schema; create it where there is none.

    Safe to run twice, and by two at once. Raises SchemaMismatch when the ledger is newer,
    or of before the first release.
    """
    database = connect(url)
    try:
        async with database.writing() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await database.close()


async def check_schema(database: Database, url: str) -> None:
    """Raise SchemaMismatch unless the ledger has exactly the schema this program needs."""
    _look_for_file(url)
    async with database.reading() as connection:
        found = await _version(connection)
    if found not in REVISIONS and found is not None:
        raise _unknown(found)
    if found != REVISIONS[-1]:
        raise SchemaMismatch(
            f"the ledger has schema {found or 'none'}, this program needs {REVISIONS[-1]}; "
            "run `punnet migrate`"
        )


def _look_for_file(url: str) -> None:
    # Connecting would leave an empty file behind.
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        raise SchemaMismatch(f"there is no ledger at {parsed.database}; run `punnet migrate`")


async def _version(connection: AsyncConnection) -> str | None:
    return await connection.run_sync(_stored_version)


def _stored_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _unknown(found: str) -> SchemaMismatch:
    if found < REVISIONS[0]:
        return SchemaMismatch(
            f"the ledger has schema {found}, of before the first release, which is not migrated; "
            "begin with a new home or database and add the sources again"
        )
    return SchemaMismatch(
        f"the ledger has schema {found}, which is newer than this program (it knows "
        f"{REVISIONS[-1]}); install the newer punnet, whose `punnet migrate` wrote it"
    )


def _upgrade(connection: Connection) -> None:
    found = _stored_version(connection)
    if found is not None and found not in REVISIONS:
        raise _unknown(found)
    # Here, since a process that only serves shall not wait for it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    scripts = Path(__file__).parents[2] / "migrations"
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
