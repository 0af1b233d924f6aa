"""Chunks fit the model, cover the text, and move little when it is edited."""

import random
import re
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk import chunk
from ingest.model import Chunk
from ingest.parsed import Block, BlockKind, ParsedDocument


class Words:
    """Counts words and marks as tokens."""

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def build(parts: Sequence[tuple[BlockKind, str, int]]) -> ParsedDocument:
    """Lay parts out one after the other."""
    text = ""
    blocks = []
    for kind, words, level in parts:
        text += "\n\n" if text else ""
        header = words.split("\n")[0] if kind is BlockKind.TABLE else ""
        blocks.append(Block(kind, len(text), len(text) + len(words), level, header=header))
        text += words
    return ParsedDocument(text, tuple(blocks))


def heading(words: str, level: int) -> tuple[BlockKind, str, int]:
    return BlockKind.HEADING, words, level


def paragraph(words: str) -> tuple[BlockKind, str, int]:
    return BlockKind.PARAGRAPH, words, 0


def cut(document: ParsedDocument, most: int = 60, title: str = "Help") -> tuple[Chunk, ...]:
    return chunk(document, title, Words(), most)


def prose(seed: int, paragraphs: int) -> list[str]:
    rng = random.Random(seed)
    words = [f"word{number}" for number in range(400)]
    return [" ".join(rng.choices(words, k=rng.randint(5, 45))) + "." for _ in range(paragraphs)]


def test_a_short_section_is_one_chunk_under_its_headings() -> None:
    document = build([heading("Returns", 1), heading("How long", 2), paragraph("Thirty days.")])
    (only,) = cut(document)
    assert only.text == "Thirty days."
    assert only.heading_path == ("Returns", "How long")
    assert only.context == "Help > Returns > How long"
    assert only.embedded_text == "Help > Returns > How long\nThirty days."


def test_a_chunk_never_crosses_a_heading() -> None:
    document = build(
        [heading("A", 1), paragraph("one two."), heading("B", 1), paragraph("three four.")]
    )
    assert [piece.text for piece in cut(document)] == ["one two.", "three four."]


def test_a_title_that_is_also_the_first_heading_stands_once() -> None:
    document = build([heading("Help", 1), paragraph("Words.")])
    assert cut(document)[0].context == "Help"


def test_a_heading_with_nothing_below_is_not_lost() -> None:
    document = build([heading("A", 1), heading("B", 1), paragraph("words")])
    assert [piece.text for piece in cut(document)] == ["A", "words"]


def test_a_long_table_repeats_its_header_as_context_only() -> None:
    rows = "\n".join(f"country {number} | {number} euro" for number in range(40))
    document = build([(BlockKind.TABLE, f"Country | Cost\n{rows}", 0)])
    first, second, *_ = cut(document)
    assert first.text.startswith("Country | Cost")
    assert "Country | Cost" not in second.text
    assert second.context.endswith("Country | Cost")


def test_code_is_kept_whole_where_it_fits() -> None:
    code = "\n".join(f"step{number}()" for number in range(8))
    document = build([paragraph("word " * 30), (BlockKind.CODE, code, 0), paragraph("x " * 30)])
    assert any(code in piece.text for piece in cut(document))


def test_a_transcript_is_cut_by_time() -> None:
    text = "first words\nlater words"
    blocks = (
        Block(BlockKind.TIMED, 0, 11, seconds=3.0),
        Block(BlockKind.TIMED, 12, 23, seconds=70.5),
    )
    pieces = cut(ParsedDocument(text, blocks))
    assert [(piece.text, piece.seconds) for piece in pieces] == [
        ("first words", 3.0),
        ("later words", 70.5),
    ]


def test_a_heading_path_longer_than_the_model_leaves_room_for_text() -> None:
    document = build([heading("very " * 100, 1), heading("Inner", 2), paragraph("words here")])
    (only,) = cut(document)
    assert only.context == "Inner"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([BlockKind.PARAGRAPH, BlockKind.CODE, BlockKind.HEADING]),
            st.text("abc dé.漢\n", min_size=1, max_size=300).filter(lambda words: words.strip()),
            st.integers(1, 6),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_chunks_fit_and_no_word_is_lost(parts: list[tuple[BlockKind, str, int]]) -> None:
    document = build([(kind, words.strip(), level) for kind, words, level in parts])
    pieces = cut(document, most=40)
    shown = set[int]()
    for piece in pieces:
        assert piece.text == document.text[piece.start : piece.end]
        assert piece.tokens <= 40
        shown.update(range(piece.start, piece.end))
    headings = {
        " ".join(document.text[block.start : block.end].split())
        for block in document.blocks
        if block.kind is BlockKind.HEADING
    }
    told = " ".join(" ".join(piece.text.split()) for piece in pieces)
    paths = {name for piece in pieces for name in piece.heading_path}
    for block in document.blocks:
        body = [at for at in range(block.start, block.end) if not document.text[at].isspace()]
        if block.kind is BlockKind.HEADING:
            continue
        assert set(body) <= shown
    assert all(name in paths or name in told for name in headings)


def test_an_edit_moves_only_the_cuts_beside_it() -> None:
    changed = []
    for seed in range(40):
        before = prose(seed, 30)
        after = list(before)
        after[seed % 30] = "an edited paragraph says something else " + after[seed % 30]
        old = {piece.embedded_text for piece in cut(build([paragraph(p) for p in before]), 120)}
        new = [piece.embedded_text for piece in cut(build([paragraph(p) for p in after]), 120)]
        changed.append(sum(text not in old for text in new))
    changed.sort()
    assert changed[len(changed) // 2] <= 1
    assert changed[int(len(changed) * 0.95)] <= 3


def test_the_same_text_is_always_cut_the_same_way() -> None:
    document = build([paragraph(words) for words in prose(7, 50)])
    assert cut(document) == cut(document)
