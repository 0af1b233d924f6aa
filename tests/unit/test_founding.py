"""What a new home is given, once, and again where it was lost."""

import os
from pathlib import Path

import pytest

from api.founding import DEFAULT_TENANT, Founder
from api.home import Home
from api.security import digest_key, keep_secret
from ingest.adapters.ledger import migrate, open_ledger
from tests.life import Now

PEPPER = b"pepper"


async def found(home: Home, ledger: str) -> None:
    url = f"sqlite+aiosqlite:///{home.path / ledger}"
    await migrate(url)
    async with open_ledger(url, clock=Now()) as opened:
        ids = iter("abc")
        founder = Founder(
            opened.tenants, opened.sources, PEPPER, Now(), lambda: next(ids), os.urandom
        )
        await founder.found(home)
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
    await found(home, "ledger.db")


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
