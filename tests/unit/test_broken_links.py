"""Links that lead to nothing, and those of which nobody can tell."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from ingest.freshness.broken_links import addresses_to_check, broken_links
from ingest.freshness.linked import LinkedKnowledge
from ingest.freshness.model import Finding
from ingest.freshness.pages import LinkState, Page
from ingest.model import DocumentId
from ingest.parse.markdown import parse_markdown
from ingest.reading import DocumentRecord, Revision
from ingest.records import DocumentState
from tests.ageing import aging
from tests.builders import ACME, NOON, SHOP, facts

FILES = ["help/returns.md", "help/shipping.html", "index.md", "manuals/README.md"]
SITE = ["https://a.example/help", "https://www.a.example/help/returns/"]


def page_of(text: str, ref: str, url: str = "") -> Page:
    parsed = parse_markdown(text)
    its = replace(facts(ref), url=url)
    record = DocumentRecord(its, ACME, SHOP, DocumentState.LIVE, "", 0, 1, 9, 1, NOON, NOON, None)
    revision = Revision(its.id, 1, NOON, None, parsed.title, parsed.text, parsed.blocks)
    return Page(record, revision, (), parsed.links)


def files() -> LinkedKnowledge:
    return LinkedKnowledge.of(
        [replace(aging(ref), ref=ref, source=SHOP) for ref in [*FILES, "help/page.md"]]
    )


def site(*deleted: str) -> LinkedKnowledge:
    pages = [replace(aging(url), ref=url, url=url, source=SHOP) for url in SITE]
    return LinkedKnowledge.of(pages, deleted)


def in_file(target: str) -> list[str]:
    page = page_of(f"See [this]({target}).", "help/page.md")
    return [finding.key for finding in broken_links([page], files(), {})]


def on_site(
    target: str, known: LinkedKnowledge, checked: Mapping[str, LinkState] | None = None
) -> list[Finding]:
    page = page_of(f"See [this]({target}).", SITE[0], SITE[0])
    return list(broken_links([page], known, checked or {}))


@pytest.mark.parametrize("target", ["gone.md", "../gone.md", "/help/gone.html#x", "../help/gone"])
def test_a_link_to_a_file_that_is_not_there_is_broken(target: str) -> None:
    assert in_file(target) == [target.partition("#")[0]]


@pytest.mark.parametrize(
    "target",
    [
        "returns.md",
        "returns.html#how",
        "./shipping",
        "../index.md",
        "/",
        "../manuals/",
        "../manuals",
        "/help/returns.md?x=1",
        "picture.png",
        "../elsewhere/page.md",
        "../../outside.md",
        "https://else.example/gone.md",
        "/newsletter/",
        "../returns/",
    ],
)
def test_a_link_that_leads_somewhere_or_beyond_what_is_known_is_not(target: str) -> None:
    assert in_file(target) == []


def test_a_link_to_a_deleted_page_of_a_site_is_broken() -> None:
    known = site("https://a.example/old/")
    assert [one.key for one in on_site("/old", known)] == ["/old"]
    assert on_site("https://www.a.example/help/returns#x", known) == []


def test_a_page_of_a_site_that_is_merely_not_known_is_not_broken() -> None:
    assert on_site("/never-crawled", site()) == []


def test_a_page_that_came_back_is_not_deleted() -> None:
    assert on_site("/help/returns", site("https://a.example/help/returns")) == []


def test_only_what_its_server_says_is_gone_is_broken_elsewhere() -> None:
    url = "https://else.example/x"
    assert [one.key for one in on_site(url, site(), {url: LinkState.GONE})] == [url]
    for state in (LinkState.THERE, LinkState.UNKNOWN):
        assert on_site(url, site(), {url: state}) == []


def test_what_is_known_here_is_not_asked() -> None:
    text = "[a](/help) [b](/old) [c](/new#x) [d](https://else.example/y)"
    page = page_of(text, SITE[0], SITE[0])
    assert addresses_to_check([page.linking], site("https://a.example/old")) == {
        "https://a.example/new",
        "https://else.example/y",
    }


def test_a_finding_shows_each_place_and_names_the_target() -> None:
    page = page_of("See [our old page](gone.md).\n\nOr [again](gone.md#x).", "help/page.md")
    (finding,) = broken_links([page], files(), {})
    assert finding.document == DocumentId("doc-help/page.md")
    assert [quote.text for quote in finding.quotes] == ["See our old page.", "Or again."]
    marked = [quote.text[slice(*mark)] for quote in finding.quotes for mark in quote.marks]
    assert marked == ["our old page", "again"]
    assert "gone.md" in finding.reason


def test_a_quote_of_a_long_text_cuts_no_word() -> None:
    many = "elsewhere " * 30
    (finding,) = broken_links(
        [page_of(f"{many}[old](gone.md) {many}", "help/page.md")], files(), {}
    )
    (quote,) = finding.quotes
    assert set(quote.text.split()) == {"elsewhere", "old"}
    assert [quote.text[slice(*mark)] for mark in quote.marks] == ["old"]
