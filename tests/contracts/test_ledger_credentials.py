"""What is sealed is kept whole, apart by tenant, and goes with its source."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.model import SourceId
from ingest.envelopes import CredentialLedger, Invitation, Sealed
from ingest.errors import LedgerConflict
from tests.builders import ACME, GLOBEX, NOON, SHOP
from tests.contracts.ledgers import Desk, desk_at, furnished

LAB = SourceId("lab")
FIRST = Sealed(ACME, SHOP, 1, frozenset({"token"}), NOON, b"\x00sealed\xff")
SECOND = replace(FIRST, version=2, names=frozenset({"token", "other"}), envelope=b"more")
INVITED = Invitation("oauth:digest", ACME, SHOP, NOON + timedelta(minutes=10), b"verifier")


@pytest.fixture
async def both(ledger_file: Path) -> AsyncIterator[Desk]:
    """Acme with its shop, and Globex with its lab."""
    async with desk_at(ledger_file) as desk:
        await furnished(desk.ledger, desk.clock, GLOBEX, LAB)
        yield desk


@pytest.fixture
def ledger(both: Desk) -> CredentialLedger:
    return both.ledger.credentials


async def test_what_was_saved_comes_back_as_it_was(ledger: CredentialLedger) -> None:
    assert await ledger.credentials(ACME, SHOP) is None
    await ledger.save_credentials(FIRST)
    assert await ledger.credentials(ACME, SHOP) == FIRST
    await ledger.save_credentials(SECOND)
    assert await ledger.credentials(ACME, SHOP) == SECOND
    assert await ledger.all_credentials() == [SECOND]


@pytest.mark.parametrize("version", [1, 2, 4])
async def test_only_the_next_version_replaces_one(ledger: CredentialLedger, version: int) -> None:
    await ledger.save_credentials(FIRST)
    await ledger.save_credentials(SECOND)
    with pytest.raises(LedgerConflict):
        await ledger.save_credentials(replace(FIRST, version=version))
    assert await ledger.credentials(ACME, SHOP) == SECOND


async def test_a_later_version_needs_one_before_it(ledger: CredentialLedger) -> None:
    with pytest.raises(LedgerConflict):
        await ledger.save_credentials(SECOND)


async def test_nothing_is_kept_for_a_source_of_somebody_else(ledger: CredentialLedger) -> None:
    for tenant, source in ((GLOBEX, SHOP), (ACME, LAB), (ACME, SourceId("none"))):
        with pytest.raises(LedgerConflict):
            await ledger.save_credentials(replace(FIRST, tenant=tenant, source=source))
        with pytest.raises(LedgerConflict):
            await ledger.invite(replace(INVITED, tenant=tenant, source=source))
    assert await ledger.all_credentials() == []


async def test_tenants_are_apart(ledger: CredentialLedger) -> None:
    await ledger.save_credentials(FIRST)
    assert await ledger.credentials(GLOBEX, SHOP) is None
    assert await ledger.credential_names(GLOBEX) == {}
    assert not await ledger.remove_credentials(GLOBEX, SHOP)
    assert await ledger.credential_names(ACME) == {SHOP: frozenset({"token"})}
    assert (await ledger.tenant_of(SHOP), await ledger.tenant_of(LAB)) == (ACME, GLOBEX)
    assert await ledger.tenant_of(SourceId("none")) is None


async def test_what_is_removed_is_gone(ledger: CredentialLedger) -> None:
    await ledger.save_credentials(FIRST)
    assert await ledger.remove_credentials(ACME, SHOP)
    assert not await ledger.remove_credentials(ACME, SHOP)
    assert await ledger.credentials(ACME, SHOP) is None
    await ledger.save_credentials(FIRST)


async def test_all_goes_with_the_source_and_with_the_tenant(both: Desk) -> None:
    ledger = both.ledger.credentials
    for sealed in (FIRST, replace(FIRST, tenant=GLOBEX, source=LAB)):
        await ledger.save_credentials(sealed)
        key = f"oauth:{sealed.source}"
        await ledger.invite(replace(INVITED, key=key, tenant=sealed.tenant, source=sealed.source))
    await both.ledger.sources.remove_source(ACME, SHOP)
    assert await ledger.credentials(ACME, SHOP) is None
    assert await ledger.invitation("oauth:shop", NOON) is None
    assert await ledger.invitation("oauth:lab", NOON) is not None
    await both.ledger.tenants.erase_tenant(GLOBEX)
    assert await ledger.all_credentials() == []
    assert await ledger.invitation("oauth:lab", NOON) is None


async def test_an_invitation_is_taken_once(ledger: CredentialLedger) -> None:
    await ledger.invite(INVITED)
    assert await ledger.invitation(INVITED.key, NOON) == INVITED
    assert await ledger.take_invitation(INVITED.key, NOON) == INVITED
    assert await ledger.take_invitation(INVITED.key, NOON) is None
    assert await ledger.invitation(INVITED.key, NOON) is None


async def test_an_invitation_that_has_expired_is_none(ledger: CredentialLedger) -> None:
    await ledger.invite(INVITED)
    assert await ledger.invitation(INVITED.key, INVITED.expires_at) is None
    assert await ledger.take_invitation(INVITED.key, INVITED.expires_at) is None


async def test_a_new_invitation_takes_the_place_of_the_old(ledger: CredentialLedger) -> None:
    await ledger.invite(INVITED)
    later = replace(INVITED, expires_at=NOON + timedelta(minutes=20), envelope=b"")
    await ledger.invite(later)
    assert await ledger.invitation(INVITED.key, NOON) == later


async def test_old_invitations_are_forgotten(both: Desk) -> None:
    ledger = both.ledger.credentials
    await ledger.invite(replace(INVITED, key="old"))
    await ledger.invite(replace(INVITED, expires_at=NOON + timedelta(days=2)))
    assert await ledger.invitation("old", NOON) is None


async def test_who_has_no_invitation_makes_no_writer_wait(
    ledger_file: Path, ledger: CredentialLedger
) -> None:
    with closing(sqlite3.connect(ledger_file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(2):
            assert await ledger.take_invitation("oauth:guessed", NOON) is None
