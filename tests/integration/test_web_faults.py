"""What websites do wrong, and what a crawl makes of it: never a deletion that is not one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from connectors.errors import CursorExpired, DocumentUnreadable, SourceUnavailable
from connectors.model import (
    Completeness,
    Cursor,
    Entry,
    Failure,
    Json,
    KnownDocument,
    Page,
    Presence,
    Tombstone,
)
from tests.hostile_server import HOLD, RESET, Answer, Asked, page, redirect
from tests.site import Site, html, listing, website

BOOTS = html("Boots", "Boots go back within 30 days if their soles are clean.", "/tents")
TENTS = html("Tents", "Tents are waterproof to 3,000 mm of water and dry within a day.")
STOVES = html("Stoves", "Stoves burn gas, petrol or wood; none of them goes on a plane.")


@dataclass
class Round:
    """What one sync of the site found."""

    entries: dict[str, Entry] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    end: Completeness | None = None
    cursors: list[Cursor | None] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return self.end is not None and self.end.enumerates_all

    @property
    def notes(self) -> str:
        return " ".join(self.end.notes) if self.end else ""


class Keeper:
    """Syncs a site as the engine does: by absence only after a complete scan, and asked."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.known: dict[str, KnownDocument] = {}

    async def sync(self, **settings: Json) -> Round:
        connector = self.site.connector(**settings)
        made = Round()
        async for part in connector.scan(None, dict(self.known)):
            if isinstance(part, Completeness):
                made.end = part
                break
            made.cursors.append(part.cursor)
            self._take(part, made)
        if made.complete:
            seen = made.entries.keys() | made.failures.keys()
            absent = [ref for ref in self.known if self._short(ref) not in seen]
            said = await connector.confirm_gone(absent)
            made.gone |= {self._short(ref) for ref in absent if said[ref] is Presence.GONE}
            made.unclear = {self._short(ref) for ref in absent if said[ref] is Presence.UNKNOWN}
        self._forget(made.gone)
        return made

    def _take(self, part: Page, made: Round) -> None:
        for item in part.items:
            ref = self._short(item.ref)
            assert ref not in made.entries or isinstance(item, Failure)
            match item:
                case Entry():
                    made.entries[ref] = item
                    self._forget({self._short(item.moved_from)} if item.moved_from else set())
                    self.known[item.ref] = KnownDocument(
                        item.ref, item.version, "", item.validators
                    )
                case Failure():
                    made.failures[ref] = item.reason
                case Tombstone():
                    made.gone.add(ref)

    def _forget(self, refs: set[str]) -> None:
        for ref in refs:
            self.known.pop(self.site.url(ref), None)

    def _short(self, ref: str) -> str:
        return ref.removeprefix(self.site.url(""))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    pages = {"/boots": BOOTS, "/tents": TENTS, "/stoves": STOVES}
    async with website(pages) as served:
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
    site.put("/de", page(words.encode("iso-8859-2", "replace"), headers=_html("iso-8859-2")))
    document = (await keeper.sync()).entries["/de"].document
    assert document is not None
    assert "žluťoučký kůň" in document.content.decode("utf-8-sig")


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
    assert "could not be read" in found.notes


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
    site.put("/robots.txt", page(b"User-agent: *\nDisallow: /tents\n", headers=_plain()))
    found = await keeper.sync()
    assert set(found.entries) == {"/boots", "/stoves"}
    assert "/tents" not in site.asked()
    assert (found.complete, found.failures) == (True, {})
    assert "1 addresses were left out" in found.notes


async def test_what_robots_txt_no_longer_allows_fails_and_stays(site: Site, keeper: Keeper) -> None:
    await keeper.sync()
    site.put("/robots.txt", page(b"User-agent: *\nDisallow: /tents\n", headers=_plain()))
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
    site.put("/robots.txt", page(b"User-agent: *\nCrawl-delay: 9\n", headers=_plain()))
    await keeper.sync()
    assert sum(seconds > 8.5 for seconds in site.time.waited) >= 3


async def test_a_sitemap_leads_to_pages_that_nothing_links(site: Site, keeper: Keeper) -> None:
    site.put("/", html("Shop", "Welcome to the shop."))
    site.put("/sitemap.xml", _sitemap(site, "/boots", "/stoves"))
    assert set((await keeper.sync()).entries) == {"/", "/boots", "/stoves", "/tents"}
    found = await keeper.sync(sitemaps=False)
    assert found.gone == set()


async def test_a_truncated_sitemap_deletes_nothing(site: Site, keeper: Keeper) -> None:
    site.put("/", listing([]))
    site.put("/sitemap.xml", _sitemap(site, "/boots", "/stoves"))
    await keeper.sync()
    whole = _sitemap_text(site, "/boots", "/stoves")
    site.put("/sitemap.xml", page(whole[: whole.index("/stoves")], headers=_xml()))
    site.remove("/stoves")
    found = await keeper.sync()
    assert (found.complete, found.gone) == (False, set())
    assert "sitemap" in found.notes.lower()


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
    assert set(found.failures) == {"/stoves", "/lost"}
    assert "soft 404" in found.failures["/lost"]
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
    site.put("/sitemap.xml", _sitemap(site, "/boots"))
    assert set((await keeper.sync(crawl=False)).entries) == {"/boots"}


async def test_a_crawl_goes_on_where_it_was_cut_off(site: Site, keeper: Keeper) -> None:
    site.put("/", listing(_fill(site, 60)))
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
    site.put("/", listing(["/broken", *_fill(site, 40)]))
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
    site.put("/", listing(_fill(site, 40)))
    down = [False]

    def index(_: Asked) -> Answer:
        return page(b"", 503) if down[0] else listing(_fill(site, 40))

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
    site.put("/boots", Answer((HOLD,), close=True))
    found = await keeper.sync()
    assert "sent nothing" in found.failures["/boots"]
    assert set(found.entries) == {"/tents", "/stoves"}


def _fill(site: Site, pages: int) -> list[str]:
    paths = [f"/page{number:03}" for number in range(pages)]
    for path in paths:
        site.put(path, html(path, f"These are the words of {path}, and of no other page."))
    return paths


def _sitemap_text(site: Site, *paths: str) -> str:
    rows = "".join(f"<url><loc>{site.url(path)}</loc></url>" for path in paths)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{space}">{rows}</urlset>'


def _sitemap(site: Site, *paths: str) -> Answer:
    return page(_sitemap_text(site, *paths), headers=_xml())


def _html(charset: str) -> dict[str, str]:
    return {"content-type": f"text/html; charset={charset}"}


def _plain() -> dict[str, str]:
    return {"content-type": "text/plain"}


def _xml() -> dict[str, str]:
    return {"content-type": "application/xml"}
