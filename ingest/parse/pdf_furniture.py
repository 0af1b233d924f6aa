"""Find the running headers and footers of a PDF, and leave them out."""

import re
from collections import Counter
from collections.abc import Sequence

from ingest.parse.pdf_lines import PdfLine

_FEWEST_PAGES = 3
_EDGE_LINES = 2
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"\W*(?:page\s*)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?\W*\Z", re.IGNORECASE)


def without_furniture(pages: Sequence[Sequence[PdfLine]]) -> list[list[PdfLine]]:
    """Drop lines at the edge of pages that stand, but for a number, on most or every second."""
    if len(pages) < _FEWEST_PAGES:
        return [list(page) for page in pages]
    edges = [_edge_of(page) for page in pages]
    counts = Counter(shape for edge in edges for shape in {_shape(line) for line in edge})
    enough = max(_FEWEST_PAGES, 0.4 * sum(bool(page) for page in pages))
    return [
        [line for line in page if not (line in edge and _runs(line, counts, enough))]
        for page, edge in zip(pages, edges, strict=True)
    ]


def _edge_of(page: Sequence[PdfLine]) -> frozenset[PdfLine]:
    """Give the highest and lowest lines; the order of reading may not be that of place."""
    placed = sorted(page, key=lambda line: line.top)
    return frozenset((*placed[:_EDGE_LINES], *placed[-_EDGE_LINES:]))


def _shape(line: PdfLine) -> tuple[str, int]:
    return _NUMBER.sub("#", line.text.strip()), round(line.top / 6)


def _runs(line: PdfLine, counts: Counter[tuple[str, int]], enough: float) -> bool:
    shape, height = _shape(line)
    near = sum(counts[shape, height + shift] for shift in (-1, 0, 1))
    return near >= enough or (bool(_PAGE_NUMBER.match(line.text)) and near >= _FEWEST_PAGES)
