"""Links keep their place in the text, whatever format they stand in."""

from ingest.parse.html import parse_html
from ingest.parse.links import place_links
from ingest.parse.markdown import parse_markdown
from ingest.parse.wire import ParseReply, pack_reply, unpack_reply
from ingest.parsed import ParsedDocument
from ingest.prepare import Draft
from tests.builders import facts, revision


def links_of(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(document.text[link.start : link.end], link.target) for link in document.links]


def html(body: str, head: str = "") -> ParsedDocument:
    return parse_html(f"<html><head>{head}</head><body><main>{body}</main></body></html>")


def test_html_links_point_at_their_words() -> None:
    page = html(
        "<h1>Help</h1><p>See <a href='/returns'>our  <b>returns</b></a> page.</p>"
        "<ul><li>Or <a href='https://else.example/x?y=1#z'>elsewhere</a>.</li></ul>"
    )
    assert links_of(page) == [
        ("our returns", "/returns"),
        ("elsewhere", "https://else.example/x?y=1#z"),
    ]


def test_the_same_words_are_links_where_they_stand() -> None:
    page = html("<p>Go there.</p><p>Click <a href='a'>here</a> or <a href='b'>here</a>.</p>")
    first, second = page.links
    assert page.text[first.start :].startswith("here or here")
    assert (first.target, second.target) == ("a", "b")
    assert second.start > first.end


def test_links_in_tables_and_terms_are_kept() -> None:
    page = html(
        "<dl><dt><a href='t'>Term</a></dt><dd>Means <a href='d'>this</a>.</dd></dl>"
        "<table><tr><th>Name</th><th>Page</th></tr>"
        "<tr><td>Bag</td><td><a href='bag'>The bag</a></td></tr></table>"
    )
    assert links_of(page) == [("Term", "t"), ("this", "d"), ("The bag", "bag")]


def test_what_leads_to_no_other_page_is_no_link() -> None:
    page = html(
        "<p><a href='#top'>Up</a> <a href='mailto:a@b.example'>Mail</a> <a href='tel:1'>Call</a>"
        " <a href='javascript:x()'>Do</a> <a name='n'>Named</a> <a href=''>None</a> words</p>"
    )
    assert page.links == ()


def test_a_base_makes_targets_whole() -> None:
    page = html("<p>See <a href='x.html'>it</a>.</p>", "<base href='https://a.example/b/'>")
    assert links_of(page) == [("it", "https://a.example/b/x.html")]


def test_markdown_links_point_at_their_words() -> None:
    page = parse_markdown(
        "# A [title](t.md)\n\nSee [*our* returns](../returns.md#how), <https://a.example/x> and "
        "[that][1].\n\n- [item](/i)\n\n| A | B |\n|---|---|\n| [cell](c.md) | d |\n\n"
        "<p>An <a href='h.html'>HTML link</a></p>\n\n[up](#top)\n\n[1]: ref.md\n"
    )
    assert links_of(page) == [
        ("title", "t.md"),
        ("our returns", "../returns.md#how"),
        ("https://a.example/x", "https://a.example/x"),
        ("that", "ref.md"),
        ("item", "/i"),
        ("cell", "c.md"),
        ("HTML link", "h.html"),
    ]


def test_words_that_the_text_does_not_hold_are_no_link() -> None:
    page = html("<p>See <a href='x'>two<br>lines</a> and <a href='y'>one</a>.</p>")
    assert links_of(page) == [("one", "y")]
    assert list(place_links("", [])) == []


def test_links_come_back_from_the_parser_process() -> None:
    page = html("<p>See <a href='x.html'>it</a>.</p>")
    assert unpack_reply(pack_reply(ParseReply(page))).document == page


def test_links_are_written_with_the_text_that_they_stand_in() -> None:
    page = html("<p>See <a href='x.html'>it</a>.</p>")
    draft = Draft(facts("page"), None, page, "hash", 1, (), None)
    written = draft.write(revision(draft.facts.id, [page.text]))
    assert written.links == page.links != ()
