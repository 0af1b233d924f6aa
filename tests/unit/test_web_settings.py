"""Settings of `web` sources."""

import pytest

from connectors.errors import SettingsInvalid
from connectors.model import Json
from connectors.page import AGENT
from connectors.web_settings import Render, WebSettings, parse_web

START = "https://shop.example/help/"


def settings(**more: Json) -> WebSettings:
    return parse_web({"start": START, **more})


def test_an_address_is_all_that_is_needed() -> None:
    told = settings()
    assert told.starts == (START,)
    assert (told.crawl, told.render, told.allow_private) == (True, Render.AUTO, False)
    assert (told.max_pages, told.max_depth, told.rate) == (5_000, 10, 2.0)
    assert told.sitemaps is None


def test_addresses_are_spelled_in_one_way() -> None:
    told = parse_web({"start": ["HTTPS://Shop.Example:443/help/#top", START]})
    assert told.starts == (START,)


@pytest.mark.parametrize(("chosen", "meant"), [(True, None), (False, ()), ([], ())])
def test_sitemaps_are_looked_for_unless_told_otherwise(
    chosen: Json, meant: tuple[str, ...] | None
) -> None:
    assert settings(sitemaps=chosen).sitemaps == meant


def test_sitemaps_may_be_named() -> None:
    named = "https://shop.example/maps/help.xml.gz"
    assert settings(sitemaps=[named]).sitemaps == (named,)


def test_folders_and_globs_choose_pages() -> None:
    scope = settings(include=["/help/"], exclude=["**/old/*", "*.pdf"]).scope
    taken = {
        path: scope.takes(f"https://shop.example{path}")
        for path in ("/help/", "/help/boots", "/blog/", "/help/old/one", "/help/size.pdf")
    }
    assert [path for path, took in taken.items() if took] == ["/help/", "/help/boots"]


def test_files_are_left_out_on_request() -> None:
    assert not settings(documents=False).scope.takes("https://shop.example/size.pdf")
    assert settings().scope.takes("https://shop.example/size.pdf")


def test_who_asks_is_told_with_a_contact() -> None:
    # It is by this name that robots.txt speaks to us.
    assert AGENT in settings().user_agent
    assert "help@shop.example" in settings(contact="help@shop.example").user_agent


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"start": []}, "'start' is missing"),
        ({"start": "shop"}, "no address of a website"),
        ({"start": "ftp://shop.example/"}, "no address of a website"),
        ({"start": "https://me:secret@shop.example/"}, "no address of a website"),
        ({"starts": START}, "did you mean 'start'"),
        ({"rate": 0}, "'rate'"),
        ({"rate": 0.001}, "'rate'"),
        ({"rate": float("nan")}, "'rate'"),
        ({"rate": 1001}, "'rate'"),
        ({"rate": "fast"}, "'rate'"),
        ({"rate": True}, "'rate'"),
        ({"render": "alway"}, "did you mean 'always'"),
        ({"sitemaps": "map.xml"}, "'sitemaps'"),
        ({"max_pages": 0}, "'max_pages'"),
        ({"max_depth": -1}, "'max_depth'"),
        ({"include": ["a**"]}, "'include'"),
        ({"contact": "me\r\nCookie: x"}, "'contact'"),
        ({"allow_private": "yes"}, "'allow_private'"),
    ],
)
def test_what_cannot_work_is_refused(wrong: dict[str, Json], says: str) -> None:
    with pytest.raises(SettingsInvalid, match=says):
        settings(**wrong)


@pytest.mark.parametrize(
    ("host", "port", "may"),
    [
        ("wiki.corp", 8080, True),
        ("docs.wiki.corp", 8080, True),
        ("wiki.corp", 9200, False),
        ("corp", 8080, False),
        ("maps.corp", 80, True),
        ("maps.corp", 443, True),
        ("::1", 80, True),
        ("127.0.0.1", 80, False),
    ],
)
def test_only_hosts_that_are_named_may_be_private(host: str, port: int, may: bool) -> None:
    named: dict[str, Json] = {"start": ["http://wiki.corp:8080/", "http://[::1]/"]}
    named["sitemaps"] = "http://maps.corp/m"
    inside, outside = parse_web(named | {"allow_private": True}), parse_web(named)
    assert inside.may_be_private(host, port) is may
    assert not outside.may_be_private(host, port)
