"""What a crawl finds, by which name it keeps it, and where it stops."""

from collections.abc import AsyncIterator

import pytest

from connectors.errors import CursorExpired, DocumentUnreadable, FetchFailed, SourceUnavailable
from connectors.model import Completeness, Cursor, Json, KnownDocument, Page, Reply
from tests.crawling import (
    BOOTS,
    STOVES,
    TENTS,
    Keeper,
    fill,
    in_charset,
    sitemap,
)
from tests.hostile_server import HOLD, Answer, Asked, page, redirect
from tests.site import Site, html, listing, website


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with website({"/boots": BOOTS, "/tents": TENTS, "/stoves": STOVES}) as served:
        yield served


@pytest.fixture
def keeper(site: Site) -> Keeper:
    return Keeper(site)


# --- what is as it should be ----------------------------------------------------------


async def test_a_site_is_read_whole(keeper: Keeper) -> None:
    found = await keeper.sync()
    assert set(found.entries) == {"/boots", "/tents", "/stoves"}
    assert (found.complete, found.failures, found.notes) == (True, {}, "")


async def test_unchanged_pages_are_not_sent_again_and_still_lead_on(
    site: Site, keeper: Keeper
) -> None:
    site.put("/", html("Shop", "We sell what you need for a week in the mountains.", "/boots"))
    first = await keeper.sync()
    site.asked()
    site.remove("/stoves")
    second = await keeper.sync()
    assert set(second.entries) == set(first.entries) == {"/", "/boots", "/tents"}
    assert all(entry.document is None for entry in second.entries.values())
    for path in ("/", "/boots", "/tents"):
        assert [bool(asked.get("if-none-match")) for asked in site.asked_headers(path)] == [True]


async def test_an_edited_page_comes_whole(site: Site, keeper: Keeper) -> None:
    first = await keeper.sync()
    site.put("/boots", BOOTS.replace("30 days", "14 days"))
    second = await keeper.sync()
    document = second.entries["/boots"].document
    assert document is not None
    assert b"14 days" in document.content
    assert first.entries["/boots"].version != second.entries["/boots"].version
    assert second.entries["/tents"].document is None


async def test_a_server_without_validators_is_believed_by_its_bytes(
    site: Site, keeper: Keeper
) -> None:
    site.put("/boots", page(BOOTS))
    await keeper.sync()
    assert (await keeper.sync()).entries["/boots"].document is None


async def test_validators_of_another_version_are_not_shown(site: Site, keeper: Keeper) -> None:
    await keeper.sync()
    ref = site.url("/boots")
    # A version that could not be parsed leaves the validators of the one before in place.
    keeper.known[ref] = KnownDocument(ref, "sha256:failed", "", keeper.known[ref].validators)
    assert (await keeper.sync()).entries["/boots"].document is not None


async def test_feeds_and_translations_lead_on_and_other_sites_do_not(
    site: Site, keeper: Keeper
) -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="/news.rss">'
        '<link rel="alternate" hreflang="de" href="/de/start">'
    )
    feed = f"<rss><channel><item><link>{site.url('/sale')}</link></item></channel></rss>"
    site.put("/", html("Shop", "Welcome to the shop.", "http://127.0.0.2/away", head=head))
    site.put("/news.rss", page(feed, headers={"content-type": "application/rss+xml"}))
    site.put("/de/start", html("Laden", "Willkommen im Laden am Rand der Berge."))
    site.put("/sale", html("Sale", "Last year's tents cost half of what they did."))
    assert set((await keeper.sync()).entries) == {"/", "/de/start", "/sale"}


async def test_only_documents_are_kept(site: Site, keeper: Keeper) -> None:
    site.put("/size.pdf", page(b"%PDF-1.7 sizes", headers={"content-type": "application/pdf"}))
    site.put("/logo", page(b"\x89PNG", headers={"content-type": "image/png"}))
    site.put("/notes", page(b"plain words", headers={"content-type": "text/plain"}))
    assert {"/size.pdf", "/notes"} <= set((await keeper.sync()).entries)
    without = await keeper.sync(documents=False)
    assert not {"/size.pdf", "/logo"} & set(without.entries)
    assert without.gone == {"/size.pdf"}


async def test_a_charset_that_only_the_header_names_is_heeded(site: Site, keeper: Keeper) -> None:
    words = html("Größe", "Die Größe fällt klein aus; žluťoučký kůň.")
    site.put("/de", page(words.encode("iso-8859-2", "replace"), headers=in_charset("iso-8859-2")))
    document = (await keeper.sync()).entries["/de"].document
    assert document is not None
    assert "žluťoučký kůň" in document.content.decode("utf-8-sig")


class Browser:
    """Writes the words that scripts would, or breaks off."""

    def __init__(self, words: str | None) -> None:
        self._words = words

    async def render(self, url: str) -> Reply:
        if self._words is None:
            raise FetchFailed(f"{url} was not built by its scripts in 30 s.")
        headers = {"content-type": "text/html; charset=utf-8"}
        return Reply(url, 200, headers, html("App", self._words, "/stoves").encode())


SHELL = '<html><title>App</title><body><div id="app"></div><script src="/app.js"></script></body>'


async def test_scripts_run_where_a_page_has_no_words_without_them(
    site: Site, keeper: Keeper
) -> None:
    site.renderer = Browser("Words that only a browser sees.")
    site.put("/", listing(["/app", "/boots"]))
    site.put("/app", SHELL)
    found = await keeper.sync()
    contents = {ref: one.document.content for ref, one in found.entries.items() if one.document}
    assert b"only a browser sees" in contents["/app"]
    assert b"only a browser" not in contents["/boots"]
    assert "/stoves" in contents
    assert not found.entries["/app"].validators
    again = await keeper.sync()
    assert again.entries["/app"].version == found.entries["/app"].version
    assert b"browser" not in b"".join(await _contents(Keeper(site), render="never"))
    assert all(b"browser" in one for one in await _contents(Keeper(site), render="always"))


async def test_a_page_whose_scripts_break_off_keeps_its_words(site: Site, keeper: Keeper) -> None:
    site.renderer = Browser("Words that only a browser sees.")
    site.put("/app", SHELL)
    await keeper.sync()
    site.renderer = Browser(None)
    found = await keeper.sync()
    assert "was not built" in found.failures["/app"]
    assert found.gone == set()


async def _contents(keeper: Keeper, **settings: Json) -> list[bytes]:
    entries = (await keeper.sync(**settings)).entries.values()
    return [entry.document.content for entry in entries if entry.document]


# --- redirects, names and impostors ---------------------------------------------------


@pytest.mark.parametrize("status", [301, 308])
async def test_a_page_that_moved_keeps_its_document(
    site: Site, keeper: Keeper, status: int
) -> None:
    await keeper.sync()
    site.put("/", listing(["/boots-2026", "/stoves"]))
    site.put("/boots-2026", BOOTS)
    site.put("/boots", redirect("/boots-2026", status))
    found = await keeper.sync()
    assert found.entries["/boots-2026"].moved_from == site.url("/boots")
    assert (found.gone, found.failures) == (set(), {})


async def test_a_page_that_was_merged_into_another_is_gone(site: Site, keeper: Keeper) -> None:
    await keeper.sync()
    site.put("/stoves", redirect("/boots", 301))
    found = await keeper.sync()
    assert found.gone == {"/stoves"}


async def test_a_page_that_moved_to_another_site_stays_for_a_day(
    site: Site, keeper: Keeper
) -> None:
    await keeper.sync()
    site.put("/stoves", redirect("http://127.0.0.2/stoves", 301))
    first = await keeper.sync()
    site.now.pass_by(hours=21)
    assert (first.gone, (await keeper.sync()).gone) == (set(), {"/stoves"})


async def test_a_start_page_may_lead_elsewhere_for_now(site: Site, keeper: Keeper) -> None:
    site.put("/", redirect("/en/", 302))
    site.put("/en/", html("Shop", "Welcome to the shop.", "/boots"))
    assert set((await keeper.sync()).entries) == {"/en/", "/boots", "/tents"}
    assert set((await keeper.sync()).entries) == {"/en/", "/boots", "/tents"}


async def test_a_login_page_replaces_no_document(site: Site, keeper: Keeper) -> None:
    await keeper.sync()
    site.put("/login", html("Log in", "Your name and your password, please."))
    for path in ("/boots", "/tents", "/stoves"):
        site.put(path, redirect(f"/login?next={path}"))
    found = await keeper.sync()
    assert {"/boots", "/tents", "/stoves"} <= set(found.failures)
    assert found.gone == set()


async def test_many_pages_that_lead_to_one_for_now_fail(site: Site, keeper: Keeper) -> None:
    site.put("/gate", html("Gate", "Please choose a country before you go on."))
    for number in range(9):
        site.put(f"/page{number}", redirect("/gate"))
    site.put("/", listing([f"/page{number}" for number in range(9)]))
    found = await keeper.sync()
    assert set(found.entries) == {"/gate"}
    assert len(found.failures) >= 4


async def test_pages_with_one_name_are_one_document(site: Site, keeper: Keeper) -> None:
    head = '<link rel="canonical" href="/boots">'
    named = BOOTS.replace("</head>", f"{head}</head>")
    site.put("/", listing(["/boots?color=red", "/print/boots", "/boots"]))
    site.put("/boots", named)
    site.put("/print/boots", named)
    assert set((await keeper.sync()).entries) == {"/boots", "/tents"}
    assert set((await keeper.sync()).entries) == {"/boots", "/tents"}


async def test_a_wrong_canonical_name_hides_no_page(site: Site, keeper: Keeper) -> None:
    head = '<link rel="canonical" href="/">'
    site.put("/", html("Shop", "Welcome to the shop.", "/boots", "/stoves", head=head))
    for path, content in (("/boots", BOOTS), ("/stoves", STOVES)):
        site.put(path, content.replace("</head>", f"{head}</head>"))
    assert set((await keeper.sync()).entries) == {"/", "/boots", "/stoves", "/tents"}


async def test_pages_that_only_say_that_there_is_none_fail(site: Site, keeper: Keeper) -> None:
    menu = "Home Boots Tents Stoves Help Contact Imprint " * 4

    def nothing(asked: Asked) -> Answer:
        return page(html("Our shop", f"{menu} We have looked for {asked.path} everywhere."))

    await keeper.sync()
    site.missing = nothing
    site.put("/", listing(["/boots", "/tents", "/lost"]))
    site.remove("/stoves")
    found = await keeper.sync()
    assert set(found.failures) == {"/stoves"}
    assert "soft 404" in found.failures["/stoves"]
    assert "of which no new documents were made: 2." in found.notes
    assert {"/boots", "/tents"} <= set(found.entries)
    assert found.gone == set()


# --- limits and interruptions ---------------------------------------------------------


async def test_limits_make_a_crawl_incomplete(site: Site, keeper: Keeper) -> None:
    few = await keeper.sync(max_pages=2)
    shallow = await Keeper(site).sync(max_depth=0)
    assert (few.complete, shallow.complete) == (False, False)
    assert "max_pages" in few.notes


async def test_pages_too_deep_are_left_out_and_told(site: Site, keeper: Keeper) -> None:
    site.put("/", listing(["/boots"]))
    found = await keeper.sync(max_depth=1)
    assert set(found.entries) == {"/boots"}
    assert "max_depth" in found.notes


async def test_links_are_not_followed_on_request(site: Site, keeper: Keeper) -> None:
    site.put("/sitemap.xml", sitemap(site, "/boots"))
    assert set((await keeper.sync(crawl=False)).entries) == {"/boots"}


async def test_a_crawl_goes_on_where_it_was_cut_off(site: Site, keeper: Keeper) -> None:
    site.put("/", listing(fill(site, 60)))
    whole = await keeper.sync()
    assert len(whole.cursors) == 4
    connector = site.connector()
    for at, cursor in enumerate(whole.cursors, start=1):
        site.asked()
        rest = [part async for part in connector.scan(cursor, {})]
        items = [item for part in rest if isinstance(part, Page) for item in part.items]
        assert len(items) == max(0, 60 - 16 * at)
        assert len([path for path in site.asked() if "page" in path]) == len(items)


async def test_what_failed_before_a_crawl_was_cut_off_is_remembered(site: Site) -> None:
    site.put("/", listing(["/broken", *fill(site, 40)]))
    site.put("/broken", page(b"", 500))
    connector = site.connector()
    parts = [part async for part in connector.scan(None, {})]
    assert isinstance(parts[1], Page)
    end = [part async for part in connector.scan(parts[1].cursor, {})][-1]
    assert isinstance(end, Completeness)
    assert not end.enumerates_all


async def test_a_cursor_of_another_crawl_has_expired(site: Site, keeper: Keeper) -> None:
    cursor = (await keeper.sync()).cursors[0]
    await keeper.sync()
    with pytest.raises(CursorExpired):
        await anext(aiter(site.connector().scan(cursor, {})))
    with pytest.raises(CursorExpired):
        await anext(aiter(site.connector().scan(Cursor("folder/file.md"), {})))


async def test_a_site_that_goes_down_in_between_stops_the_crawl(site: Site, keeper: Keeper) -> None:
    site.put("/", listing(fill(site, 40)))
    down = [False]

    def index(_: Asked) -> Answer:
        return page(b"", 503) if down[0] else listing(fill(site, 40))

    site.put("/", index)
    parts = aiter(site.connector().scan(None, {}))
    await anext(parts)
    down[0] = True
    for path in site.paths:
        site.put(path, page(b"", 503))
    with pytest.raises(SourceUnavailable, match="503"):
        async for _ in parts:
            pass


async def test_a_page_is_read_again_by_its_ref(site: Site, keeper: Keeper) -> None:
    entry = (await keeper.sync()).entries["/boots"]
    document = await site.connector().fetch(entry)
    assert (document.version, document.content) == (entry.version, BOOTS.encode())
    site.put("/boots", page(b"", 500))
    with pytest.raises(DocumentUnreadable, match="500"):
        await site.connector().fetch(entry)


async def test_who_is_silent_fails_in_time(site: Site, keeper: Keeper) -> None:
    site.silence_s = 2.0
    site.put("/boots", Answer((HOLD,), close=True))
    found = await keeper.sync()
    assert "sent nothing" in found.failures["/boots"]
    assert set(found.entries) == {"/tents", "/stoves"}
