"""What holds for every parser, whatever it is given."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import Unparsable
from ingest.parse.clean import clean
from ingest.parse.dispatch import parse_document
from ingest.parsed import BlockKind, ParsedDocument

MEDIA_TYPES = ["text/plain", "text/html", "text/markdown", "text/vtt", "application/x-subrip"]
PIECES = st.sampled_from(
    [
        *"<>/\n \t#*-_|`&;[](){}!\\=~+.:\"'\r",
        *("<p>", "</p>", "<div>", "<li>", "<ul>", "</ul>", "<table>", "<tr>", "<td>", "</table>"),
        *("<pre>", "</pre>", "<h2 id='a'>", "</h2>", "<dl>", "<dt>", "<dd>", "<!--", "-->"),
        *("\n\n", "---\n", "```\n", "# ", "1. ", "- ", "> ", "| a | b |\n|---|---|\n", "[^1]: "),
        *("WEBVTT\n\n", "00:01.000 --> 00:02.000\n", "1\n00:00:01,000 --> 00:00:02,000\n"),
        *("<br>", "<nav>", "<main>", "<script>", "</script>", "word", "Ω", "é", "\u200b", "🙂"),
        *("\u202e", "\U000e0041", "e\u0301", "\x00", "\x0c", "\u2028", "<a href='x'>", "</a>"),
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=40).map("".join))


def assert_keeps_the_contract(document: ParsedDocument) -> None:
    assert document.text == clean(document.text)
    at = 0
    for block in document.blocks:
        assert at <= block.start < block.end <= len(document.text)
        assert not document.text[at : block.start].strip()
        assert document.text[block.start : block.end].strip()
        assert block.header in document.text[block.start : block.end]
        if block.kind is BlockKind.HEADING:
            assert 1 <= block.level <= 6
        at = block.end
    assert not document.text[at:].strip()
    anchors = [block.anchor for block in document.blocks if block.anchor]
    assert len(anchors) == len(set(anchors))


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(text=TEXTS)
def test_any_text_gives_sound_blocks_or_a_reason(media_type: str, text: str) -> None:
    content = text.encode("utf-8", errors="ignore")
    try:
        document = parse_document(content, media_type, "file")
    except Unparsable:
        return
    assert_keeps_the_contract(document)
    if any(c.isalnum() for c in clean(content.decode())) and "<" not in text:
        assert document.blocks


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(content=st.binary(max_size=120))
def test_any_bytes_give_sound_blocks_or_a_reason(content: bytes) -> None:
    try:
        assert_keeps_the_contract(parse_document(content, "", "file.txt"))
    except Unparsable:
        return


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize(
    "content", [b"", b" \n\t\r\n", b"\xef\xbb\xbf \n", "\u200b\u00a0".encode()]
)
def test_blank_input_gives_no_blocks(media_type: str, content: bytes) -> None:
    document = parse_document(content, media_type, "file")
    assert (document.text, document.blocks) == ("", ())
