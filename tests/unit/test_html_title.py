"""The title of a page, without the name of its site and never without a part of its own."""

import pytest

from ingest.parse.html import parse_html


def title(head: str, body: str = "<p>words</p>") -> str:
    return parse_html(f"<html><head>{head}</head><body>{body}</body></html>").title


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<title>Returns - Acme Help</title>", "<h1>Returns</h1>", "Returns"),
        (
            "<title>Acme Help | Returns by post</title>",
            "<h1>Returns by post</h1>",
            "Returns by post",
        ),
        ("<title>Wide: a tale · V8</title>", "<h1>V8</h1><h1>Wide: a tale</h1>", "Wide: a tale"),
        ("<title>A | B</title><meta property='og:title' content='A'>", "<p>x</p>", "A"),
        ("<title>A - Acme</title><meta property='og:site_name' content='Acme'>", "x", "A"),
        ("", "<h1>Returns</h1>", "Returns"),
    ],
)
def test_the_name_of_the_site_is_cut(head: str, body: str, expected: str) -> None:
    assert title(head, body) == expected


@pytest.mark.parametrize(
    "whole", ["CREATE TABLE - define a table", "Wi-Fi: how to", "Terms | Conditions", "10 - 3 = 7"]
)
def test_a_part_that_nothing_names_as_the_site_stays(whole: str) -> None:
    assert title(f"<title>{whole}</title>", "<h1>Welcome</h1>") == whole


def test_the_name_of_the_site_alone_is_no_title() -> None:
    site = "<meta property='og:site_name' content='Acme'>"
    assert title(f"<title>Returns — Acme</title>{site}", "<h1>Acme</h1>") == "Returns"


def test_the_headline_of_structured_data_comes_first() -> None:
    script = '{"@type": "NewsArticle", "headline": "Parcels &amp; post"}'
    head = f"<title>Other</title><script type='application/ld+json'>{script}</script>"
    assert title(head) == "Parcels & post"
