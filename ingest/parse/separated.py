"""CSV and its kin: rows as they stand, whatever divides their cells."""

import csv
from collections import Counter
from collections.abc import Sequence

from ingest.errors import Unparsable
from ingest.parse.clean import clean
from ingest.parse.draft import lay_out
from ingest.parse.office_table import table_drafts
from ingest.parsed import ParsedDocument

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 50
_LONGEST_FIELD = 1 << 24


def parse_separated(text: str) -> ParsedDocument:
    """Give one table, its first row as header where it reads like one."""
    csv.field_size_limit(_LONGEST_FIELD)
    lines = clean(text).splitlines(keepends=True)
    try:
        rows = list(csv.reader(lines, delimiter=_delimiter(lines)))
    except csv.Error as error:
        raise Unparsable(
            f"it is not a table of separated values ({error}): give it as text"
        ) from error
    layout = lay_out(table_drafts(rows))
    return ParsedDocument(layout.text, layout.blocks)


def _delimiter(lines: Sequence[str]) -> str:
    """Choose what divides most lines into equally many cells."""

    def evenness(delimiter: str) -> tuple[int, int]:
        rows = list(csv.reader(lines[:_SAMPLE_LINES], delimiter=delimiter))
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return count, width

    return max(_DELIMITERS, key=evenness)
