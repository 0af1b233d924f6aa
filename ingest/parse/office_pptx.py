"""PPTX: through unstructured, once what it would lose stands on the slide in plain shapes."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import pptx
from lxml import etree  # type: ignore[import-untyped]
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PythonPptxError
from pptx.oxml.ns import qn
from pptx.presentation import Presentation
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.util import Emu

from ingest.errors import Unparsable
from ingest.parse.office_blocks import drafts_of
from ingest.parse.office_chart import chart_rows, parsed_part
from ingest.parse.office_facts import as_document, facts_of
from ingest.parse.unstructured_offline import UNTOLD, partition_pptx
from ingest.parsed import ParsedDocument

_TITLES_ONLY = 0
_BULLETED = frozenset({PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY})
_BULLETS = ("a:buNone", "a:buChar", "a:buAutoNum", "a:buBlip")
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_DIAGRAM_DATA = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"
_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_BELOW_EVERYTHING = Emu(1 << 30)
_LINKS = ("http://", "https://", "mailto:")


def parse_pptx(content: bytes, name: str) -> ParsedDocument:
    """Give each slide under its title, with lists, tables, charts, diagrams and notes."""
    try:
        deck = pptx.Presentation(BytesIO(content))
    except PythonPptxError as error:
        raise Unparsable(f"{name} is broken ({error}): write it anew with PowerPoint") from error
    for slide in deck.slides:
        _prepare(slide)
    elements = partition_pptx(file=_saved(deck), languages=UNTOLD)
    return as_document(list(drafts_of(elements, _TITLES_ONLY)), facts_of(deck.core_properties))


def _saved(deck: Presentation) -> BytesIO:
    saved = BytesIO()
    deck.save(saved)
    saved.seek(0)
    return saved


def _prepare(slide: Slide) -> None:
    for shape in list(_leaves(slide.shapes)):
        if shape.has_text_frame:
            if shape.is_placeholder and shape.placeholder_format.type in _BULLETED:
                _add_bullets(shape)
            _add_addresses(shape)
        elif getattr(shape, "has_chart", False):
            _add_rows(slide, shape, chart_rows(shape.chart.part.blob))
        else:
            _add_rows(slide, shape, [[text] for text in _diagram_texts(slide, shape)])
    _add_notes(slide)


def _leaves(shapes: Iterable[Any]) -> Iterator[Any]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _leaves(shape.shapes)
        else:
            yield shape


def _add_bullets(shape: Any) -> None:
    """Write down the bullets that a placeholder has from its layout."""
    paragraphs = [one for one in shape.text_frame.paragraphs if one.text.strip()]
    if len(paragraphs) < 2:
        return
    for paragraph in paragraphs:
        properties = paragraph._p.get_or_add_pPr()
        if not any(properties.find(qn(name)) is not None for name in _BULLETS):
            etree.SubElement(properties, qn("a:buChar")).set("char", "•")


def _add_addresses(shape: Any) -> None:
    for paragraph in shape.text_frame.paragraphs:
        for run in paragraph.runs:
            address = run.hyperlink.address or ""
            words = run.text.strip()
            if address.startswith(_LINKS) and words and words not in address:
                run.text = f"{run.text} ({address})"


def _diagram_texts(slide: Slide, shape: Any) -> list[str]:
    """Give the texts of a SmartArt diagram, which stand in a part of their own."""
    named = next((one.get(_DIAGRAM_DATA) for one in shape._element.iter(_DIAGRAM)), "")
    if named not in slide.part.rels:
        return []
    found = parsed_part(slide.part.related_part(named).blob).iter(_TEXT)
    return [text.text for text in found if text.text and text.text.strip()]


def _add_rows(slide: Slide, beside: Any, rows: list[list[str]]) -> None:
    """Put rows where a shape stands: as a table, or, of one column, as text."""
    top, left = beside.top or Emu(0), beside.left or Emu(0)
    width = max((len(row) for row in rows), default=0)
    if width < 2:
        _add_text(slide, (left, top), [row[0] for row in rows])
        return
    table = slide.shapes.add_table(len(rows), width, left, top, Emu(1), Emu(1)).table
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell


def _add_notes(slide: Slide) -> None:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    lines = [line for line in (frame.text if frame else "").splitlines() if line.strip()]
    if lines:
        _add_text(slide, (Emu(0), _BELOW_EVERYTHING), [f"Notes: {lines[0]}", *lines[1:]])


def _add_text(slide: Slide, place: tuple[Emu, Emu], lines: list[str]) -> None:
    if any(lines):
        box = slide.shapes.add_textbox(*place, Emu(1), Emu(1))
        box.text_frame.text = "\n".join(lines)
