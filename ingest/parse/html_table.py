"""Read HTML tables that hold data; tables that only lay a page out are left to the walk."""

from dataclasses import dataclass, field

from ingest.parse.clean import one_line
from ingest.parse.html_tree import Element, words_in

_LAYOUT_ROLES = frozenset({"presentation", "none"})
_STRUCTURE = words_in("table h1 h2 h3 h4 h5 h6")
_LONG_CELL = 1500
_LONGEST_REPEATED = 200
_BREAKS = words_in("p div br li dd dt pre ul ol dl blockquote")


@dataclass(frozen=True, slots=True)
class TableText:
    """A table as lines of `a | b`; `header` is its first line where that is a header row."""

    text: str
    header: str
    caption: str
    links: tuple[Element, ...]


@dataclass(slots=True)
class _Row:
    head: bool
    cells: list["_Cell"] = field(default_factory=list)


@dataclass(slots=True)
class _Cell:
    is_header: bool
    rows: int
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return one_line("".join(self.parts))


def read_table(table: Element) -> TableText | None:
    """Give the table's rows, or None when it is there for the layout only."""
    if table.attributes.get("role") in _LAYOUT_ROLES:
        return None
    reading = _Reading()
    if not reading.read(table) or not _holds_data(reading):
        return None
    lines = [" | ".join(cells) for cells in _filled(reading.rows)]
    first = reading.rows[0]
    is_header = first.head or all(cell.is_header for cell in first.cells)
    caption = one_line("".join(reading.caption))
    kept = [line for line in lines if line.strip(" |")]
    header = lines[0] if is_header and len(kept) > 1 and kept[0] == lines[0] else ""
    return TableText("\n".join(kept), header, caption, tuple(reading.links))


def _holds_data(reading: "_Reading") -> bool:
    cells = [cell for row in reading.rows for cell in row.cells]
    if not cells:
        return False
    headed = any(cell.is_header for cell in cells)
    if headed and len(reading.rows) > 1:
        return True
    if reading.has_code or max(len(row.cells) for row in reading.rows) < 2:
        return False
    return len(reading.rows) > 1 and all(len(cell.text) <= _LONG_CELL for cell in cells)


class _Reading:
    """Walks one table without recursion, however deep it is."""

    def __init__(self) -> None:
        self.rows: list[_Row] = []
        self.caption: list[str] = []
        self.links: list[Element] = []
        self.has_code = False
        self._sink = self.caption
        self._in_head = False

    def read(self, table: Element) -> bool:
        """Collect the rows; False when it holds what no data table holds."""
        stack = [*reversed(table.children)]
        while stack:
            step = stack.pop()
            if isinstance(step, str):
                self._sink.append(step)
            elif step.tag in _STRUCTURE:
                return False
            elif not step.is_cut:
                self._enter(step, step.tag)
                stack += reversed(step.children)
        return True

    def _enter(self, element: Element, tag: str) -> None:
        self.has_code |= tag == "pre"
        if tag in {"thead", "tbody", "tfoot"}:
            self._in_head = tag == "thead"
        elif tag == "tr":
            self.rows.append(_Row(self._in_head))
        elif tag in {"td", "th"}:
            self._open_cell(element)
        elif tag in _BREAKS:
            self._sink.append(" ")
        elif tag == "a":
            self.links.append(element)
        elif tag == "img":
            self._sink.append(f" {element.attribute('alt')} ")

    def _open_cell(self, element: Element) -> None:
        if not self.rows:
            self.rows.append(_Row(head=False))
        cell = _Cell(element.tag == "th", _span(element))
        self.rows[-1].cells.append(cell)
        self._sink = cell.parts


def _span(cell: Element) -> int:
    text = cell.attribute("rowspan")
    return min(int(text[:4]), 1000) if text.isdecimal() else 1


def _filled(rows: list[_Row]) -> list[list[str]]:
    """Repeat what spans several rows in each of them, so that every row can be read alone."""
    lines: list[list[str]] = []
    carried: dict[int, tuple[int, str]] = {}
    for row in rows:
        line: list[str] = []
        for cell in row.cells:
            _take_carried(line, carried)
            if cell.rows > 1 and len(cell.text) <= _LONGEST_REPEATED:
                carried[len(line)] = (cell.rows - 1, cell.text)
            line.append(cell.text)
        _take_carried(line, carried)
        lines.append(line)
    return lines


def _take_carried(line: list[str], carried: dict[int, tuple[int, str]]) -> None:
    while (column := len(line)) in carried:
        left, text = carried.pop(column)
        if left > 1:
            carried[column] = (left - 1, text)
        line.append(text)
