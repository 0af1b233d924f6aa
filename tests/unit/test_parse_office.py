"""Office files, tables and e-mails as blocks; Word and PowerPoint in the child, as they run."""

import os
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
import pytest_asyncio
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation
from pptx.util import Inches

from ingest.errors import Unparsable
from ingest.parse.dispatch import parse_document
from ingest.parse.sandbox import SandboxedParser
from ingest.parsed import ParsedDocument
from tests.bombs import paragraph
from tests.documents import (
    docx_bytes,
    epub_bytes,
    odt_bytes,
    ole_bytes,
    pptx_bytes,
    rezipped,
    word_archive,
    xls_bytes,
    xlsx_bytes,
)
from tests.unit.test_parse_contract import assert_keeps_the_contract

in_child = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def child() -> AsyncIterator[SandboxedParser]:
    """One parser for all, for its child imports unstructured once."""
    async with SandboxedParser() as parser:
        yield parser


def read(content: bytes, name: str = "file") -> ParsedDocument:
    document = parse_document(content, "", name)
    assert_keeps_the_contract(document)
    return document


def shapes(document: ParsedDocument) -> list[tuple[str, int, str]]:
    assert_keeps_the_contract(document)
    return [(b.kind.value, b.level, document.text[b.start : b.end]) for b in document.blocks]


# --- Word ---------------------------------------------------------------------------


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def manual(document: Document) -> None:
    document.core_properties.title = "The manual"
    document.core_properties.created = datetime(2024, 1, 2, tzinfo=UTC)
    document.core_properties.modified = datetime(2024, 3, 4, tzinfo=UTC)
    house = document.styles.add_style("House section", WD_STYLE_TYPE.PARAGRAPH)
    house.base_style = document.styles["Heading 2"]
    document.add_heading("Returns", 1)
    document.add_paragraph("Send it back")
    document.add_paragraph("By post", style="House section")
    document.add_paragraph("Pack it", style="List Bullet")
    document.add_paragraph("In its box", style="List Bullet 2")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [*table.rows[0].cells, *table.rows[1].cells], ["Zone", "Days", "EU", "14"], strict=True
    ):
        cell.text = text
    document.sections[0].header.paragraphs[0].text = "Confidential"


@in_child
async def test_word_keeps_headings_lists_and_tables(child: SandboxedParser) -> None:
    document = await child.parse(docx_bytes(manual), "", "m.docx")
    assert shapes(document) == [
        ("heading", 1, "Returns"),
        ("paragraph", 0, "Send it back"),
        ("heading", 2, "By post"),
        ("list_item", 1, "Pack it"),
        ("list_item", 2, "In its box"),
        ("table", 0, "Zone | Days\nEU | 14"),
    ]
    assert document.blocks[-1].header == "Zone | Days"
    assert document.title == "The manual"
    assert document.published_at == datetime(2024, 1, 2, tzinfo=UTC)
    assert document.modified_at == datetime(2024, 3, 4, tzinfo=UTC)


@in_child
async def test_a_short_line_of_word_is_no_heading(child: SandboxedParser) -> None:
    content = docx_bytes(lambda d: [d.add_paragraph(text) for text in ("Important", "Big News")])
    assert [kind for kind, *_ in shapes(await child.parse(content, "", "m.docx"))] == [
        "paragraph",
        "paragraph",
    ]


@in_child
async def test_boxes_controls_formulas_notes_and_links_of_word_are_kept(
    child: SandboxedParser,
) -> None:
    def write(document: Document) -> None:
        body = document.element.body
        math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
        spaces = f'{nsdecls("w", "r")} xmlns:m="{math}"'
        link = document.part.relate_to(
            "https://example.com/help",
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink",
            is_external=True,
        )
        box = f"<w:txbxContent>{paragraph('in a box')}</w:txbxContent>"
        a, b = (f"<m:r><m:t>{letter}</m:t></m:r>" for letter in "ab")
        fraction = f"<m:oMath><m:f><m:num>{a}</m:num><m:den>{b}</m:den></m:f></m:oMath>"
        for xml in (
            f"<w:sdt {spaces}><w:sdtContent>{paragraph('in a control')}</w:sdtContent></w:sdt>",
            f"<w:p {spaces}><w:r><w:pict>{box}</w:pict></w:r></w:p>",
            f"<w:p {spaces}>{fraction}</w:p>",
            f'<w:p {spaces}><w:hyperlink r:id="{link}">{run("Help")}</w:hyperlink></w:p>',
            f"<w:p {spaces}><w:ins>{run('added')}</w:ins><w:del>{run('deleted')}</w:del></w:p>",
        ):
            body.insert(len(body) - 1, parse_xml(xml))

    document = await child.parse(docx_bytes(write), "", "m.docx")
    assert [text for _, _, text in shapes(document)] == [
        "in a control",
        "in a box",
        "\\frac{a}{b}",
        "Help (https://example.com/help)",
        "added",
    ]


@in_child
async def test_word_is_known_by_its_content_and_its_macros_are_ignored(
    child: SandboxedParser,
) -> None:
    plain = docx_bytes(lambda d: d.add_paragraph("words"))
    types = plain_types(plain).replace(
        b"vnd.openxmlformats-officedocument.wordprocessingml.document.main",
        b"vnd.ms-word.document.macroEnabled.main",
    )
    macros = rezipped(plain, **{"[Content_Types]_dot_xml": types, "word/vbaProject.bin": b"Sub"})
    for content, name in ((plain, "m.pdf"), (macros, "m.docm")):
        assert (await child.parse(content, "application/pdf", name)).text == "words"


def plain_types(content: bytes) -> bytes:
    return zipfile.ZipFile(BytesIO(content)).read("[Content_Types].xml")


@in_child
async def test_an_empty_word_file_has_no_blocks(child: SandboxedParser) -> None:
    assert (await child.parse(docx_bytes(lambda d: None), "", "m.docx")).blocks == ()


@in_child
async def test_words_that_do_not_come_out_are_an_error(child: SandboxedParser) -> None:
    content = word_archive("<w:sectPr><w:p><w:r><w:t>lost</w:t></w:r></w:p></w:sectPr>")
    with pytest.raises(Unparsable, match=r"there are words in word/document\.xml"):
        await child.parse(content, "", "m.docx")


@in_child
async def test_one_child_reads_many_office_files(child: SandboxedParser) -> None:
    content = docx_bytes(manual)
    pids = set()
    for _ in range(5):
        await child.parse(content, "", "m.docx")
        pids.update(child.idle_pids)
    assert len(pids) == 1


# --- PowerPoint ---------------------------------------------------------------------


def deck(slides: Presentation) -> None:
    first = slides.slides.add_slide(slides.slide_layouts[1])
    first.shapes.title.text = "Shipping"
    first.placeholders[1].text_frame.text = "By land"
    nested = first.placeholders[1].text_frame.add_paragraph()
    nested.text, nested.level = "By train", 1
    first.notes_slide.notes_text_frame.text = "Say it slowly"
    second = slides.slides.add_slide(slides.slide_layouts[5])
    second.shapes.title.text = "Sales"
    chart = CategoryChartData()  # type: ignore[no-untyped-call]
    chart.categories = ["2023", "2024"]
    chart.add_series("Cups", (1.5, 2))  # type: ignore[no-untyped-call]
    place = (Inches(1), Inches(2), Inches(3), Inches(3))
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, chart)
    link = second.shapes.add_textbox(*place).text_frame.paragraphs[0].add_run()
    link.text, link.hyperlink.address = "More", "https://example.com/sales"


@in_child
async def test_powerpoint_keeps_slides_lists_charts_links_and_notes(
    child: SandboxedParser,
) -> None:
    document = await child.parse(pptx_bytes(deck), "", "d.pptx")
    assert shapes(document) == [
        ("heading", 1, "Shipping"),
        ("list_item", 1, "By land"),
        ("list_item", 2, "By train"),
        ("paragraph", 0, "Notes: Say it slowly"),
        ("heading", 1, "Sales"),
        ("paragraph", 0, "More (https://example.com/sales)"),
        ("table", 0, "| Cups\n2023 | 1.5\n2024 | 2"),
    ]
    assert [block.page for block in document.blocks] == [1, 1, 1, 1, 2, 2, 2]


# --- sheets -------------------------------------------------------------------------


def test_sheets_are_headings_with_tables_as_they_are_shown() -> None:
    rows: list[list[object]] = [
        ["Prices of spring"],
        ["Item", "Price", "From", "Code"],
        ["Tea", 2.5, date(2024, 3, 1), "007"],
        ["Cup", 3, None, "010"],
        [],
        ["Cups", "Left"],
        ["blue", 12],
    ]
    document = read(xlsx_bytes({"Shop": rows, "Old": [["secret"]]}, Old="hidden"), "b.xlsx")
    assert shapes(document) == [
        ("heading", 1, "Shop"),
        ("paragraph", 0, "Prices of spring"),
        (
            "table",
            0,
            "Item | Price | From | Code\nTea | 2.5 | 2024-03-01 | 007\nCup | 3 | | 010",
        ),
        ("table", 0, "Cups | Left\nblue | 12"),
    ]
    assert document.blocks[2].header == "Item | Price | From | Code"


def test_old_workbooks_are_read_as_well() -> None:
    document = read(xls_bytes("Prices", [["Item", "Price"], ["Tea", 2.5], ["Cup", 3.0]]), "b.xls")
    assert shapes(document) == [
        ("heading", 1, "Prices"),
        ("table", 0, "Item | Price\nTea | 2.5\nCup | 3"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_separated_values_keep_their_zeros(delimiter: str) -> None:
    text = "Code,Name\n007,Bond\n010,Cup\n".replace(",", delimiter)
    document = read(text.encode(), "b.csv")
    assert shapes(document) == [("table", 0, "Code | Name\n007 | Bond\n010 | Cup")]
    assert document.blocks[0].header == "Code | Name"


def test_a_first_row_of_numbers_is_no_header() -> None:
    assert read(b"1,2\n3,4\n", "b.csv").blocks[0].header == ""


# --- through pandoc -----------------------------------------------------------------


def test_opendocument_keeps_headings_lists_and_facts() -> None:
    body = (
        '<text:h text:outline-level="1">Care</text:h><text:p>Wash it.</text:p><text:list>'
        "<text:list-item><text:p>by hand</text:p></text:list-item></text:list>"
    )
    document = read(odt_bytes(body, "Care of cups"), "c.bin")
    assert shapes(document) == [
        ("heading", 1, "Care"),
        ("paragraph", 0, "Wash it."),
        ("list_item", 1, "1. by hand"),
    ]
    assert document.title == "Care of cups"
    assert document.modified_at == datetime(2024, 3, 1, 10, tzinfo=UTC)


def test_a_book_keeps_its_chapters() -> None:
    document = read(epub_bytes("All of tea", ["<h1>Green</h1><p>a</p>", "<h1>Black</h1>"]))
    assert shapes(document) == [
        ("heading", 1, "Green"),
        ("paragraph", 0, "a"),
        ("heading", 1, "Black"),
    ]
    assert document.title == "All of tea"


def test_a_book_that_nests_without_end_is_refused_before_pandoc_sees_it() -> None:
    with pytest.raises(Unparsable, match="nested deeper"):
        parse_document(epub_bytes("Deep", ["<div>" * 1000]), "", "deep.epub")


def test_without_pandoc_the_installation_is_blamed_and_not_the_file() -> None:
    asked = """
from ingest.parse.dispatch import parse_document
parse_document(b"{\\\\rtf1 Words}", "", "a.rtf")
"""
    # In a process of its own, for pandoc is looked for but once.
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env={**os.environ, "PYPANDOC_PANDOC": "/nowhere/pandoc"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "pandoc is missing" in done.stderr
    assert "make install" in done.stderr


def test_rich_text_is_read() -> None:
    assert read(b"{\\rtf1{\\b Bold} words\\par next}").text == "Bold words\n\nnext"


# --- refusals -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (ole_bytes({"WordDocument": b"x"}), "a.doc", r"a\.doc is a Word file.*save it as DOCX"),
        (ole_bytes({"PowerPoint Document": b"x"}), "a.ppt", "save it as PPTX"),
        (ole_bytes({"EncryptedPackage": b"x"}), "a.docx", "is encrypted: give it without a pass"),
        (ole_bytes({"Else": b"x"}), "a.msg", "of a kind that is not read here"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", "broken"),
        (ole_bytes({"Workbook": b"\x09\x08nonsense"}), "a.xls", r"broken.*save it as XLSX"),
        (b"From: a\nContent-Type: application/pkcs7-mime\n\nx", "a.eml", "is encrypted"),
    ],
)
def test_what_is_not_read_is_refused_with_what_to_do(
    content: bytes, name: str, reason: str
) -> None:
    with pytest.raises(Unparsable, match=reason):
        parse_document(content, "", name)
