"""What websites do wrong, and what a crawl makes of it: never a deletion that is not one."""

from collections.abc import AsyncIterator

import pytest

from connectors.errors import SourceUnavailable
from tests.crawling import (
    BOOTS,
    PLAIN,
    STOVES,
    TENTS,
    XML,
    Keeper,
    sitemap,
    sitemap_text,
)
from tests.hostile_server import RESET, Answer, page, redirect
from tests.site import Site, html, listing, website


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with website({"/boots": BOOTS, "/tents": TENTS, "/stoves": STOVES}) as served:
        yield served


@pytest.fixture
def keeper(site: Site) -> Keeper:
    return Keeper(site)


# --- what is not there ----------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_not_there_and_linked_from_nowhere_is_gone(
    site: Site, keeper: Keeper, status: int
) -> None:
    site.put("/", listing(["/boots", "/stoves"]))
    await keeper.sync()
    site.put("/", listing(["/boots"]))
    site.put("/stoves", page(b"", status))
    found = await keeper.sync()
    assert (found.gone, found.failures, found.complete) == ({"/stoves"}, {}, True)


async def test_what_is_still_linked_is_gone_on_the_second_day(site: Site, keeper: Keeper) -> None:
    site.put("/", listing(["/boots", "/stoves"]))
    await keeper.sync()
    site.remove("/stoves")
    first = await keeper.sync()
    site.now.pass_by(hours=5)
    same_day = await keeper.sync()
    site.now.pass_by(hours=16)
    next_day = await keeper.sync()
    assert (first.gone, same_day.gone, next_day.gone) == (set(), set(), {"/stoves"})
    assert first.unclear == {"/stoves"}


async def test_what_comes_back_within_a_day_begins_anew(site: Site, keeper: Keeper) -> None:
    site.put("/", listing(["/stoves"]))
    await keeper.sync()
    site.remove("/stoves")
    await keeper.sync()
    site.now.pass_by(hours=15)
    site.put("/stoves", STOVES)
    await keeper.sync()
    site.remove("/stoves")
    site.now.pass_by(hours=15)
    assert (await keeper.sync()).gone == set()


async def test_what_is_long_gone_leaves_though_the_crawl_is_incomplete(
    site: Site, keeper: Keeper
) -> None:
    await keeper.sync()
    site.put("/broken", page(b"", 500))
    site.put("/", listing(["/boots", "/tents", "/broken"]))
    site.remove("/stoves")
    first = await keeper.sync()
    site.now.pass_by(hours=21)
    second = await keeper.sync()
    assert (first.complete, first.gone) == (False, set())
    assert (second.complete, second.gone) == (False, {"/stoves"})


async def test_what_fails_is_not_missing(site: Site, keeper: Keeper) -> None:
    site.put("/", listing(["/boots", "/stoves"]))
    await keeper.sync()
    site.remove("/stoves")
    await keeper.sync()
    site.now.pass_by(hours=21)
    site.put("/stoves", page(b"", 500))
    found = await keeper.sync()
    assert (set(found.failures), found.gone) == ({"/stoves"}, set())


async def test_a_page_that_comes_in_a_type_that_nobody_reads_stays(
    site: Site, keeper: Keeper
) -> None:
    await keeper.sync()
    site.put("/boots", page(BOOTS, headers={"content-type": "application/force-download"}))
    found = await keeper.sync()
    assert "force-download" in found.failures["/boots"]
    assert found.gone == set()


async def test_what_nothing_leads_to_any_more_stays_while_it_answers(
    site: Site, keeper: Keeper
) -> None:
    await keeper.sync()
    site.put("/", listing(["/boots"]))
    found = await keeper.sync()
    assert "/stoves" in found.entries
    assert found.gone == set()


async def test_what_the_settings_no_longer_take_is_gone(keeper: Keeper) -> None:
    await keeper.sync()
    assert (await keeper.sync(exclude=["/stoves"])).gone == {"/stoves"}


async def test_a_page_that_asks_not_to_be_indexed_goes_and_leads_on(
    site: Site, keeper: Keeper
) -> None:
    await keeper.sync()
    site.put("/", listing(["/boots"]))
    site.put("/boots", html("Boots", "", "/tents", head='<meta name="robots" content="noindex">'))
    found = await keeper.sync()
    assert found.gone == {"/boots"}
    assert "/tents" in found.entries


# --- what could not be had ------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        *(page(b"", 500), page(b"", 503), page(b"", 403), page(b"", 401), page(b"", 429)),
        *(Answer((RESET,)), Answer((b"no HTTP\r\n\r\n",)), page(b"", 418)),
    ],
    ids=["500", "503", "403", "401", "429", "reset", "garbage", "418"],
)
async def test_a_page_that_could_not_be_had_fails_and_stays(
    site: Site, keeper: Keeper, answer: Answer
) -> None:
    await keeper.sync()
    site.put("/boots", answer)
    found = await keeper.sync()
    assert set(found.failures) == {"/boots"}
    assert (found.complete, found.gone) == (False, set())
    assert "Pages not read" in found.notes


async def test_a_page_that_never_ends_fails_alone(site: Site, keeper: Keeper) -> None:
    site.put("/endless", page(b"x" * 5_000))
    found = await keeper.sync(max_bytes=4_000)
    assert set(found.failures) == {"/endless"}
    assert set(found.entries) == {"/boots", "/tents", "/stoves"}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_in_a_circle_fail(site: Site, keeper: Keeper, status: int) -> None:
    await keeper.sync()
    site.put("/boots", redirect("/round", status))
    site.put("/round", redirect("/boots", status))
    found = await keeper.sync()
    assert "circle" in found.failures["/boots"]
    assert found.gone == set()


async def test_too_many_redirects_fail(site: Site, keeper: Keeper) -> None:
    for number in range(9):
        site.put(f"/hop{number}", redirect(f"/hop{number + 1}", 301))
    site.put("/", listing(["/hop0"]))
    assert "more than 5" in (await keeper.sync()).failures["/hop0"]


async def test_a_server_that_wants_us_to_wait_is_waited_for(site: Site, keeper: Keeper) -> None:
    answers = [page(b"", 429, {"retry-after": "7"}), page(b"", 503, {"retry-after": "3"})]
    site.put("/boots", lambda _: answers.pop(0) if answers else page(BOOTS))
    found = await keeper.sync()
    assert "/boots" in found.entries
    assert {7.0, 3.0} <= {round(seconds) for seconds in site.time.waited}


async def test_a_server_that_wants_us_to_wait_too_long_fails_that_page(
    site: Site, keeper: Keeper
) -> None:
    site.put("/boots", page(b"", 429, {"retry-after": "86400"}))
    assert set((await keeper.sync()).failures) == {"/boots"}


async def test_a_site_that_is_down_is_unavailable(site: Site, keeper: Keeper) -> None:
    await keeper.sync()
    site.missing = page(b"", 502)
    for path in ("/", *site.paths):
        site.put(path, page(b"", 502))
    with pytest.raises(SourceUnavailable, match="502"):
        await keeper.sync()
    assert len(keeper.known) == 3


async def test_a_start_page_that_is_not_there_finds_nothing(site: Site, keeper: Keeper) -> None:
    site.put("/", page(b"", 404))
    with pytest.raises(SourceUnavailable, match="404"):
        await keeper.sync()


async def test_a_start_page_that_is_not_there_any_more_deletes_nothing(
    site: Site, keeper: Keeper
) -> None:
    await keeper.sync()
    site.put("/", page(b"", 404))
    site.remove("/stoves")
    found = await keeper.sync()
    assert (found.complete, found.gone) == (False, set())
    assert "start page" in found.notes


# --- robots.txt and sitemaps ----------------------------------------------------------


async def test_what_robots_txt_forbids_is_not_asked(site: Site, keeper: Keeper) -> None:
    site.put("/robots.txt", page(b"User-agent: *\nDisallow: /tents\n", headers=PLAIN))
    found = await keeper.sync()
    assert set(found.entries) == {"/boots", "/stoves"}
    assert "/tents" not in site.asked()
    assert (found.complete, found.failures) == (True, {})
    assert "Addresses left out, as robots.txt wants it: 1." in found.notes


async def test_what_robots_txt_no_longer_allows_fails_and_stays(site: Site, keeper: Keeper) -> None:
    await keeper.sync()
    site.put("/robots.txt", page(b"User-agent: *\nDisallow: /tents\n", headers=PLAIN))
    found = await keeper.sync()
    assert "no longer allows" in found.failures["/tents"]
    assert found.gone == set()


@pytest.mark.parametrize("answer", [page(b"", 500), Answer((RESET,))], ids=["500", "reset"])
async def test_without_knowing_robots_txt_nothing_is_asked(
    site: Site, keeper: Keeper, answer: Answer
) -> None:
    site.put("/robots.txt", answer)
    with pytest.raises(SourceUnavailable, match=r"robots\.txt"):
        await keeper.sync()
    assert not {"/", "/boots"} & set(site.asked())


async def test_robots_txt_may_want_it_slower(site: Site, keeper: Keeper) -> None:
    site.put("/robots.txt", page(b"User-agent: *\nCrawl-delay: 9\n", headers=PLAIN))
    await keeper.sync()
    assert sum(seconds > 8.5 for seconds in site.time.waited) >= 3


async def test_a_sitemap_leads_to_pages_that_nothing_links(site: Site, keeper: Keeper) -> None:
    site.put("/", html("Shop", "Welcome to the shop."))
    site.put("/sitemap.xml", sitemap(site, "/boots", "/stoves"))
    assert set((await keeper.sync()).entries) == {"/", "/boots", "/stoves", "/tents"}
    found = await keeper.sync(sitemaps=False)
    assert found.gone == set()


async def test_a_truncated_sitemap_deletes_nothing(site: Site, keeper: Keeper) -> None:
    site.put("/", listing([]))
    site.put("/sitemap.xml", sitemap(site, "/boots", "/stoves"))
    await keeper.sync()
    whole = sitemap_text(site, "/boots", "/stoves")
    site.put("/sitemap.xml", page(whole[: whole.index("/stoves")], headers=XML))
    site.remove("/stoves")
    found = await keeper.sync()
    assert (found.complete, found.gone) == (False, set())
    assert "sitemap" in found.notes.lower()
