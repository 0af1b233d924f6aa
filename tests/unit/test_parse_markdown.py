from datetime import UTC, datetime

import pytest

from ingest.errors import Unparsable
from ingest.parse.dispatch import parse_document
from ingest.parse.markdown import parse_markdown
from ingest.parsed import BlockKind, ParsedDocument


def shapes(document: ParsedDocument) -> list[tuple[str, int, str]]:
    return [(b.kind.value, b.level, document.text[b.start : b.end]) for b in document.blocks]


def test_front_matter_is_read_and_taken_off() -> None:
    page = parse_markdown(
        "---\ntitle: Returns\nDate: 2024-01-02\nreview-by: 2025-06-01\ntags: [a, b]\nlang: de\n"
        "updated: 2024-05-06T07:08:09+02:00\n---\n\nText."
    )
    assert page.title == "Returns"
    assert page.language == "de"
    assert page.published_at == datetime(2024, 1, 2, tzinfo=UTC)
    assert page.modified_at == datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC)
    assert page.front["review_by"] == "2025-06-01"
    assert page.front["tags"] == ["a", "b"]
    assert page.text == "Text."


def test_toml_front_matter_is_read_too() -> None:
    assert parse_markdown('+++\ntitle = "T"\n+++\nText.').title == "T"


@pytest.mark.parametrize("broken", ["just words", "- a: b", "title: [a\nmore words"])
def test_what_does_not_read_like_front_matter_is_kept_as_text(broken: str) -> None:
    page = parse_markdown(f"---\n{broken}\n---\nText.")
    assert page.front == {}
    assert "Text." in page.text
    assert broken.split()[-1] in page.text


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("!Bangs", "!Bangs"),
        ("!!python/object/apply:os.getcwd []", "!!python/object/apply:os.getcwd []"),
        ("Q&A: refunds: how", "Q&A: refunds: how"),
        ("[Draft] Refunds", "[Draft] Refunds"),
        ("'Don't panic'", "Don't panic"),
        ("*refunds* and\n  @more", "*refunds* and @more"),
        ("[unclosed", "[unclosed"),
    ],
)
def test_front_matter_that_is_no_yaml_is_read_entry_by_entry(written: str, title: str) -> None:
    entries = f"# of ours\ntitle: {written}\n\norder: 701\ntags:\n- a\n- b\nteams:\n  - @c\nnone:"
    page = parse_markdown(f"---\n{entries}\n---\nText.")
    assert page.title == title
    assert page.text == "Text."
    more = {"order": 701, "tags": ["a", "b"], "teams": ["@c"], "none": None}
    assert page.front == {"title": title, **more}


def test_front_matter_that_names_itself_a_billion_times_is_not_unfolded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    page = parse_markdown("---\n" + "\n".join(lines) + "\n---\nText.")
    assert len(str(page.front)) < 2_000
    assert page.text == "Text."


def test_markdown_becomes_plain_text_in_blocks() -> None:
    page = parse_markdown(
        "# A *fine* `title`\n\nSee [the page](http://x.example/a) and <http://x.example/b>,\n"
        "![a chart](c.png) [](http://x.example/d).\n\n> quoted **text**\n\n"
        "```python\nx = 1\n\ny = 2\n```\n\n    indented\n"
    )
    assert shapes(page) == [
        ("heading", 1, "A fine title"),
        (
            "paragraph",
            0,
            "See the page and http://x.example/b,\na chart http://x.example/d.",
        ),
        ("paragraph", 0, "quoted text"),
        ("code", 0, "x = 1\n\ny = 2"),
        ("code", 0, "indented"),
    ]
    assert page.title == "A fine title"


def test_headings_have_the_anchors_that_github_gives_them() -> None:
    page = parse_markdown(
        "# Ä & B!\n\n## Same\n\n## Same\n\n## Own {#my-id}\n\n<a id='x'></a>\n\n## Y\n"
    )
    assert [b.anchor for b in page.blocks] == ["ä--b", "same", "same-1", "my-id", "x"]
    assert page.text.endswith("Own\n\nY")


def test_nested_items_have_their_level_and_ordered_ones_their_number() -> None:
    page = parse_markdown("- one\n  - two\n    - three\n- four\n\n  more of four\n\n3. c\n4. d\n")
    assert shapes(page) == [
        ("list_item", 1, "one"),
        ("list_item", 2, "two"),
        ("list_item", 3, "three"),
        ("list_item", 1, "four"),
        ("list_item", 1, "more of four"),
        ("list_item", 1, "3. c"),
        ("list_item", 1, "4. d"),
    ]


def test_a_table_has_its_header() -> None:
    page = parse_markdown("| Plan | Fee |\n|---|---|\n| Basic | *1* |\n| Pro | |\n")
    assert shapes(page) == [("table", 0, "Plan | Fee\nBasic | 1\nPro |")]
    assert page.blocks[0].header == "Plan | Fee"


def test_embedded_html_is_converted() -> None:
    page = parse_markdown(
        "<details>\n<summary>More</summary>\n\nHidden *words*.\n\n</details>\n\n"
        "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>\n\n"
        "a<br>b <span>c</span> <!-- not this -->\n"
    )
    assert [text for _, _, text in shapes(page)] == [
        "More",
        "Hidden words.",
        "A | B\n1 | 2",
        "a\nb c",
    ]


def test_what_is_nested_deeper_than_the_parser_reads_is_not_lost() -> None:
    page = parse_markdown("> " * 300 + "deep words")
    assert "deep words" in page.text


@pytest.mark.parametrize("text", ["[^1]: note", "[a]: http://x.example", "text[^n]\n\n[^n]: note"])
def test_definitions_keep_their_words(text: str) -> None:
    assert "note" in parse_markdown(text).text or "x.example" in parse_markdown(text).text


def test_front_matter_alone_has_no_words() -> None:
    page = parse_document(b"---\ntitle: Draft\n---\n", "text/markdown", "draft.md")
    assert (page.title, page.text, page.blocks) == ("Draft", "", ())


def test_words_of_a_comment_alone_are_refused_with_a_reason() -> None:
    with pytest.raises(Unparsable, match="only comments"):
        parse_document(b"---\na: b\n---\n<!-- words -->\n", "text/markdown", "draft.md")


def test_the_kinds_of_all_blocks_are_known() -> None:
    assert {b.kind for b in parse_markdown("# a\n\nb").blocks} == {
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
    }
