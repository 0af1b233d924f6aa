"""What stands in shared prefixes is the same for every process."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.model import TenantId
from ingest.errors import LedgerConflict
from ingest.model import DocumentId
from ingest.prefixes import PrefixEntry, PrefixLedger, StoredPrefix
from tests.builders import ACME, GLOBEX, NOON
from tests.contracts.ledgers import desk_at, furnished
from tests.prefixes import FakePrefixes

ENTRIES = (
    PrefixEntry(1, 1, DocumentId("a"), 3, "Größe | https://a", date(2026, 1, 2), 120, "9f", None),
    PrefixEntry(1, 2, DocumentId("b"), 1, "b.md", None, 80, "3c", None),
    PrefixEntry(2, 3, DocumentId("a"), 4, "Größe | https://a", date(2026, 2, 2), 130, "7d", 1),
)


def stored(version: int, key: str = "all", tenant: TenantId = ACME) -> StoredPrefix:
    return StoredPrefix(tenant, key, version, 10 + version, NOON, ENTRIES)


@pytest.fixture(params=["fake", "sql"])
async def prefixes(
    request: pytest.FixtureRequest, ledger_file: Path
) -> AsyncIterator[PrefixLedger]:
    if request.param == "fake":
        yield FakePrefixes()
        return
    async with desk_at(ledger_file) as desk:
        await furnished(desk.ledger, desk.clock, GLOBEX, source="other")  # type: ignore[arg-type]
        yield desk.ledger.prefixes


async def test_what_is_saved_is_read_to_the_last_field(prefixes: PrefixLedger) -> None:
    await prefixes.save_prefix(stored(1))
    assert await prefixes.prefix(ACME, "all") == stored(1)
    grown = replace(stored(2), entries=(*ENTRIES, replace(ENTRIES[1], number=4, replaces=2)))
    await prefixes.save_prefix(grown)
    assert await prefixes.prefix(ACME, "all") == grown


async def test_keys_and_tenants_are_apart(prefixes: PrefixLedger) -> None:
    await prefixes.save_prefix(stored(1))
    assert await prefixes.prefix(ACME, "part") is None
    assert await prefixes.prefix(GLOBEX, "all") is None
    await prefixes.save_prefix(stored(1, "part"))
    await prefixes.save_prefix(stored(1, tenant=GLOBEX))
    await prefixes.save_prefix(stored(2, "part"))
    assert await prefixes.prefix(ACME, "all") == stored(1)


async def test_of_two_who_save_at_once_one_wins(prefixes: PrefixLedger) -> None:
    for version in (1, 2):
        rivals = [replace(stored(version), sequence=at) for at in range(4)]
        ends = await asyncio.gather(
            *(prefixes.save_prefix(one) for one in rivals), return_exceptions=True
        )
        refused = [end for end in ends if end is not None]
        assert len(refused) == 3
        assert all(isinstance(one, LedgerConflict) for one in refused)
        assert await prefixes.prefix(ACME, "all") == rivals[ends.index(None)]


async def test_a_version_cannot_be_left_out(prefixes: PrefixLedger) -> None:
    for version in (2, 3):
        with pytest.raises(LedgerConflict):
            await prefixes.save_prefix(stored(version))
    assert await prefixes.prefix(ACME, "all") is None


async def test_prefixes_go_with_their_tenant_and_with_time(ledger_file: Path) -> None:
    async with desk_at(ledger_file) as desk:
        prefixes = desk.ledger.prefixes
        with pytest.raises(LedgerConflict):
            await prefixes.save_prefix(stored(1, tenant=GLOBEX))
        await prefixes.save_prefix(stored(1, "old"))
        later = NOON + timedelta(days=31)
        await prefixes.save_prefix(replace(stored(1), saved_at=later))
        assert await prefixes.prefix(ACME, "old") is None
        await desk.ledger.tenants.erase_tenant(ACME)
        assert await prefixes.prefix(ACME, "all") is None
