import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile

import pytest

from ingest.adapters.ledger import migrate
from tests.contracts.ledgers import Desk, desk_at, url_of


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate once; a test takes a copy."""
    file = tmp_path_factory.mktemp("ledger") / "ledger.db"
    asyncio.run(migrate(url_of(file)))
    return file


@pytest.fixture
def ledger_file(empty_ledger: Path, tmp_path: Path) -> Path:
    return Path(copyfile(empty_ledger, tmp_path / "ledger.db"))


@pytest.fixture
async def desk(ledger_file: Path) -> AsyncIterator[Desk]:
    async with desk_at(ledger_file) as opened:
        yield opened
