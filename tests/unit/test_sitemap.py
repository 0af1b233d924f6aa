"""The pages that sitemaps name, and whether those are all."""

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import FetchError, FetchFailed
from connectors.feeds import Listed
from connectors.model import Reply
from connectors.sitemap import USUAL, Limits, SitemapListing, list_sitemaps, read_sitemap
from connectors.urls import scope_of
from tests.web import FakeWeb, reply

SITE = "https://acme.example"
MAP = f"{SITE}/sitemap.xml"
SCOPE = scope_of([SITE])
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*paths: str) -> str:
    rows = "".join(f"<url><loc>{SITE}/{path}</loc></url>" for path in paths)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {NAMESPACE}>{rows}</urlset>'


def index(*urls: str) -> str:
    rows = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex {NAMESPACE}>{rows}</sitemapindex>"


def paths(listing: SitemapListing) -> list[str]:
    return [entry.url.removeprefix(f"{SITE}/") for entry in listing.entries]


async def listed(
    *web: str | bytes | Reply | tuple[str, FetchError],
    guessed: bool = False,
    limits: Limits = USUAL,
) -> SitemapListing:
    """List what stands at the usual address, given as content, and what it leads to."""
    answers = [reply(MAP, one) if isinstance(one, str | bytes) else one for one in web]
    return await list_sitemaps([MAP], FakeWeb(*answers).read, SCOPE, guessed=guessed, limits=limits)


async def test_an_index_leads_to_all_its_pages() -> None:
    found = await listed(
        index(f"{SITE}/1.xml", f"{SITE}/2.xml.gz", f"{SITE}/3.txt"),
        reply(f"{SITE}/1.xml", urlset("a", "b")),
        reply(f"{SITE}/2.xml.gz", gzip.compress(urlset("c", "a").encode())),
        reply(f"{SITE}/3.txt", f"\ufeff{SITE}/d\r\n\r\n{SITE}/e"),
    )
    assert paths(found) == ["a", "b", "c", "d", "e"]
    assert found.complete


async def test_dates_are_hints_and_translations_are_pages() -> None:
    found = await listed(
        f"""<urlset {NAMESPACE} xmlns:xhtml="http://www.w3.org/1999/xhtml"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
        <url><loc> {SITE}/a?x=1&amp;y=2 </loc><lastmod>2026-03-01</lastmod>
        <image:image><image:loc>{SITE}/no</image:loc></image:image>
        <xhtml:link rel="alternate" hreflang="de" href="{SITE}/de/a"/></url>
        <url><loc>/relative</loc><lastmod>yesterday</lastmod></url></urlset>"""
    )
    assert found.entries == (
        Listed(f"{SITE}/a?x=1&y=2", datetime(2026, 3, 1, tzinfo=UTC)),
        Listed(f"{SITE}/de/a"),
        Listed(f"{SITE}/relative"),
    )


async def test_pages_of_other_sites_are_dropped_and_counted() -> None:
    found = await listed(
        f"<urlset><url><loc>http://169.254.169.254/latest</loc></url><url><loc>{SITE}/a</loc></url>"
        "<url><loc>https://other.example/</loc></url><url><loc>mailto:a@acme.example</loc></url>"
        "</urlset>"
    )
    assert paths(found) == ["a"]
    assert found.outside == 2
    assert found.complete


async def test_sitemaps_of_other_sites_are_not_read_and_said_to_be_missing() -> None:
    web = FakeWeb(reply(MAP, index("http://10.0.0.1/s.xml", f"{SITE}/1.xml")))
    found = await list_sitemaps([MAP], web.read, SCOPE)
    assert "http://10.0.0.1/s.xml" not in web.asked
    assert "lies on another site" in found.problems[0]


async def test_a_sitemap_kept_elsewhere_may_have_its_parts_there() -> None:
    kept = "https://store.example"
    web = FakeWeb(
        reply(f"{kept}/s.xml", index(f"{kept}/1.xml")), reply(f"{kept}/1.xml", urlset("a"))
    )
    found = await list_sitemaps([f"{kept}/s.xml"], web.read, SCOPE)
    assert paths(found) == ["a"]
    assert found.complete


WHOLE = urlset("a", "b", "c")
PACKED = gzip.compress(WHOLE.encode())


@pytest.mark.parametrize("length", range(120, len(WHOLE), 7))
async def test_a_list_that_breaks_off_anywhere_is_noticed(length: int) -> None:
    found = await listed(WHOLE[:length])
    assert not found.complete
    assert paths(found) == ["a", "b", "c"][: len(found.entries)]


@pytest.mark.parametrize("length", range(2, len(PACKED), 9))
async def test_a_packed_list_that_breaks_off_anywhere_is_noticed(length: int) -> None:
    assert not (await listed(PACKED[:length])).complete


async def test_fewer_bytes_than_announced_are_noticed() -> None:
    text = f"{SITE}/a\n{SITE}/b"
    assert not (await listed(reply(MAP, text, content_length="99"))).complete
    unpacked = reply(MAP, text, content_length="9", content_encoding="gzip")
    assert (await listed(unpacked)).complete


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500, 503])
async def test_an_index_with_an_unreadable_part_is_not_complete(status: int) -> None:
    found = await listed(
        index(f"{SITE}/1.xml", f"{SITE}/2.xml"),
        reply(f"{SITE}/1.xml", "", status),
        reply(f"{SITE}/2.xml", urlset("a")),
    )
    assert paths(found) == ["a"]
    assert found.problems == (
        f"The sitemap {SITE}/1.xml was not read whole: it answered with status {status}.",
    )


async def test_a_part_that_is_not_reached_is_noticed() -> None:
    found = await listed(index(f"{SITE}/1.xml"), (f"{SITE}/1.xml", FetchFailed("It timed out")))
    assert "It timed out" in found.problems[0]


@pytest.mark.parametrize("content", ["", "<html><body>Not found", "no list", "<urls/>", b"\0\1"])
async def test_what_is_no_sitemap_is_a_problem_unless_it_was_guessed(content: str | bytes) -> None:
    assert not (await listed(content)).complete
    assert (await listed(content, guessed=True)).complete


async def test_a_guess_that_leads_nowhere_is_no_problem_but_a_failing_server_is() -> None:
    assert (await listed(guessed=True)).complete
    assert not (await listed()).complete
    assert not (await listed(reply(MAP, "", 503), guessed=True)).complete
    assert not (await listed((MAP, FetchFailed("no answer")), guessed=True)).complete
    for length in (8, len(WHOLE) - 4):
        assert not (await listed(WHOLE[:length], guessed=True)).complete


async def test_a_feed_names_pages_but_never_all() -> None:
    found = await listed(f"<rss><channel><item><link>{SITE}/a</link></item></channel></rss>")
    assert paths(found) == ["a"]
    assert "newest" in found.problems[0]


async def test_circles_end() -> None:
    web = FakeWeb(
        reply(MAP, index(f"{SITE}/1.xml", MAP)), reply(f"{SITE}/1.xml", index(MAP, f"{SITE}/1.xml"))
    )
    found = await list_sitemaps([MAP, MAP], web.read, SCOPE)
    assert web.asked == [MAP, f"{SITE}/1.xml"]
    assert found.complete


async def test_what_is_nested_too_deep_is_noticed() -> None:
    chain = [reply(f"{SITE}/{at}.xml", index(f"{SITE}/{at + 1}.xml")) for at in range(9)]
    found = await listed(index(f"{SITE}/0.xml"), *chain)
    assert "nested more than 5 deep" in found.problems[0]


async def test_limits_are_kept_and_told() -> None:
    two = Limits(items=2)
    assert paths(found := await listed(WHOLE, limits=two)) == ["a", "b"]
    assert "more than 2 items" in found.problems[0]
    assert "more than 2 lines" in (await listed(f"{SITE}/a\n" * 3, limits=two)).problems[0]
    children = [f"{SITE}/{name}.xml" for name in "12"]
    parts = [reply(one, urlset("a")) for one in children]
    found = await listed(index(*children), *parts, limits=Limits(files=2))
    assert "is one more than 2" in found.problems[0]
    assert "1 pages or more" in (await listed(urlset("a"), limits=Limits(pages=1))).problems[0]
    for long in (urlset("a" * 300), gzip.compress(urlset("a" * 300).encode())):
        assert "200 bytes" in (await listed(long, limits=Limits(bytes=200))).problems[0]


async def test_a_page_of_thousands_of_fields_is_no_page() -> None:
    found = await listed(f"<urlset><url>{'<a/>' * 2_000}</url></urlset>")
    assert "more elements than any list needs" in found.problems[0]


async def test_many_problems_are_told_in_short() -> None:
    found = await listed(index(*(f"{SITE}/{at}.xml" for at in range(30))))
    assert len(found.problems) == 21
    assert found.problems[-1] == "And 10 more problems."


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
REACHING = '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("head", [f'<!DOCTYPE urlset [<!ENTITY e0 "x">{BOMB}]>', REACHING])
async def test_entities_are_neither_expanded_nor_fetched(head: str) -> None:
    found = await listed(f"{head}<urlset><url><loc>{SITE}/&e9;&x;</loc></url></urlset>")
    assert found.entries == ()
    assert "entities" in found.problems[0]


async def test_stray_ampersands_are_read_as_meant() -> None:
    found = await listed(
        f"<urlset><url><loc>{SITE}/a?b=1&c=2&amp;d=3&copy=4</loc></url>"
        f"<url><loc><![CDATA[{SITE}/e?f&g]]></loc></url></urlset>"
    )
    assert paths(found) == ["a?b=1&c=2&d=3&copy=4", "e?f&g"]
    assert found.complete


async def test_packed_bombs_and_endless_parts_end_early() -> None:
    packed = gzip.compress(b"\n" * 100_000)
    assert "packed parts" in read_sitemap(packed, MAP, {}, Limits(bytes=50_000)).problem
    assert "packed parts" in read_sitemap(gzip.compress(b"x") * 2_000, MAP, {}).problem


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.integers(0, len(WHOLE)))
def test_rubbish_never_raises_and_never_looks_whole(rubbish: bytes, at: int) -> None:
    for content in (rubbish, WHOLE[:at].encode() + rubbish, PACKED[: at % len(PACKED)] + rubbish):
        found = read_sitemap(content, MAP, {})
        assert found.problem or (not found.is_none and not found.pages[3:])
