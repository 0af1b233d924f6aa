"""What a site lets us ask, above all when it does not say."""

from codecs import BOM_UTF8
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from connectors.errors import FetchFailed, FetchRefused
from connectors.page import AGENT
from connectors.robots import MAX_BYTES, Robots, parse_robots
from tests.web import FakeWeb, reply

SITE = "https://acme.example"
FILE = f"{SITE}/robots.txt"
PAGE = f"{SITE}/docs/a"

NASTY = {
    "empty": b"",
    "groups": b"User-agent: *\nDisallow: /\n\nUser-agent: punnetbot\nAllow: /docs\nDisallow: /\n",
    "longest wins": b"User-agent: *\nDisallow: /docs\nAllow: /docs/a\n",
    "wildcards": b"User-agent: *\nDisallow: /*?*print=\nDisallow: /*.pdf$\nAllow: /****a****$\n",
    "many stars": b"User-agent: *\nDisallow: /" + b"*a" * 20_000 + b"\n",
    "only a byte order mark": BOM_UTF8 + b"User-agent: *\r\nDisallow: /docs\r\n",
    "old line ends": b"User-agent: *\rDisallow: /docs\rCrawl-delay: 1e400\r",
    "a page": b"<!DOCTYPE html><html><body><h1>404</h1>User-agent: *</body></html>",
    "binary": bytes(range(256)) * 40,
    "utf-16": "User-agent: *\nDisallow: /".encode("utf-16"),
    "no agent": b"Disallow: /\nCrawl-delay: 5\n",
    "misspelt": b"useragent *\nDissallow: /docs\nCrawl-delay: five\nSitemap https://a.example/s.xml",
    "escapes": b"User-agent: *\nDisallow: /%7Euser\nDisallow: /\xc3\xbc\nDisallow: /a%2Fb\n",
    "comments": b"# User-agent: *\nUser-agent: * # all\nDisallow: /docs # not these\n",
    "bad delay": b"User-agent: *\nCrawl-delay: -1\nCrawl-delay: nan\nRequest-rate: x/0\n",
    "one long line": b"User-agent: *\nDisallow: /" + b"x" * 100_000,
}
PATHS = ["/", "/docs", "/docs/a", "/docs/b.pdf", "/x?a=1&print=1", "/~user/", "/%C3%BC", "/a/b"]


@pytest.mark.parametrize("agent", [AGENT, "Googlebot", "Mozilla/5.0 (compatible; PunnetBot/1)"])
@pytest.mark.parametrize("content", NASTY.values(), ids=NASTY.keys())
def test_what_a_file_says_is_answered_as_protego_does(content: bytes, agent: str) -> None:
    rules = parse_robots(content, agent)
    oracle = Protego.parse(content.removeprefix(BOM_UTF8).decode("utf-8", errors="replace"))
    assert rules.known
    assert [rules.allows(SITE + path) for path in PATHS] == [
        oracle.can_fetch(SITE + path, agent) for path in PATHS
    ]


def test_rules_for_us_alone_replace_those_for_all() -> None:
    rules = parse_robots(NASTY["groups"])
    assert rules.allows(PAGE)
    assert not rules.allows(f"{SITE}/pricing")


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-16")))
def test_rubbish_never_raises(rubbish: bytes) -> None:
    for content in (rubbish, b"User-agent: *\nDisallow: /" + rubbish):
        rules = parse_robots(content)
        assert rules.allows(PAGE) in {True, False}
        assert rules.delay is None or 0 <= rules.delay <= 30


def test_what_stands_beyond_the_limit_is_not_read_and_no_rule_is_cut() -> None:
    head = b"User-agent: *\nDisallow: /secret\n"
    start = head + b"#" * (MAX_BYTES - len(head) - len(b"\nDisallow: /d")) + b"\nDisallow: /d"
    rules = parse_robots(start + b"rafts/\nDisallow: /docs\n")
    assert not rules.allows(f"{SITE}/secret")
    assert rules.allows(PAGE)


def test_a_delay_is_obeyed_within_reason_and_sitemaps_are_listed() -> None:
    rules = parse_robots(b"User-agent: *\nCrawl-delay: 86400\nSitemap: /s.xml\nSitemap: /s.xml\n")
    assert rules.delay == 30
    assert rules.sitemaps == ("/s.xml",)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
async def test_a_site_that_says_there_is_no_file_allows_all(status: int) -> None:
    rules = await Robots(FakeWeb(reply(FILE, "User-agent: *\nDisallow: /", status))).rules(PAGE)
    assert rules.known
    assert rules.allows(PAGE)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 304, 300])
async def test_a_site_that_cannot_say_allows_nothing(status: int) -> None:
    rules = await Robots(FakeWeb(reply(FILE, "", status))).rules(PAGE)
    assert not rules.known
    assert not rules.allows(PAGE)
    assert (rules.delay, rules.sitemaps) == (None, ())
    assert str(status) in rules.why


@pytest.mark.parametrize("error", [FetchFailed("It timed out."), FetchRefused("It is private.")])
async def test_a_site_that_is_not_reached_allows_nothing(error: FetchFailed | FetchRefused) -> None:
    rules = await Robots(FakeWeb((FILE, error))).rules(PAGE)
    assert not rules.known
    assert not rules.allows(PAGE)
    assert rules.why == str(error)


async def test_five_redirects_are_followed_also_to_another_site() -> None:
    hops = [FILE, *(f"https://other.example/{at}" for at in range(5))]
    led = [reply(here, status=302, location=on) for here, on in pairwise(hops)]
    web = FakeWeb(*led, reply(hops[-1], "User-agent: *\nDisallow: /docs"))
    rules = await Robots(web).rules(PAGE)
    assert not rules.allows(PAGE)
    assert rules.allows(f"{SITE}/pricing")


async def test_more_redirects_are_as_if_there_were_no_file() -> None:
    web = FakeWeb(reply(FILE, status=301, location=FILE))
    rules = await Robots(web).rules(PAGE)
    assert rules.allows(PAGE)
    assert len(web.asked) == 6


async def test_each_site_is_asked_once() -> None:
    web = FakeWeb(reply(FILE, "User-agent: *\nDisallow: /docs"))
    robots = Robots(web)
    assert not (await robots.rules(PAGE)).allows(PAGE)
    assert (await robots.rules("http://acme.example/docs/a")).allows("http://acme.example/docs/a")
    await robots.rules(f"{SITE}/other?x")
    assert web.asked == [FILE, "http://acme.example/robots.txt"]
