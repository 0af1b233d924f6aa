"""Rows of cells as a table block: lines of `a | b`, with the header row where there is one."""

import re
from collections.abc import Sequence

from ingest.parse.clean import has_words, one_line
from ingest.parse.draft import Draft
from ingest.parsed import BlockKind

_LONGEST_HEADING_CELL = 100
_YEAR = re.compile(r"(?:FY\s?|Q[1-4]\s)?(?:19|20)\d\d\Z")


def is_header(cells: Sequence[str]) -> bool:
    """Say whether a first row names its columns: short texts or years, none twice.

    Office files seldom say it, and where they do it is the look of the row they mean.
    """
    named = [cell for cell in cells if cell.strip()]
    # The corner of a table may be empty.
    if len(cells) < 2 or len(named) < min(2, len(cells) - 1) or len(set(named)) < len(named):
        return False
    if any(len(cell) > _LONGEST_HEADING_CELL for cell in named):
        return False
    return all(any(c.isalpha() for c in cell) or _YEAR.match(cell.strip()) for cell in named)


def table_drafts(rows: Sequence[Sequence[str]], page: int | None = None) -> list[Draft]:
    """Give a table; lines before and after it that fill one cell are paragraphs."""
    rows = _without_empty([[one_line(cell) for cell in row] for row in rows])
    first, last = 0, len(rows)
    while first < last and _filled(rows[first]) == 1:
        first += 1
    while last > first and _filled(rows[last - 1]) == 1:
        last -= 1
    before, body, after = rows[:first], rows[first:last], rows[last:]
    return [
        *(_paragraph(row, page) for row in before),
        *_table(_without_empty(body), page),
        *(_paragraph(row, page) for row in after),
    ]


def _table(rows: Sequence[Sequence[str]], page: int | None) -> list[Draft]:
    lines = [" | ".join(row) for row in rows]
    lines = [line for line in lines if has_words(line)]
    if not lines:
        return []
    header = lines[0] if len(lines) > 1 and is_header(rows[0]) else ""
    return [Draft(BlockKind.TABLE, "\n".join(lines), header=header, page=page)]


def _paragraph(row: Sequence[str], page: int | None) -> Draft:
    return Draft(BlockKind.PARAGRAPH, "".join(row), page=page)


def _without_empty(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Leave out rows and columns without any content; every row gets the same length."""
    width = max((len(row) for row in rows), default=0)
    used = sorted({at for row in rows for at in range(len(row)) if row[at]})
    padded = ([*row, *[""] * (width - len(row))] for row in rows if any(row))
    return [[row[at] for at in used] for row in padded]


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell) for cell in row)
