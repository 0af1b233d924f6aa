"""Opening, migrating, and what happens when the disk or the schema is not right."""

import asyncio
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from ingest.adapters.ledger import migrate, open_ledger
from ingest.adapters.ledger.reading import CONTENTS, FOUND, KNOWLEDGE, SNAPSHOT
from ingest.adapters.ledger.tables import metadata
from ingest.errors import LedgerUnavailable, SchemaMismatch
from ingest.reading import LivePassage
from tests.builders import ACME, Ticking, tenant, write
from tests.contracts.ledgers import Desk, desk_at, url_of


async def refused(file: Path) -> str:
    with pytest.raises(SchemaMismatch) as refusal:
        async with open_ledger(url_of(file), clock=Ticking()):
            pass
    return str(refusal.value)


def schema_of(file: Path) -> set[tuple[str, ...]]:
    rows = sqlite3.connect(file).execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master")
    return {
        (kind, name, " ".join(sql.split())) for kind, name, sql in rows if "alembic" not in name
    }


async def test_a_missing_ledger_says_what_to_run_and_is_not_created(tmp_path: Path) -> None:
    assert "punnet migrate" in await refused(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


async def test_a_file_without_a_schema_says_what_to_run(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE other (x)")
    assert "punnet migrate" in await refused(tmp_path / "empty.db")


async def test_a_newer_ledger_is_neither_opened_nor_migrated(ledger_file: Path) -> None:
    with sqlite3.connect(ledger_file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer than this program" in await refused(ledger_file)
    with pytest.raises(SchemaMismatch, match="newer"):
        await migrate(url_of(ledger_file))


async def test_a_ledger_of_before_the_first_release_says_to_begin_anew(ledger_file: Path) -> None:
    with sqlite3.connect(ledger_file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert "before the first release" in await refused(ledger_file)
    with pytest.raises(SchemaMismatch, match="begin with a new home"):
        await migrate(url_of(ledger_file))


async def test_migrating_twice_keeps_everything(ledger_file: Path) -> None:
    async with desk_at(ledger_file) as desk:
        await desk.commit(write("page", "Hello."))
    await asyncio.gather(migrate(url_of(ledger_file)), migrate(url_of(ledger_file)))
    async with open_ledger(url_of(ledger_file), clock=Ticking()) as ledger:
        assert await ledger.tenants.tenant(ACME) == tenant()
        assert (await ledger.reading.snapshot(ACME)).sequence == 1


async def test_the_migrations_end_at_the_tables(ledger_file: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'tables.db'}")
    metadata.create_all(engine)
    engine.dispose()
    assert schema_of(ledger_file) == schema_of(tmp_path / "tables.db")


def test_tables_and_statements_are_good_for_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))
        assert all(str(CreateIndex(each).compile(dialect=dialect)) for each in table.indexes)
    for statement in (SNAPSHOT, FOUND, KNOWLEDGE, CONTENTS):
        assert "sqlite" not in str(statement.compile(dialect=dialect)).lower()


async def test_a_full_disk_changes_nothing_and_says_what_to_do(desk: Desk) -> None:
    await desk.commit(write("page", "Hello."))
    database = desk.ledger.documents.database

    async def limit(pages: str) -> None:
        async with database.writing() as connection:
            await connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    await limit("1")  # SQLite takes it for the pages that there are.
    with pytest.raises(LedgerUnavailable, match="free space"):
        await desk.commit(write("page", "New."), write("large", "x" * 500_000))
    assert (await desk.texts(), await desk.sequence()) == ({"page": "Hello."}, 1)
    assert await desk.lingering() == 0
    await limit("1000000")
    await desk.commit(write("page", "New."))
    assert await desk.texts() == {"page": "New."}


async def test_a_lock_that_does_not_end_changes_nothing(desk: Desk, ledger_file: Path) -> None:
    await desk.commit(write("page", "Hello."))
    other = sqlite3.connect(ledger_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailable, match="another process"):
        await desk.commit(write("page", "New."))
    assert await desk.texts() == {"page": "Hello."}
    other.execute("ROLLBACK")
    assert await desk.commit(write("page", "New.")) == 2


async def test_writers_of_one_process_queue(desk: Desk) -> None:
    sequences = await asyncio.gather(
        *(desk.commit(write(f"page-{n}", f"Text {n}.")) for n in range(12))
    )
    assert sorted(sequences) == list(range(1, 13))
    assert len(await desk.texts()) == 12


async def test_a_caller_that_goes_away_harms_nobody(desk: Desk) -> None:
    await desk.commit(write("page", "Text 0."))
    for steps in range(40):
        leaving = [
            asyncio.create_task(desk.commit(write("page", f"Text {steps}.", "More."))),
            *(asyncio.create_task(desk.texts()) for _ in range(6)),
        ]
        for _ in range(steps):
            await asyncio.sleep(0.0005)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        sequence = await desk.sequence()
        numbers = await desk.ledger.reading.list_revisions(ACME, (await page_of(desk)).document)
        assert len(numbers) == sequence
    assert await desk.commit(write("page", "Last.")) == sequence + 1
    assert await desk.texts() == {"page": "Last."}


async def page_of(desk: Desk) -> LivePassage:
    return (await desk.passages("page"))[0]


async def test_a_ledger_may_do_without_vectors(ledger_file: Path) -> None:
    async with desk_at(ledger_file) as desk:
        pass
    url = url_of(ledger_file)
    async with open_ledger(url, clock=desk.clock, keep_vectors=False) as ledger:
        slim = Desk(ledger, desk.clock, desk.lease)
        written = write("page", "Hello.")
        await slim.commit(written)
        assert written.revision is not None
        (passage,) = written.revision.passages
        assert await ledger.documents.vectors(ACME, [passage.embedded_hash]) == {}
        assert await ledger.points.passages(ACME, [passage.id]) == {
            passage.id: replace(passage, vector=None)
        }


async def test_what_was_committed_survives_a_killed_process(ledger_file: Path) -> None:
    program = f"""
import asyncio, os, signal
from dataclasses import replace
from pathlib import Path
from tests.builders import write
from tests.contracts.ledgers import desk_at

async def main():
    async with desk_at(Path({str(ledger_file)!r})) as desk:
        await desk.commit(write("page", "Hello."))
        async with desk.ledger.documents.database.writing() as connection:
            await connection.exec_driver_sql("DELETE FROM document")
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
    killed = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], check=False)
    assert killed.returncode == -9
    async with open_ledger(url_of(ledger_file), clock=Ticking()) as ledger:
        lease = await ledger.leases.take("source:shop", "worker", 60)
        assert lease is not None
        assert await Desk(ledger, Ticking(), lease).texts() == {"page": "Hello."}


def test_opening_needs_no_alembic() -> None:
    program = "import sys, ingest.adapters.ledger; sys.exit('alembic' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
