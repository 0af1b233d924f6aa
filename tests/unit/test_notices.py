"""Programs elsewhere are told of every deed they ask for, in order, until they take it."""

import hmac
import json
import os
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.model import TenantId
from ingest.adapters.ledger import SqlLedger, open_ledger
from ingest.freshness.model import Deed
from ingest.notices.model import Hook
from ingest.notices.send import Notices, owner_of
from ingest.notices.signing import new_secret
from ingest.vault import Vault
from tests.blank import lay_ledger
from tests.builders import ACME, GLOBEX, NOON, Ticking, tenant
from tests.postbox import Postbox

VAULT = Vault((b"k" * 32,), os.urandom)


@dataclass
class Place:
    ledger: SqlLedger
    box: Postbox
    now: Ticking
    notices: Notices
    secret: str

    async def do(self, *actions: str, of: TenantId = ACME) -> None:
        await self.ledger.audit.note(
            [Deed(of, self.now(), "k1", action, "d1", {"note": action}) for action in actions]
        )
        self.now.pass_(seconds=10)

    async def hook(self) -> Hook:
        (found,) = await self.ledger.hooks.hooks(ACME)
        return found

    def told(self) -> list[str]:
        return [json.loads(body)["type"] for _, _, body in self.box.got]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    url, now, box = await lay_ledger(tmp_path / "ledger.db"), Ticking(), Postbox()
    async with open_ledger(url, clock=now) as ledger:
        for one in (ACME, GLOBEX):
            await ledger.tenants.create_tenant(tenant(one))
        secret, told = new_secret(os.urandom), await ledger.hooks.latest_deed(ACME)
        events = frozenset({"flag", "sync"})
        hook = Hook("h1", ACME, "https://x.example/", events, NOON, "k1", False, b"", told)
        sealed = VAULT.seal(secret.encode(), *owner_of(hook))
        columns = {name: getattr(hook, name) for name in Hook.__dataclass_fields__}
        await ledger.hooks.add_hook(Hook(**{**columns, "envelope": sealed}))
        notices = Notices(ledger.hooks, ledger.flags, box, VAULT, now)
        yield Place(ledger, box, now, notices, secret)


async def test_what_was_asked_for_is_told_in_order_and_once(place: Place) -> None:
    await place.do("flag.raise", "document.verify", "sync.failed")
    await place.do("flag.close", of=GLOBEX)
    await place.notices.ring()
    await place.notices.ring()
    assert place.told() == ["flag.raise", "sync.failed"]


async def test_a_notice_is_signed_so_that_its_receiver_can_check_it(place: Place) -> None:
    await place.do("flag.raise")
    await place.notices.ring()
    ((_, headers, body),) = place.box.got
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = b64decode(place.secret.removeprefix("whsec_"))
    expected = b64encode(hmac.new(key, said, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


async def test_what_was_not_taken_is_told_again_before_anything_else(place: Place) -> None:
    place.box.answers = [500, None]
    await place.do("flag.raise", "flag.close")
    for _ in range(3):
        await place.notices.ring()
        place.now.pass_(hours=1)
    assert place.told() == ["flag.raise", "flag.raise", "flag.close"]
    ids = [headers["webhook-id"] for _, headers, _ in place.box.got]
    assert ids[0] == ids[1] != ids[2]
    assert (await place.hook()).trouble == ""


async def test_between_two_tries_it_is_left_alone(place: Place) -> None:
    place.box.answers = [503]
    await place.do("flag.raise")
    await place.notices.ring()
    await place.notices.ring()
    assert len(place.box.got) == 1
    assert (await place.hook()).trouble == "it answered 503"


@pytest.mark.parametrize(("status", "rings"), [(410, 1), (500, 60)])
async def test_who_is_gone_or_fails_for_days_is_paused(
    place: Place, status: int, rings: int
) -> None:
    place.box.answers = [status] * 99
    await place.do("flag.raise")
    for _ in range(rings):
        await place.notices.ring()
        place.now.pass_(hours=2)
    assert (await place.hook()).paused
    count = len(place.box.got)
    await place.notices.ring()
    assert len(place.box.got) == count
