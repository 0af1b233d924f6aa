"""XLSX and XLS: sheets as headings, their tables with header rows.

Not through unstructured: it reads them with pandas, which changes what stands there (007
becomes 7, 1 beside an empty cell becomes 1.0) and holds a sheet in memory several times over.
openpyxl and xlrd are what it reads them with, one step below.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from io import BytesIO
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import xlrd  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import (  # type: ignore[import-untyped]
    InvalidFileException,
)

from ingest.errors import Unparsable
from ingest.parse.draft import Draft
from ingest.parse.office_facts import OfficeFacts, as_document, facts_of
from ingest.parse.office_table import table_drafts
from ingest.parsed import BlockKind, ParsedDocument

Rows = Iterable[Sequence[str]]

_VISIBLE = "visible"


def parse_xlsx(content: bytes, name: str) -> ParsedDocument:
    """Give the visible sheets, cells as they are shown; of formulas, the values last computed."""
    try:
        book = openpyxl.load_workbook(
            BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
    except InvalidFileException as error:
        raise Unparsable(f"{name} is broken ({error}): write it anew with Excel") from error
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == _VISIBLE]
    drafts = [
        draft
        for number, sheet in enumerate(shown, start=1)
        for draft in _sheet(sheet.title, _rows(sheet), number)
    ]
    return as_document(drafts, facts_of(book.properties), sheets=True)


def parse_xls(content: bytes, name: str) -> ParsedDocument:
    """Give the visible sheets of a workbook from before 2007."""
    try:
        book = xlrd.open_workbook(file_contents=content, on_demand=True, formatting_info=False)
    except xlrd.XLRDError as error:
        raise Unparsable(_xls_reason(name, error)) from error
    drafts: list[Draft] = []
    for number, title in enumerate(book.sheet_names(), start=1):
        sheet = book.sheet_by_name(title)
        if sheet.visibility == 0:
            rows = ([_xls_cell(cell, book.datemode) for cell in row] for row in sheet.get_rows())
            drafts += _sheet(title, rows, number)
    return as_document(drafts, OfficeFacts(), sheets=True)


def _xls_reason(name: str, error: xlrd.XLRDError) -> str:
    if "encrypted" in str(error).lower():
        return f"{name} is encrypted: give it without a password"
    return f"{name} is broken and cannot be opened ({error}): save it as XLSX"


def _sheet(title: str, rows: Rows, page: int) -> list[Draft]:
    """Give a sheet under its name; rows that stand empty divide its tables."""
    tables = [draft for part in _parts(rows) for draft in table_drafts(part, page)]
    return [Draft(BlockKind.HEADING, title, level=1, page=page), *tables] if tables else []


def _parts(rows: Rows) -> Iterator[list[Sequence[str]]]:
    part: list[Sequence[str]] = []
    for row in rows:
        if any(cell.strip() for cell in row):
            part.append(row)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _rows(sheet: Any) -> Iterator[list[str]]:
    # What a sheet says of its size may be a million rows for ten.
    sheet.reset_dimensions()
    for row in sheet.iter_rows():
        yield [_shown(cell.value, cell.number_format or "") for cell in row]


def _shown(value: object, form: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, int | float):
        return f"{value * 100:.10g}%" if form.startswith("0") and "%" in form else f"{value:.15g}"
    return str(value)


def _xls_cell(cell: Any, datemode: int) -> str:
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return _shown(xlrd.xldate_as_datetime(cell.value, datemode))
        except (ValueError, OverflowError):
            return _shown(cell.value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return _shown(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    return _shown(cell.value)
