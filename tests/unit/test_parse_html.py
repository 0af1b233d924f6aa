from datetime import UTC, datetime

import pytest

from ingest.errors import Unparsable
from ingest.parse.html import parse_html
from ingest.parsed import BlockKind, ParsedDocument


def texts(document: ParsedDocument, kind: BlockKind | None = None) -> list[str]:
    blocks = [block for block in document.blocks if kind in {None, block.kind}]
    return [document.text[block.start : block.end] for block in blocks]


PAGE = """<!doctype html><html lang="en-GB"><head><title>Returns - Acme Help</title>
<link rel="canonical" href="https://acme.example/returns">
<meta property="article:modified_time" content="2024-03-01T10:00:00Z">
<script type="application/ld+json">{"@graph": [{"datePublished": "2023-01-02"}]}</script>
</head><body>
<header><a href="/">Acme</a></header><nav><a href="/a">Products</a></nav>
<div class="cookie-banner">We use cookies</div>
<main><div class="breadcrumbs">Home / Returns</div><h1 id="returns">Returns</h1>
<p>Send it back within <b>30</b> days.</p>
<h2><a class="anchor" href="#how" name="how">#</a>How</h2>
<ol><li>Pack it<ul><li>in its box</li></ul></li><li>Ship it</li></ol>
<pre>curl \\
  -X POST</pre><p hidden>secret</p><p style="display: none">hidden too</p>
<aside class="note">Keep the receipt.</aside><aside>Other offers</aside>
<button>Chat</button></main>
<footer>Imprint</footer></body></html>"""


def test_the_main_content_is_kept_and_what_surrounds_it_goes() -> None:
    assert texts(parse_html(PAGE)) == [
        "Returns",
        "Send it back within 30 days.",
        "How",
        "1. Pack it",
        "in its box",
        "2. Ship it",
        "curl \\\n  -X POST",
        "Keep the receipt.",
    ]


def test_a_page_tells_its_title_address_language_and_dates() -> None:
    page = parse_html(PAGE)
    assert (page.title, page.canonical_url) == ("Returns", "https://acme.example/returns")
    assert page.language == "en-GB"
    assert page.published_at == datetime(2023, 1, 2, tzinfo=UTC)
    assert page.modified_at == datetime(2024, 3, 1, 10, tzinfo=UTC)


def test_headings_and_terms_keep_the_anchors_that_links_use() -> None:
    page = parse_html(
        "<div class='sect' id='wal'><div><h2>WAL</h2></div></div>"
        "<dl><dt id='level'>wal_level</dt><dd><p>How much.</p><p>More.</p></dd></dl>"
        "<a name='old'></a><h3>Old</h3>"
    )
    assert [(b.kind.value, b.level, b.anchor) for b in page.blocks] == [
        ("heading", 2, "wal"),
        ("list_item", 1, "level"),
        ("list_item", 1, ""),
        ("heading", 3, "old"),
    ]
    assert texts(page)[1] == "wal_level\nHow much."


def test_a_term_without_a_definition_is_not_lost() -> None:
    assert texts(parse_html("<dl><dt>alone</dt></dl><p>next</p>")) == ["alone", "next"]


def test_a_data_table_becomes_lines_with_its_header() -> None:
    page = parse_html(
        "<table><caption>Fees</caption><thead><tr><th>Plan</th><th>Fee</th></tr></thead>"
        "<tr><td rowspan=2>Basic</td><td>1 €</td></tr><tr><td>2 €</td></tr></table>"
    )
    assert texts(page) == ["Fees", "Plan | Fee\nBasic | 1 €\nBasic | 2 €"]
    assert page.blocks[1].header == "Plan | Fee"


def test_a_table_for_layout_is_read_as_its_content() -> None:
    page = parse_html("<table><tr><td><h2>Title</h2><p>One.</p><p>Two.</p></td></tr></table>")
    assert texts(page) == ["Title", "One.", "Two."]


def test_two_line_breaks_end_a_paragraph_and_one_does_not() -> None:
    assert texts(parse_html("<p>a<br>b<br><br>c</p>")) == ["a\nb", "c"]


def test_words_of_inline_elements_stay_joined() -> None:
    assert texts(parse_html("<p><b>un</b>do<wbr>ne &amp; d<i>o</i>ne</p>")) == ["undone & done"]


def test_a_table_of_contents_of_the_page_itself_is_left_out() -> None:
    links = "".join(f"<li><a href='#s{n}'>Section {n}</a></li>" for n in range(4))
    sections = "".join(f"<h2 id='s{n}'>Section {n}</h2><p>Words {n}.</p>" for n in range(4))
    page = parse_html(f"<main><ul>{links}</ul>{sections}</main>")
    assert texts(page, BlockKind.LIST_ITEM) == []
    assert len(texts(page, BlockKind.HEADING)) == 4


def test_a_list_of_links_within_the_content_stays() -> None:
    links = "".join(f"<li><a href='/p{n}'>Page {n}</a></li>" for n in range(4))
    page = parse_html(f"<main><p>{'Many words. ' * 30}</p><ul>{links}</ul></main>")
    assert len(texts(page, BlockKind.LIST_ITEM)) == 4


def test_an_id_made_of_words_like_share_does_not_hide_its_section() -> None:
    page = parse_html(f"<div id='for-update-share'><p>Lock rows.</p></div><p>{'word ' * 90}</p>")
    assert texts(page)[0] == "Lock rows."


def test_an_answer_that_a_button_opens_is_content() -> None:
    page = parse_html(
        "<h3><button aria-controls='a1'>x</button>Can I pay by card?</h3>"
        "<div id='a1' aria-hidden='true'><p>Yes, by any card.</p></div>"
    )
    assert texts(page) == ["Can I pay by card?", "Yes, by any card."]


def test_a_page_of_which_nothing_would_be_left_is_read_whole() -> None:
    assert texts(parse_html("<body><nav>Only menus here</nav></body>")) == ["Only menus here"]


@pytest.mark.parametrize("inner", ["<script>render('words')</script>", "<p hidden>words</p>"])
def test_a_page_without_visible_text_is_refused_with_a_reason(inner: str) -> None:
    with pytest.raises(Unparsable, match="no visible text"):
        parse_html(f"<html><title>App</title><body>{inner}</body></html>")


@pytest.mark.parametrize("tag", ["div", "ul><li", "blockquote", "b", "table><tr><td"])
def test_5000_nested_elements_give_their_words(tag: str) -> None:
    assert texts(parse_html(f"<{tag}>" * 5000 + "deep words")) == ["deep words"]


def test_a_heading_within_a_link_or_with_blocks_stays_one_heading() -> None:
    page = parse_html("<a href='/x'><h2><div>One</div><div>two</div></h2></a>")
    assert texts(page, BlockKind.HEADING) == ["One two"]


def test_invisible_characters_are_stripped() -> None:
    page = parse_html("<p>pass\u200bword\u00ad \U000e0049gnore&shy;d</p>")
    assert texts(page) == ["password gnored"]
