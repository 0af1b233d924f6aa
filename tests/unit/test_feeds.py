"""The pages that feeds name."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feeds import Listed, moment, read_feed

FEED = "https://acme.example/blog/feed"
DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGES = (Listed("https://acme.example/blog/a", DAY), Listed("https://acme.example/b?c=1&d=2"))

RSS_2 = """<?xml version="1.0"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<link>https://acme.example/</link><atom:link href="https://acme.example/feed" rel="self"/>
<item><title>A &amp; B</title><link>
 a?utm_source=rss </link><pubDate>Sun, 01 Mar 2026 13:00:00 +0100</pubDate>
 <source><link>https://acme.example/not-this</link></source></item>
<item><guid>https://acme.example/b?c=1&amp;d=2</guid></item>
<item><guid isPermaLink="false">https://acme.example/no</guid></item>
</channel></rss>"""
RSS_1 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="x"><link>https://acme.example/</link></channel>
<item rdf:about="y"><link>/blog/a</link><dc:date>2026-03-01T12:00:00Z</dc:date></item>
<item><link><![CDATA[https://acme.example/b?c=1&d=2]]></link></item></rdf:RDF>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://acme.example/"/>
<entry><link rel="edit" href="/edit/1"/><link href="/blog/a"/>
 <published>2020-01-01T00:00:00Z</published><updated>2026-03-01T12:00:00+00:00</updated>
 <content type="xhtml"><div><a href="/x">x</a><link href="/no"/></div></content></entry>
<entry><link rel="alternate" href="https://acme.example/b?c=1&amp;d=2"/></entry></feed>"""
STRAY = """
<rss><channel><item><link>https://acme.example/blog/a</link><date>2026-03-01T12:00Z</date></item>
<item><title>\x08</title><link>https://acme.example/b?c=1&d=2</link></item></channel></rss>"""
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {"url": "/blog/a", "date_modified": "2026-03-01T12:00:00Z", "id": 1},
            {"url": "https://acme.example/b?c=1&d=2", "date_published": 5},
            *({"id": 2}, "x", None, {"url": 7}),
        ],
    }
)


@pytest.mark.parametrize(
    "feed",
    [RSS_2, RSS_1, ATOM, STRAY, JSON_FEED, "\ufeff" + JSON_FEED],
    ids=["RSS 2.0", "RSS 1.0", "Atom", "stray ampersands", "JSON Feed", "JSON with a mark"],
)
def test_every_kind_of_feed_names_its_pages(feed: str) -> None:
    assert read_feed(feed.encode(), FEED) == PAGES


def test_a_feed_in_another_charset_is_read() -> None:
    feed = (
        '<?xml version="1.0" encoding="windows-1251"?><rss><item><link>/Привет</link></item></rss>'
    )
    (page,) = read_feed(feed.encode("cp1251"), FEED)
    assert page.url == "https://acme.example/%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82"


def test_a_page_named_twice_is_one_with_its_date() -> None:
    dates = ("", "<date>2026-03-01T12:00Z</date>", "")
    feed = f"<rss>{''.join(f'<item><link>/a</link>{date}</item>' for date in dates)}</rss>"
    assert read_feed(feed.encode(), FEED) == (Listed("https://acme.example/a", DAY),)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        (" 2026-03-01T12:00:00.5+02:00\n", datetime(2026, 3, 1, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 12:00:00 GMT", DAY),
        ("1 Mar 2026 07:00 EST", DAY),
        *[(rubbish, None) for rubbish in ("", "soon", "2026-13-40", "0001-01-01T00:00+23:00", "-")],
        *[(rubbish, None) for rubbish in ("9" * 40, "9" * 5000, "Mon, 99 Foo 1 1:1 +9999999999")],
    ],
)
def test_dates_are_read_as_lists_write_them(written: str, at: datetime | None) -> None:
    assert moment(written) == at


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_rubbish_is_no_feed_and_never_raises(rubbish: bytes) -> None:
    for content in (rubbish, b"{" + rubbish, RSS_2.encode()[: len(rubbish) * 3] + rubbish):
        assert all(page.url.startswith("http") for page in read_feed(content, FEED))


@given(st.text(max_size=40))
def test_no_date_raises(written: str) -> None:
    assert moment(written) is None or moment(written)


def test_nesting_without_end_is_no_feed() -> None:
    assert read_feed(b'{"items":' + b"[" * 100_000, FEED) == ()
    assert read_feed(b'{"items":' + b"9" * 10_000 + b"}", FEED) == ()
    assert read_feed(b"<rss>" + b"<a>" * 200_000, FEED) == ()
