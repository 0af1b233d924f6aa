"""What every new index promises: it is not searched before it was held against the ledger."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from ingest.errors import IndexUnaudited
from ingest.ports import AuditedIndex
from tests.contracts.test_vector_index import (
    ACME,
    DIMENSION,
    EVERYTHING,
    edge,
    local_client,
    numbers,
    point,
    probe,
)
from tests.fakes import MemoryIndex
from tests.index_process import IndexProcess

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


@asynccontextmanager
async def new_memory(_: Path) -> AsyncIterator[AuditedIndex]:
    yield MemoryIndex(audited=False)


@asynccontextmanager
async def new_edge(folder: Path) -> AsyncIterator[AuditedIndex]:
    process = IndexProcess(folder, DIMENSION)
    process.start()
    async with edge(process) as index:
        yield index
    process.kill()


@pytest.fixture(params=[new_memory, new_edge, local_client], ids=lambda make: make.__name__)
async def new_index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AuditedIndex]:
    async with request.param(tmp_path) as opened:
        yield opened


async def test_a_new_index_refuses_searches_and_does_all_else(new_index: AuditedIndex) -> None:
    await new_index.upsert(ACME, [point(1), point(2)])
    await new_index.delete(ACME, [UUID(int=2)])
    assert await new_index.present(ACME, [UUID(int=1), UUID(int=2)]) == {UUID(int=1)}
    assert not await new_index.is_audited()
    with pytest.raises(IndexUnaudited, match="rebuilt from the ledger"):
        await new_index.search(ACME, probe(), EVERYTHING, 9)


async def test_an_audited_index_answers(new_index: AuditedIndex) -> None:
    await new_index.upsert(ACME, [point(1)])
    await new_index.set_audited()
    assert await new_index.is_audited()
    assert numbers((await new_index.search(ACME, probe(), EVERYTHING, 9)).dense) == [1]
