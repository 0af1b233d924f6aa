"""One name for each page, and the pages of a crawl."""

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import SettingsInvalid
from connectors.urls import MAX_LENGTH, host_of, normalised, path_of, scope_of

BASE = "https://acme.example/docs/guide/?v=1"


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("HTTP://Acme.Example:80", "http://acme.example/"),
        ("https://acme.example:443/a", "https://acme.example/a"),
        ("https://acme.example:8443/a", "https://acme.example:8443/a"),
        ("https://acme.example./a", "https://acme.example/a"),
        ("https://bücher.example/ü?ä=%c3%bc", "https://xn--bcher-kva.example/%C3%BC?%C3%A4=%C3%BC"),
        ("https://\uff41cme.example/", "https://acme.example/"),
        ("https://acme.example/%7euser/%41b%2fc", "https://acme.example/~user/Ab%2Fc"),
        ("https://acme.example/a/./b/../c/%2E%2e/d", "https://acme.example/a/d"),
        ("https://acme.example/../..//x", "https://acme.example//x"),
        ("https://acme.example/a b|c", "https://acme.example/a%20b%7Cc"),
        ("https://acme.example/100%", "https://acme.example/100%25"),
        ("https://acme.example/a?#top", "https://acme.example/a"),
        ("https://acme.example/a#b?c", "https://acme.example/a"),
        ("https://acme.example/?id=7&utm_source=x&gclid=1", "https://acme.example/?id=7"),
        ("https://acme.example/?FBCLID=1", "https://acme.example/"),
        ("https://acme.example/?%75tm_source=x&b=&a", "https://acme.example/?b=&a"),
        ("https://acme.example/a;jsessionid=0A1/b", "https://acme.example/a/b"),
        (" \n https://acme.example/a\n\tb ", "https://acme.example/ab"),
        ("https:\\\\acme.example\\a", "https://acme.example/a"),
        ("http://[2001:DB8:0::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("https://a_b.acme.example/", "https://a_b.acme.example/"),
    ],
)
def test_spellings_of_one_page_become_one(written: str, one: str) -> None:
    assert normalised(written) == one


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("", "https://acme.example/docs/guide/?v=1"),
        ("#part", "https://acme.example/docs/guide/?v=1"),
        ("next", "https://acme.example/docs/guide/next"),
        ("../other?x", "https://acme.example/docs/other?x"),
        ("?v=2", "https://acme.example/docs/guide/?v=2"),
        ("/top", "https://acme.example/top"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("https:next", "https://acme.example/docs/guide/next"),
        ("http://other.example", "http://other.example/"),
        ("\\top\\x", "https://acme.example/top/x"),
        ("page:one", None),
        ("./page:one", "https://acme.example/docs/guide/page:one"),
    ],
)
def test_links_lead_where_browsers_go(link: str, leads_to: str | None) -> None:
    assert normalised(link, BASE) == leads_to


def test_two_slashes_in_the_base_stay_two() -> None:
    assert normalised("b", "https://acme.example/old/http://x/a") == (
        "https://acme.example/old/http://x/b"
    )


@pytest.mark.parametrize(
    "written",
    [
        *(
            "mailto:a@acme.example",
            "javascript:void(0)",
            "data:text/html,x",
            "tel:+123",
            "ftp://a/",
        ),
        *("https://user:secret@acme.example/", "https://acme.example:99999/", "https://a:0/"),
        *("https://[", "https://[::1", "https://[fe80::1%25eth0]/", "https://a..b/", "https:///"),
        *("https://2130706433/", "https://0x7f.0.0.1/", "https://127.1/", "https://256.1.1.1/"),
        *("https://acme example/", "https://a\ud800/", "https://acme.example/\ud800", "/relative"),
        *(f"https://acme.example/{'a' * MAX_LENGTH}", "https://" + "a" * 64 + ".example/", ""),
    ],
)
def test_what_is_no_address_of_a_page_has_no_name(written: str) -> None:
    assert normalised(written) is None


pieces = st.sampled_from(
    [
        *("a", "B", ".", "..", "/", "//", "%2e", "%", "%41", "%zz", "?", "&", "=", "#", ":", ";"),
        *("utm_x=1", "ü", " ", "\\", "http:", "https://", "[", "]", "acme.example", "@", "+", "1"),
        *(";jsessionid=", "\t", "\ud800", "%75tm_a", "xn--", "\u0130", "\u3002"),
    ]
)
written = st.one_of(st.text(), st.lists(pieces, max_size=14).map("".join))


@given(written)
def test_a_normal_address_is_its_own_normal_form(text: str) -> None:
    for one in (normalised(text), normalised(text, BASE), normalised(f"https://a.example/{text}")):
        assert one is None or normalised(one) == normalised(one, BASE) == one
        assert one is None or (host_of(one) and path_of(one).startswith("/") and one.isascii())


segments = st.lists(st.sampled_from(["a", "b", ".", "..", "c.html"]), max_size=5).map("/".join)


@given(segments, segments, st.sampled_from(["", "/"]))
def test_joining_agrees_with_the_standard_library(path: str, link: str, root: str) -> None:
    base = normalised(f"https://acme.example/{path}")
    assert base is not None
    assert normalised(root + link, base) == normalised(urljoin(base, root + link))


def test_a_crawl_keeps_to_its_hosts_with_or_without_www() -> None:
    scope = scope_of(["https://www.acme.example/help"])
    assert scope.takes("https://acme.example/pricing")
    assert scope.takes("http://www.acme.example/")
    assert not scope.takes("https://shop.acme.example/")
    assert not scope.takes("https://acme.example:8443/")
    assert not scope.takes("https://evil-acme.example/")


def test_what_stands_below_a_host_is_the_same_site_and_its_neighbours_are_not() -> None:
    scope = scope_of(["https://docs.acme.example/"])
    assert scope.same_site("https://en.docs.acme.example/a")
    assert not scope.same_site("https://acme.example/a")
    assert not scope.same_site("https://other.acme.example/a")
    assert scope_of(["https://acme.example"], subdomains=True).takes("https://a.acme.example/")


def test_prefixes_and_patterns_choose_pages() -> None:
    scope = scope_of(
        ["https://acme.example/"],
        prefixes=["/docs/", "/ü"],
        include=["docs", "*.html"],
        exclude=["drafts", "docs/v1/**"],
    )
    assert scope.takes("https://acme.example/docs/a/b")
    assert scope.takes("https://acme.example/%C3%BCber.html")
    assert not scope.takes("https://acme.example/docs2/a.html")
    assert not scope.takes("https://acme.example/docs/drafts/a")
    assert not scope.takes("https://acme.example/docs/v1/a/b")


def test_what_is_no_document_is_not_visited() -> None:
    pages, papers = (scope_of(["https://acme.example/"], files=files) for files in (False, True))
    for name in ("", "a", "a.html", "a.php?x=b.png", "next.js", "v1.2", "a.md"):
        assert pages.takes(f"https://acme.example/{name}")
    for name in ("a.PNG", "a.tar.gz", "a.css", "a.mp4", "a.woff2", "feed.xml"):
        assert not papers.takes(f"https://acme.example/{name}")
    for name in ("a.pdf", "a.DOCX", "a.xlsx"):
        assert papers.takes(f"https://acme.example/{name}")
        assert not pages.takes(f"https://acme.example/{name}")


def test_a_start_that_is_no_address_is_refused_with_the_mend() -> None:
    with pytest.raises(SettingsInvalid, match="write it in full"):
        scope_of(["acme.example"])
    with pytest.raises(SettingsInvalid, match="must begin with '/'"):
        scope_of(["https://acme.example"], prefixes=["docs"])
