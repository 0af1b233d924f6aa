"""What looks like a page's end, or its move, and costs no page."""

from collections.abc import AsyncIterator

import pytest

from connectors.model import Cursor
from connectors.tally import read_cursor
from tests.builders import ACME, SHOP
from tests.crawling import BOOTS, STOVES, TENTS, Keeper
from tests.hostile_server import RESET, Answer, Asked, page, redirect
from tests.site import Site, html, listing, website

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


async def test_an_error_page_that_asks_not_to_be_indexed_takes_no_page(
    site: Site, keeper: Keeper
) -> None:
    def nothing(asked: Asked) -> Answer:
        return page(html("Our shop", "We sell a lot, but nothing by this name.", head=NOINDEX))

    await keeper.sync()
    site.missing = nothing
    site.put("/", listing(["/boots", "/tents"]))
    site.remove("/stoves")
    found = await keeper.sync()
    assert (set(found.failures), found.gone) == ({"/stoves"}, set())


async def test_a_page_that_sends_its_readers_to_log_in_stays(site: Site, keeper: Keeper) -> None:
    await keeper.sync()
    site.put("/login", html("Log in", "Your name and your password, please."))
    site.put("/stoves", refresh("/login"))
    found = await keeper.sync()
    assert (found.gone, set(found.failures)) == (set(), {"/stoves"})


async def test_a_page_that_sends_its_readers_to_another_site_for_now_stays(
    site: Site, keeper: Keeper
) -> None:
    await keeper.sync()
    site.put("/stoves", refresh("https://elsewhere.example/check"))
    found = await keeper.sync()
    assert (found.gone, set(found.failures)) == (set(), {"/stoves"})


async def test_a_page_that_sends_its_readers_to_its_new_place_is_there(
    site: Site, keeper: Keeper
) -> None:
    await keeper.sync()
    site.put("/cookers", STOVES)
    site.put("/stoves", refresh("/cookers"))
    found = await keeper.sync()
    assert "/cookers" in found.entries
    assert found.gone == {"/stoves"}


@pytest.mark.parametrize("target", ["/login", "/door?next=/stoves"])
async def test_no_login_takes_the_place_of_a_page_for_good(
    site: Site, keeper: Keeper, target: str
) -> None:
    await keeper.sync()
    site.put(target, html("Log in", "Your name and your password, please."))
    site.put("/stoves", redirect(target, 301))
    found = await keeper.sync()
    assert [entry.moved_from for entry in found.entries.values()] == [None] * len(found.entries)
    assert (found.gone, set(found.failures)) == (set(), {"/stoves"})


async def test_a_page_about_logins_may_move(site: Site, keeper: Keeper) -> None:
    site.put("/auth", html("Logins", "Log in by single sign-on, or by name and password."))
    await keeper.sync()
    site.put("/docs/auth", html("Logins", "Log in by single sign-on, or by name and password."))
    site.put("/auth", redirect("/docs/auth", 301))
    found = await keeper.sync()
    assert found.entries["/docs/auth"].moved_from == site.url("/auth")


async def test_a_slash_more_is_a_move_though_only_for_now(site: Site, keeper: Keeper) -> None:
    await keeper.sync()
    site.put("/stoves/", STOVES)
    site.put("/stoves", redirect("/stoves/", 302))
    found = await keeper.sync()
    assert found.entries["/stoves/"].moved_from == site.url("/stoves")
    assert found.failures == {}


async def test_a_start_page_that_leads_to_another_site_finds_no_end(
    site: Site, keeper: Keeper
) -> None:
    await keeper.sync()
    site.put("/", redirect("https://elsewhere.example/", 302))
    site.remove("/stoves")
    found = await keeper.sync()
    assert (found.complete, found.gone) == (False, set())


async def test_a_start_page_behind_a_login_finds_no_end(site: Site, keeper: Keeper) -> None:
    site.put("/login", html("Log in", "Your name and your password, please."))
    await keeper.sync()
    site.put("/", redirect("/login?next=/", 302))
    site.remove("/stoves")
    found = await keeper.sync()
    assert (found.complete, found.gone) == (False, set())


async def test_a_start_page_that_moved_is_no_error_page(site: Site, keeper: Keeper) -> None:
    home = html("Shop", "We sell what you need for a week in the mountains.", "/boots")
    site.put("/", redirect("/home/", 301))
    site.put("/home/", home)
    site.missing = page(home)
    assert "/home/" in (await keeper.sync()).entries
    site.put("/home/", home.replace("week", "day"))
    site.missing = page(home.replace("week", "day"))
    assert "/home/" in (await keeper.sync()).entries


async def test_a_page_for_whatever_is_not_there_takes_no_document(
    site: Site, keeper: Keeper
) -> None:
    await keeper.sync()
    site.put("/sorry", html("Sorry", "Have you seen our boots, tents and stoves?"))
    site.missing = redirect("/sorry", 301)
    site.put("/", listing(["/boots", "/tents", "/stoves", "/sorry"]))
    site.remove("/stoves")
    found = await keeper.sync()
    assert found.entries["/sorry"].moved_from is None
    assert (found.gone, found.unclear) == (set(), {"/stoves"})
    site.now.pass_by(hours=21)
    assert (await keeper.sync()).gone == {"/stoves"}


async def test_pages_told_apart_by_their_query_are_no_twins(site: Site, keeper: Keeper) -> None:
    head = '<link rel="canonical" href="/view">'
    site.put("/", listing(["/view", "/view?id=1", "/view?id=2"]))
    site.put("/view", html("All", "Choose what you want to read about.", head=head))
    site.put("/view?id=1", BOOTS.replace("</head>", f"{head}</head>"))
    site.put("/view?id=2", STOVES.replace("</head>", f"{head}</head>"))
    found = await keeper.sync()
    assert {"/view", "/view?id=1", "/view?id=2"} <= set(found.entries)


async def test_what_only_a_twin_links_is_found(site: Site, keeper: Keeper) -> None:
    head = '<link rel="canonical" href="/list">'
    words = "All that we sell, from boots to stoves and from tents to maps, stands in this list."
    site.put("/", listing(["/list", "/list?page=2"]))
    site.put("/list", html("List", words, "/boots", head=head))
    site.put("/list?page=2", html("List", words, "/stoves", head=head))
    for _ in range(2):
        assert "/stoves" in (await keeper.sync()).entries


async def test_a_host_that_fails_once_lets_no_error_page_in(site: Site, keeper: Keeper) -> None:
    await keeper.sync()
    nothing = page(html("Our shop", "We sell a lot, but nothing by this name."))
    answers = iter([Answer((RESET,))])
    site.missing = lambda asked: nothing if len(asked.path) < 30 else next(answers, nothing)
    site.put("/", listing(["/boots", "/tents"]))
    site.remove("/stoves")
    found = await keeper.sync()
    assert (set(found.failures), found.gone) == ({"/stoves"}, set())


async def test_a_date_beyond_all_time_stops_no_crawl(site: Site, keeper: Keeper) -> None:
    never = {"last-modified": "1 Jan 99999999999999999999 00:00:00", "content-type": "text/html"}
    site.put("/boots", page(BOOTS, headers=never))
    later = {"retry-after": "1 Jan 99999999999999999999 00:00:00"}
    site.put("/tents", page(b"", 503, headers=later))
    found = await keeper.sync()
    assert {"/boots", "/stoves"} <= set(found.entries)
    assert set(found.failures) == {"/tents"}


async def test_a_site_without_end_fills_no_queue(site: Site, keeper: Keeper) -> None:
    def trap(asked: Asked) -> Answer:
        links = [f"{asked.path}/{number}" for number in range(300)]
        made_up = len(asked.path.rpartition("/")[2]) > 9
        return page(b"", 404) if made_up else page(html("Shelf", asked.path, *links))

    site.missing = trap
    site.put("/", listing(["/trap"]))
    found = await keeper.sync(max_pages=64)
    crawl = read_cursor(found.cursors[-1] or Cursor("")).crawl
    waiting = await site.frontier.waiting(ACME, SHOP, crawl, 99_999)
    assert len(waiting) < 6_000
    assert not found.complete
    assert "no more were followed" in found.notes
