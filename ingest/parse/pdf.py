"""PDF: pages as headings, paragraphs and list items, through PDFium."""

import re
from collections.abc import Sequence
from contextlib import closing

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]

from ingest.errors import Unparsable
from ingest.parse.clean import has_words, one_line
from ingest.parse.dates import read_pdf_date
from ingest.parse.draft import lay_out
from ingest.parse.pdf_blocks import drafts_of_pages
from ingest.parse.pdf_furniture import without_furniture
from ingest.parse.pdf_lines import PdfLine, read_lines
from ingest.parsed import Block, BlockKind, ParsedDocument

_NO_TITLE = re.compile(
    r"untitled|microsoft word|document\d*\Z|\S+\.(?:docx?|pdf|tex|dvi|indd|pptx?|qxd|rtf|html?)\Z",
    re.IGNORECASE,
)


def parse_pdf(content: bytes, name: str) -> ParsedDocument:
    """Give the text layer with its pages; raises Unparsable without one, or when encrypted."""
    with closing(_opened(content, name)) as document:
        pages = _pages(document, name)
        if not any(pages) and _draws_something(document):
            raise Unparsable(
                f"{name or 'the PDF'} has no text layer (scanned?): run it through text "
                "recognition (OCR) first"
            )
        layout = lay_out(drafts_of_pages(without_furniture(pages)))
        if not layout.blocks and any(pages):
            layout = lay_out(drafts_of_pages(pages))
        facts = document.get_metadata_dict(skip_empty=True)
    title = one_line(facts.get("Title", ""))
    if not has_words(title) or _NO_TITLE.match(title):
        title = _first_heading(layout.text, layout.blocks)
    created = read_pdf_date(facts.get("CreationDate", ""))
    return ParsedDocument(
        layout.text,
        layout.blocks,
        title=title,
        published_at=created,
        modified_at=read_pdf_date(facts.get("ModDate", "")) or created,
    )


def _opened(content: bytes, name: str) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise Unparsable(
                f"{name or 'the PDF'} is encrypted: give it without a password"
            ) from error
        raise Unparsable(
            f"{name or 'the PDF'} is broken and cannot be opened ({error}): "
            "write it anew with the program that made it"
        ) from error


def _pages(document: pdfium.PdfDocument, name: str) -> list[list[PdfLine]]:
    """Read every page; one that cannot be read fails the document, for text may stand there."""
    pages: list[list[PdfLine]] = []
    for index in range(len(document)):
        try:
            with closing(document[index]) as page:
                pages.append(read_lines(page, index + 1))
        except pdfium.PdfiumError as error:
            raise Unparsable(
                f"{name or 'the PDF'} is broken on page {index + 1} ({error}): "
                "write it anew with the program that made it"
            ) from error
    if not pages:
        raise Unparsable(f"{name or 'the PDF'} has no pages")
    return pages


def _draws_something(document: pdfium.PdfDocument) -> bool:
    for index in range(len(document)):
        with closing(document[index]) as page:
            if next(iter(page.get_objects(max_depth=1)), None) is not None:
                return True
    return False


def _first_heading(text: str, blocks: Sequence[Block]) -> str:
    headings = [block for block in blocks if block.kind is BlockKind.HEADING and block.page == 1]
    first = min(headings, key=lambda block: block.level, default=None)
    return text[first.start : first.end] if first else ""
