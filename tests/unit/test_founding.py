"""What a new home is given, once, and again where it was lost."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from api.bootstrap import pepper_of
from api.first_start import prepare, reset_keys
from api.founding import DEFAULT_TENANT, Founder, opens
from api.home import Home
from api.security import digest_key, keep_secret
from api.settings import load_settings
from connectors.errors import SettingsInvalid
from ingest.adapters.ledger import open_ledger
from ingest.records import Tenant
from tests.blank import lay_ledger
from tests.life import ACME, Now

PEPPER = b"pepper"


@asynccontextmanager
async def founder_of(home: Home, ledger: str, pepper: bytes = PEPPER) -> AsyncIterator[Founder]:
    url = await lay_ledger(home.path / ledger)
    async with open_ledger(url, clock=Now()) as opened:
        ids = (uuid4().hex for _ in range(9))
        yield Founder(opened.tenants, opened.sources, pepper, Now(), lambda: next(ids), os.urandom)


async def found(home: Home, ledger: str) -> None:
    async with founder_of(home, ledger) as opened:
        await opened.found(home)
        digest = digest_key(home.admin_key.read_text().strip(), PEPPER)
        keys = await opened.tenants.list_keys(DEFAULT_TENANT)
        assert digest in {key.digest for key in keys}


async def test_a_home_is_founded_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    await found(home, "ledger.db")
    before = home.admin_key.read_text()
    await found(home, "ledger.db")
    assert home.admin_key.read_text() == before


async def test_a_new_ledger_in_an_old_home_has_a_key_that_opens_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    await found(home, "lost.db")
    before = home.admin_key.read_text()
    await found(home, "ledger.db")
    assert (home.path / "admin.key.old").read_text() == before


async def test_with_another_pepper_nothing_is_overwritten(tmp_path: Path) -> None:
    home = Home(tmp_path)
    await found(home, "ledger.db")
    before = home.admin_key.read_text()
    async with founder_of(home, "ledger.db", b"another") as founder:
        with pytest.raises(SettingsInvalid, match="punnet key reset"):
            await founder.found(home)
    assert home.admin_key.read_text() == before


async def test_a_home_whose_pepper_is_gone_is_not_given_another(
    tmp_path: Path, default_model: Path
) -> None:
    home = Home(tmp_path)
    settings = load_settings(tmp_path).model_copy(update={"models_dir": default_model.parent})
    await prepare(settings, None, lambda _: None)
    key = home.admin_key.read_text()
    home.pepper.unlink()
    with pytest.raises(SettingsInvalid, match="punnet key reset"):
        await prepare(settings, None, lambda _: None)
    with pytest.raises(SettingsInvalid, match="pepper is gone"):
        pepper_of(settings)
    assert (home.admin_key.read_text(), home.pepper.exists()) == (key, False)


async def test_a_reset_ends_every_key_and_makes_one_for_each_tenant(tmp_path: Path) -> None:
    home = Home(tmp_path)
    async with founder_of(home, "ledger.db", b"lost") as founder:
        await founder.found(home)
        await founder.tenants.create_tenant(
            Tenant(ACME, "Acme", operator=False, created_at=Now()())
        )
    made = await reset_keys(load_settings(tmp_path))
    pepper = home.pepper.read_bytes()
    async with founder_of(home, "ledger.db", pepper) as founder:
        assert await opens(founder.tenants, home, pepper)
        before, after = await founder.tenants.list_keys(DEFAULT_TENANT)
        (key,) = await founder.tenants.list_keys(ACME)
    assert (before.revoked_at is None, after.revoked_at) == (False, None)
    assert key.digest == digest_key(made[ACME], pepper)


def test_a_pepper_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail(_: int) -> bytes:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        keep_secret(tmp_path / "pepper", fail)
    assert list(tmp_path.iterdir()) == []
    pepper = keep_secret(tmp_path / "pepper", os.urandom)
    assert keep_secret(tmp_path / "pepper", os.urandom) == pepper
    assert len(pepper) == 32
    assert (tmp_path / "pepper").stat().st_mode & 0o777 == 0o600
