from collections.abc import Sequence

import pytest

from ingest.errors import Unparsable
from ingest.parse.dispatch import parse_document
from ingest.parsed import ParsedDocument

Line = tuple[float, float, str]
"""Font size, distance from the bottom in points, words."""


def pdf(pages: Sequence[Sequence[Line]], title: str = "", drawing: str = "") -> bytes:
    """Write a PDF by hand, one content stream a page."""
    kids = " ".join(f"{5 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Title ({title}) /CreationDate (D:20240131120000+01'00') >>",
    ]
    for number, lines in enumerate(pages):
        shown = "".join(
            f"/F1 {size} Tf 1 0 0 1 72 {y} Tm ({words}) Tj\n" for size, y, words in lines
        )
        stream = f"{drawing}\nBT\n{shown}ET"
        objects += [
            (
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
                f"/Resources << /Font << /F1 3 0 R >> >> /Contents {6 + 2 * number} 0 R >>"
            ),
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    return _assembled(objects)


def _assembled(objects: Sequence[str]) -> bytes:
    written = "%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (
        f"{written}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\n"
        f"startxref\n{len(written)}\n%%EOF"
    ).encode("latin-1")


def read(content: bytes) -> ParsedDocument:
    return parse_document(content, "application/pdf", "guide.pdf")


def shapes(document: ParsedDocument) -> list[tuple[str, int, int | None, str]]:
    return [
        (b.kind.value, b.level, b.page, document.text[b.start : b.end]) for b in document.blocks
    ]


def test_larger_letters_are_headings_and_near_lines_a_paragraph() -> None:
    page = read(
        pdf(
            [
                [(24, 780, "Returns"), (16, 740, "How"), (10, 715, "Send it back in the"),
                 (10, 703, "box it came in."), (10, 670, "We pay the postage.")],
                [(16, 780, "When"), (10, 755, "Within 30 days.")],
            ]
        )
    )  # fmt: skip
    assert shapes(page) == [
        ("heading", 1, 1, "Returns"),
        ("heading", 2, 1, "How"),
        ("paragraph", 0, 1, "Send it back in the box it came in."),
        ("paragraph", 0, 1, "We pay the postage."),
        ("heading", 2, 2, "When"),
        ("paragraph", 0, 2, "Within 30 days."),
    ]
    assert page.title == "Returns"


def test_words_divided_at_the_end_of_a_line_become_whole() -> None:
    page = read(
        pdf([[(10, 700, "A full refund is guaran-"), (10, 688, "teed to every customer.")]])
    )
    assert page.text == "A full refund is guaranteed to every customer."


def test_what_runs_along_most_pages_is_dropped() -> None:
    pages = [
        [(9, 810, "Acme handbook"), (10, 700, f"Rule {word} applies."), (9, 30, f"Page {number}")]
        for number, word in enumerate(["one", "two", "three", "four"], start=1)
    ]
    assert [text for *_, text in shapes(read(pdf(pages)))] == [
        f"Rule {word} applies." for word in ["one", "two", "three", "four"]
    ]


def test_bullets_are_list_items() -> None:
    page = read(pdf([[(10, 700, "- first thing"), (10, 688, "- second thing")]]))
    assert [(kind, text) for kind, _, _, text in shapes(page)] == [
        ("list_item", "first thing"),
        ("list_item", "second thing"),
    ]


def test_the_title_and_date_of_the_file_are_told() -> None:
    page = read(pdf([[(10, 700, "Words.")]], title="Warranty"))
    assert page.title == "Warranty"
    assert page.published_at is not None
    assert page.published_at.isoformat() == "2024-01-31T11:00:00+00:00"


def test_a_broken_pdf_is_refused() -> None:
    with pytest.raises(Unparsable, match=r"guide\.pdf is broken"):
        read(b"%PDF-1.7\nnothing more")


def test_a_drawing_without_text_is_refused() -> None:
    with pytest.raises(Unparsable, match="no text layer"):
        read(pdf([[]], drawing="0 0 100 100 re f"))


def test_a_blank_page_has_no_blocks() -> None:
    assert read(pdf([[]])).blocks == ()


def arabic(drawn: str) -> bytes:
    """Draw signs from the left; A stands for two letters, as the lam-alef ligature does."""
    letters = {"A": "\u0644\u0625", "B": "\u0627", "N": "\u0646"}
    pairs = "".join(f"<{ord(s):02X}> <{t.encode('utf-16-be').hex()}>\n" for s, t in letters.items())
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "1 begincodespacerange <00> <FF> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{pairs}endbfchar endcmap end end"
    )
    stream = f"BT /F1 12 Tf 1 0 0 1 72 700 Tm ({drawn}) Tj ET"
    return _assembled(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>",
            "<< >>",
            (
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
                "/Resources << /Font << /F1 3 0 R >> >> /Contents 6 0 R >>"
            ),
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
            f"<< /Length {len(table)} >>\nstream\n{table}\nendstream",
        ]
    )


def test_letters_drawn_as_one_arabic_sign_keep_their_order() -> None:
    assert read(arabic("NAB")).text == "\u0627\u0644\u0625\u0646"
