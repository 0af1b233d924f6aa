"""Flags as a table for spreadsheets, which must not take words of pages for formulas."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from ingest.freshness.model import Flag

HEADER = (
    *("id", "kind", "state", "origin", "impact", "severity", "reason", "document_id", "title"),
    *("other_id", "other_title", "quote", "other_quote", "raised_at", "raised_by"),
    *("assigned_to", "snoozed_until", "ended_at", "ended_by", "note"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def row_of(flag: Flag) -> Sequence[str]:
    """Give the cells of a flag, in the order of the header."""
    finding = flag.finding
    mine, theirs = (
        "\n".join(one.text for one in finding.quotes if (one.document == finding.document) is own)
        for own in (True, False)
    )
    return (
        *(flag.id, finding.kind, flag.state, flag.origin),
        *(f"{flag.impact:.3f}", f"{finding.severity:.2f}", finding.reason),
        *(finding.document, flag.title, finding.other or "", flag.other_title, mine, theirs),
        *(_moment(flag.raised_at), flag.raised_by, flag.assigned_to),
        *(_moment(flag.snoozed_until), _moment(flag.ended_at), flag.ended_by, flag.note),
    )


def line(cells: Sequence[str]) -> bytes:
    """Write one line of CSV; a cell that begins like a formula is made words."""
    written = io.StringIO()
    csv.writer(written).writerow(_safe(cell) for cell in cells)
    return written.getvalue().encode()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _moment(at: datetime | None) -> str:
    return at.isoformat() if at else ""
