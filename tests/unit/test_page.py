"""Where a page leads and what it says of itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.page import MAX_LINKS, PageFacts, read_headers, read_page

URL = "https://acme.example/docs/a"


def page(html: str, **headers: str) -> PageFacts:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_page(html.encode(), URL, named)


@pytest.mark.parametrize(
    "html",
    [
        *('<a href="/x">', "<a href='/x'>", "<a href=/x>", "<A HREF = /x >", '<a href="/x#part">'),
        *('<a class="b"href="/x">', "<a\nhref\n=\n/x\n>", '<a title="it\'s > 1" href="/x">'),
        *('<area href="/x">', "<iframe src=/x></iframe>", "<frame src=/x>", '<a href="/x'),
        *('<a rel="nofollow" href="/x">', '<a href="&#47;x">', "<a href=/x href=/y>"),
        *("<link rel=next href=/x>", '<link rel="alternate" hreflang="de" href="/x">'),
        *('<base href="https://acme.example/"><a href="x">', '<base href="/"><a href=x>'),
        *("1 < 2 <a href=/x>", "<!-- <a href=/y> --><a href=/x>", "<!----><a href=/x>"),
        *("<script>'<a href=/y>'</script><a href=/x>", "<title><a href=/y></title><a href=/x>"),
        *("<noscript><a href=/x></noscript>", "<a href=/x><a href='/x?utm_source=a'>"),
    ],
)
def test_a_link_is_found_however_it_is_written(html: str) -> None:
    assert page(html).links == ("https://acme.example/x",)


@pytest.mark.parametrize(
    "html",
    [
        *("<a href='mailto:a@b.example'>", "<a name=x>", "<b href=/x>", "<script>a<a href=/x>"),
        *("<!-- <a href=/x>", "<style><a href=/x></style>", "<link rel=stylesheet href=/x.css>"),
        *("<div title='<a href=/x>'>", "< a href=/x>", "<textarea><a href=/x></textarea>"),
    ],
)
def test_what_is_no_link_leads_nowhere(html: str) -> None:
    assert page(html).links == ()


def test_parameters_that_look_like_signs_stay_parameters() -> None:
    assert page('<a href="?a=1&copy=2&lt=3&amp;d=4&gtm_x=5">').links == (
        "https://acme.example/docs/a?a=1&copy=2&lt=3&d=4&gtm_x=5",
    )


def test_a_page_has_the_canonical_address_that_its_head_gives() -> None:
    assert page("<link rel=canonical href=b>").canonical == "https://acme.example/docs/b"
    assert page("<base href=/><link rel=CANONICAL href=b?gclid=1>").canonical == (
        "https://acme.example/b"
    )
    assert page("<p>comment<link rel=canonical href=/stolen>").canonical is None
    assert page("<link rel=canonical href=/b><link rel=canonical href=/c>").canonical is None
    assert page("<link rel=canonical href=/b>", link='</c>; rel="canonical"').canonical == (
        "https://acme.example/c"
    )


@pytest.mark.parametrize(
    ("html", "header", "noindex", "nofollow"),
    [
        ("<meta name=robots content='NOINDEX, follow'>", "", True, False),
        ("<meta name=PunnetBot content=nofollow>", "", False, True),
        ("<meta name=googlebot content=noindex>", "", False, False),
        ("<meta name=robots content=none>", "", True, True),
        ("", "noindex", True, False),
        ("", "googlebot: noindex, nofollow", False, False),
        ("", "googlebot: noindex, PunnetBot: nofollow", False, True),
        ("", "unavailable_after: 25 Jun 2030 15:00:00 GMT, max-snippet:-1, none", True, True),
        ("<p>noindex", "all", False, False),
    ],
)
def test_robots_directives_for_all_and_for_us_count(
    html: str, header: str, noindex: bool, nofollow: bool
) -> None:
    told = page(html, x_robots_tag=header)
    assert (told.noindex, told.nofollow) == (noindex, nofollow)


@pytest.mark.parametrize(
    ("html", "leads_to"),
    [
        ("<meta http-equiv=refresh content='0; URL=/b'>", "https://acme.example/b"),
        ("<meta http-equiv=Refresh content=\"5;url='b'\">", "https://acme.example/docs/b"),
        ("<meta http-equiv=refresh content='0.5, /b'>", "https://acme.example/b"),
        ("<meta http-equiv=refresh content='300; url=/b'>", None),
        ("<meta http-equiv=refresh content='0; url=a#top'>", None),
        ("<meta http-equiv=refresh content=60>", None),
        ("<noscript><meta http-equiv=refresh content='0;url=/no-js'></noscript>", None),
    ],
)
def test_a_page_that_sends_its_readers_on_at_once_is_a_redirect(
    html: str, leads_to: str | None
) -> None:
    assert page(html).refresh == leads_to


def test_headers_alone_speak_for_what_is_no_html() -> None:
    headers = {"link": '<b.pdf>; rel="canonical", </c>; rel=next', "x-robots-tag": "noindex"}
    told = read_headers("https://acme.example/docs/a.pdf", headers)
    assert told == PageFacts(canonical="https://acme.example/docs/b.pdf", noindex=True)


def test_feeds_title_and_visible_words_are_told() -> None:
    told = page(
        "<html><head><title>A &amp;\n B</title><link rel=alternate type=application/rss+xml"
        " href=/feed><link rel='alternate' type='application/atom+xml' href='/atom'></head><body>"
        "<svg><title>icon</title></svg><p>One<b>two</b></p><script>no()</script>"
        "<noscript>Turn scripts on</noscript><style>no</style>three&nbsp;&lt; 4</body></html>"
    )
    assert told.feeds == ("https://acme.example/feed", "https://acme.example/atom")
    assert told.title == "A & B"
    assert told.text == "One two three < 4"


def test_charsets_are_taken_from_the_header_first() -> None:
    html = "<title>Привет</title><a href='/мир'>".encode("cp1251")
    told = read_page(html, URL, {"content-type": "text/html; charset=windows-1251"})
    assert told.title == "Привет"
    assert told.links == ("https://acme.example/%D0%BC%D0%B8%D1%80",)


HOSTILE = {
    "nested": "<div>" * 50_000,
    "unclosed tags": "<a " * 50_000,
    "unclosed quotes": '<a href="' * 50_000,
    "equals": "<a =" * 50_000,
    "comments": "<!--" * 50_000,
    "scripts": "<script>" * 50_000,
    "closings": "</" * 50_000,
    "signs": "&#" + "9" * 50_000 + "&" * 50_000,
    "hidden": "<svg><select>" * 20_000 + "</noscript>" * 20_000,
    "formatting": "".join(f"<b id={at}>" for at in range(2_000)) + "<p>x" * 2_000,
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE.keys())
def test_pages_made_to_be_slow_are_read_once(html: str) -> None:
    long = ", ".join(["<" * 5_000, '; rel="' * 5_000])
    assert len(page(html, link=long, refresh="1" * 50_000).links) <= 1


def test_no_more_links_are_taken_than_the_limit() -> None:
    assert len(page("".join(f"<a href={at}>" for at in range(MAX_LINKS + 5))).links) == MAX_LINKS


parts = st.lists(
    st.sampled_from(
        [
            *("<a href=", "<", ">", "/", '"', "'", "=", " ", "&", "#", ";", "<!--", "-->", "</a"),
            *("<title>", "<base href=", "<meta name=robots content=", "\0", "ü", "<svg>", "x"),
        ]
    ),
    max_size=20,
).map(lambda some: "".join(some).encode())


@given(st.binary(max_size=300) | parts, st.text(max_size=60))
def test_rubbish_never_raises(rubbish: bytes, header: str) -> None:
    names = ("content-type", "link", "refresh", "x-robots-tag")
    told = read_page(rubbish, URL, dict.fromkeys(names, header))
    assert all(link.startswith("http") for link in told.links)
