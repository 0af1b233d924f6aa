"""What commands print: data on standard output, notes on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from shutil import get_terminal_size
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
    """Print a table; marks before the names of columns are those of `fitting`."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from api.cli.fitting import MARKS, fit

    # Where nobody looks, nothing needs to fit.
    room = get_terminal_size((WIDE, 0)).columns
    cells = [[safe(cell) for cell in row] for row in rows]
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    widths = fit(columns, cells, room)
    for at, width in widths.items():
        justify: Literal["left", "right"] = "right" if columns[at].startswith("#") else "left"
        name = columns[at].lstrip(MARKS)
        shown.add_column(name, justify=justify, overflow="fold", width=width)
    for row in cells:
        shown.add_row(*(escape(row[at]) for at in widths))
    Console(width=room).print(shown)


def safe(words: str) -> str:
    """Give words from documents without what would move a terminal's cursor or ring its bell."""
    return "".join(one if one.isprintable() or one in "\n\t" else " " for one in words)
