"""What looks like a page's end, or its move, and costs no page."""

from collections.abc import AsyncIterator

import pytest

from tests.crawling import BOOTS, STOVES, TENTS, Keeper
from tests.hostile_server import page
from tests.site import Site, html, website

NOINDEX = '<meta name="robots" content="noindex">'


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with website({"/boots": BOOTS, "/tents": TENTS, "/stoves": STOVES}) as served:
        yield served


@pytest.fixture
def keeper(site: Site) -> Keeper:
    return Keeper(site)


def refresh(target: str) -> str:
    return html("Wait", "", head=f'<meta http-equiv="refresh" content="0; url={target}">')


async def test_a_date_beyond_all_time_stops_no_crawl(site: Site, keeper: Keeper) -> None:
    never = {"last-modified": "1 Jan 99999999999999999999 00:00:00", "content-type": "text/html"}
    site.put("/boots", page(BOOTS, headers=never))
    later = {"retry-after": "1 Jan 99999999999999999999 00:00:00"}
    site.put("/tents", page(b"", 503, headers=later))
    found = await keeper.sync()
    assert {"/boots", "/stoves"} <= set(found.entries)
    assert set(found.failures) == {"/tents"}
