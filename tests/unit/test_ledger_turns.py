"""Writers of one ledger wait for each other, whoever of them is cancelled."""

import asyncio
from pathlib import Path

from sqlalchemy import text

from ingest.adapters.ledger.engine import Database, connect
from tests.blank import lay_ledger


async def _write(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(text("UPDATE lease SET owner = 'me'"))


async def test_a_writer_that_is_cancelled_leaves_its_turn_to_the_next(tmp_path: Path) -> None:
    url = await lay_ledger(tmp_path / "ledger.db")
    for steps in range(40):
        database = connect(url)  # each time anew: the first one opens the connection
        writers = [asyncio.create_task(_write(database)) for _ in range(3)]
        for _ in range(steps):
            await asyncio.sleep(0)
        writers[0].cancel()
        async with asyncio.timeout(20):
            await asyncio.gather(*writers, return_exceptions=True)
        assert [one.exception() for one in writers[1:]] == [None, None]
        await database.close()
