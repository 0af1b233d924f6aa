"""What commands print: data on standard output, notes on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Literal

from connectors.model import Json

WIDE = 240


def as_json(value: Json) -> None:
    """Print data for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def note(message: str) -> None:
    """Tell the person, not the program that reads standard output."""
    print(safe(message), file=sys.stderr)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; a column whose name begins with '#' holds numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        numeric = column.startswith("#")
        justify: Literal["left", "right"] = "right" if numeric else "left"
        shown.add_column(column.removeprefix("#"), justify=justify, overflow="fold")
    for row in rows:
        shown.add_row(*(_plain(cell) for cell in row))
    # Where nobody looks, nothing needs to fit.
    Console(width=None if sys.stdout.isatty() else WIDE).print(shown)


def safe(words: str) -> str:
    """Give words from documents without what would move a terminal's cursor or ring its bell."""
    return "".join(one if one.isprintable() or one in "\n\t" else " " for one in words)


def _plain(cell: str) -> str:
    from rich.markup import escape

    return escape(safe(cell))
