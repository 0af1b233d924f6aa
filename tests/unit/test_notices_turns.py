"""One hook's trouble is not another's, and no deed is passed over."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from ingest.freshness.model import Deed
from ingest.notices.model import Posted
from ingest.notices.send import Notices, owner_of
from tests.builders import ACME
from tests.postbox import Postbox
from tests.unit.test_notices import VAULT, Place, place

__all__ = ["place"]


class Hanging(Postbox):
    """Answers one address only once the other one was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, private: bool
    ) -> Posted:
        if "hangs" in url:
            await self.told.wait()
        answer = await super().post(url, headers, body, private=private)
        self.told.set()
        return answer


async def test_a_hook_that_hangs_holds_up_no_other(place: Place) -> None:
    hook = await place.hook()
    for name in ("h0", "h2"):
        twin = replace(hook, id=name, url="https://hangs.example/" if name == "h0" else hook.url)
        sealed = VAULT.seal(place.secret.encode(), *owner_of(twin))
        await place.ledger.hooks.add_hook(replace(twin, envelope=sealed))
    box = Hanging()
    await place.do("flag.raise")
    notices = Notices(place.ledger.hooks, place.ledger.flags, box, VAULT, place.now)
    async with asyncio.timeout(5):
        await notices.ring()
    assert len(box.got) == 3


async def test_what_was_done_just_now_waits_and_nothing_overtakes_it(place: Place) -> None:
    now = place.now()
    for at in (now, now.replace(year=2025)):
        await place.ledger.audit.note([Deed(ACME, at, "", f"flag.{at.year}", "f1", {})])
    await place.notices.ring()
    assert place.told() == []
    place.now.pass_(seconds=10)
    await place.notices.ring()
    assert place.told() == [f"flag.{now.year}", "flag.2025"]


async def test_a_clock_that_ran_ahead_keeps_nothing_back(place: Place) -> None:
    ahead = place.now().replace(year=2999)
    await place.ledger.audit.note([Deed(ACME, ahead, "", "flag.raise", "f1", {})])
    await place.notices.ring()
    assert place.told() == ["flag.raise"]
