"""A world for each test; the empty ledger is made once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from ingest.adapters.ledger import migrate
from tests.http.world import World, open_world


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "ledger.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
async def world(tmp_path: Path, empty_ledger: Path) -> AsyncIterator[World]:
    # Where nothing is configured, structlog draws every local variable of a traceback.
    with structlog.testing.capture_logs():
        async with open_world(tmp_path, empty_ledger) as opened:
            yield opened
