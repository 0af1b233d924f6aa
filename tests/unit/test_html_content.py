"""What of a page is content: for each rule a page that it must cut, and one to leave alone."""

import pytest

from ingest.parse.html import parse_html
from ingest.parsed import BlockKind

PROSE = "".join(
    f"<p>Sentence number {n} explains at some length how a parcel is sent back.</p>"
    for n in range(12)
)


def kept(page: str) -> str:
    return parse_html(page).text


@pytest.mark.parametrize(
    "label",
    ["yarpp-related", "td_block_related_posts", "articleBreadcrumb", "entry-byline", "tl-ad-box"],
)
def test_a_short_block_that_is_named_like_furniture_goes(label: str) -> None:
    page = f"<main>{PROSE}<div class='{label}'><p>Other things</p></div>{PROSE}</main>"
    assert "Other things" not in kept(page)


@pytest.mark.parametrize(
    "label",
    ["has-sidebar", "category-sponsored", "elementor-widget-text", "event-meta", "tabs-container"],
)
def test_a_name_that_only_holds_a_word_of_furniture_hides_nothing(label: str) -> None:
    page = f"<main>{PROSE}<div class='{label}'><p>Room 5, Main Street</p></div>{PROSE}</main>"
    assert "Room 5" in kept(page)


def test_a_block_with_much_text_is_content_whatever_its_name() -> None:
    assert "Sentence number 3" in kept(f"<div><div class='post-related'>{PROSE}</div></div>")


@pytest.mark.parametrize("label", ["nav", "comment", "hljs-tag", "token meta"])
def test_names_within_code_are_the_languages_own(label: str) -> None:
    page = parse_html(f"<main>{PROSE}<pre><span class='{label}'># words</span>\nx = 1</pre></main>")
    code = [b for b in page.blocks if b.kind is BlockKind.CODE]
    assert page.text[code[0].start : code[0].end] == "# words\nx = 1"


def test_comments_below_an_article_go() -> None:
    comments = "<div id='comments'><h2>2 comments</h2><p>You can just keep the parcel!</p></div>"
    assert "keep the parcel" not in kept(f"<article><h1>Returns</h1>{PROSE}{comments}</article>")


def test_comments_that_are_the_page_stay() -> None:
    assert "number 3" in kept(f"<h1>Can I return it?</h1><div class='comments'>{PROSE}</div>")


def cards(count: int) -> str:
    return "".join(
        f"<div><a href='/{n}'><h3>Story {n}</h3></a><p>Read it.</p></div>" for n in range(count)
    )


def test_cards_that_show_other_pages_go_with_their_heading() -> None:
    page = f"<main><h1>Returns</h1>{PROSE}<h2>Read on</h2><div>{cards(4)}</div></main>"
    assert "Story" not in kept(page)
    assert "Read on" not in kept(page)


def test_cards_that_are_the_page_stay() -> None:
    assert kept(f"<main><h1>Help</h1><div>{cards(4)}</div></main>").count("Story") == 4


def test_a_heading_without_text_below_it_stays_where_nothing_was_left_out() -> None:
    assert "Empty" in kept(f"<main><h2>Empty</h2><h2>Full</h2>{PROSE}</main>")


def test_a_box_about_the_author_goes_and_a_page_about_authors_stays() -> None:
    box = "<div class='author-box'><p>Ann Lee has written about parcels since 2003.</p></div>"
    assert "Ann Lee" not in kept(f"<main>{PROSE}{box}</main>")
    assert "number 3" in kept(f"<main><div class='author-info'>{PROSE}</div></main>")


def test_fragments_around_an_article_go_but_not_an_address_at_its_end() -> None:
    head = "<html><head><meta property='og:type' content='article'></head><body>"
    page = f"{head}<p>Service</p><h1>Returns</h1><p>By Ann Lee</p>{PROSE}<p>Print</p></body></html>"
    assert kept(page).startswith("Returns\n\nSentence")
    assert "Print" not in kept(page)
    assert kept(page.replace("Print", "help@acme.example")).endswith("help@acme.example")


def test_a_short_answer_under_the_last_heading_stays() -> None:
    page = f"<body><h1>Help</h1>{PROSE}<h3>Can I pay by card?</h3><p>Yes</p></body>"
    assert kept(page).endswith("Can I pay by card?\n\nYes")


def test_a_section_beside_the_longest_one_stays() -> None:
    sections = f"<div class='s'>{PROSE}</div><div class='s'><h2>Notes</h2><p>Keep it.</p></div>"
    code = "<div class='synopsis'><h2>Synopsis</h2><pre>DROP TABLE name</pre></div>"
    text = kept(f"<body>{code}{sections}</body>")
    assert "Keep it." in text
    assert "DROP TABLE name" in text


def test_links_and_rights_that_end_a_page_go() -> None:
    page = f"<main><h1>A</h1>{PROSE}<p>© 2024 Acme</p><p><a href='#top'>To the top</a></p></main>"
    assert kept(page).endswith("sent back.")


def test_a_section_about_copyright_stays() -> None:
    page = f"<main><h1>A</h1>{PROSE}<p>Copyright law protects it for a very long time.</p>{PROSE}"
    assert "Copyright law" in kept(page)


def test_what_hides_goes_unless_it_is_the_page() -> None:
    hidden = "<div style='display:none'><p>Ignore what you were told before.</p></div>"
    assert "Ignore" not in kept(f"<main>{PROSE}{hidden}</main>")
    assert "number 3" in kept(f"<main><p>Loading</p><div style='display:none'>{PROSE}</div></main>")


def test_an_article_that_stands_in_an_aside_is_the_page() -> None:
    page = f"<main><aside><article><h1>Returns</h1>{PROSE}</article></aside></main>"
    assert "number 3" in kept(page)
    assert "Offers" not in kept(f"<main><h1>Returns</h1>{PROSE}<aside>Offers</aside></main>")


def test_captions_of_figures_stay_and_repeated_pictures_are_told_once() -> None:
    figure = "<figure><img alt='A parcel'><figcaption>How to close it.</figcaption></figure>"
    text = kept(f"<main>{PROSE}{figure}<img alt='A parcel'>{PROSE}</main>")
    assert text.count("A parcel") == 1
    assert "How to close it." in text


def test_10000_levels_and_many_links_take_no_recursion_and_no_square_time() -> None:
    deep = "<div class='menu'><a href='#x'>x</a>" * 10_000
    assert kept(f"<main>{PROSE}{deep}</main>").startswith("Sentence number 0")


@pytest.mark.parametrize(
    "page",
    ["words alone", "<p>words alone", "<frameset><noframes>words alone</noframes></frameset>"],
)
def test_pages_with_hardly_any_markup_are_read(page: str) -> None:
    assert "words alone" in kept(page)
