"""Read the lines of a PDF page with their size and place, through PDFium."""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]

# PDFium writes these for a hyphen that it knows to divide a word.
_DIVIDERS = frozenset({0x02, 0xFFFE})
_BOLD = 600
_BOLD_NAME = re.compile(r"bold|black|heavy|demi\b", re.IGNORECASE)
# PDFium loses the space where a line turns; Arabic has endings, but none for Latin words.
_TURN = re.compile("(?<=[A-Za-z])(?=[\u0621-\u064a])")
_ALEFS, _LAM = frozenset({0x0622, 0x0623, 0x0625, 0x0627}), 0x0644


@dataclass(frozen=True, slots=True)
class PdfLine:
    """One line of text; its places in points from the lower left corner.

    `baseline` is what its letters stand on. `size` is that of its largest letters, 0 where
    the line runs up or down the page;
    `divided` says that its last word goes on.
    """

    text: str
    page: int
    size: float
    bold: bool
    left: float
    right: float
    top: float
    bottom: float
    baseline: float
    divided: bool


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    right: float
    bottom: float
    top: float


def read_lines(page: pdfium.PdfPage, number: int) -> list[PdfLine]:
    """Give the lines of the page in the order in which PDFium reads them."""
    text = page.get_textpage()
    try:
        return [line for run in _runs(text.raw) if (line := _line(text.raw, run, number))]
    finally:
        text.close()


def _runs(text: raw.FPDF_TEXTPAGE) -> Iterator[list[tuple[int, int]]]:
    """Give for each line its characters: index in the page, and code point."""
    run: list[tuple[int, int]] = []
    for index in range(max(0, raw.FPDFText_CountChars(text))):
        code = raw.FPDFText_GetUnicode(text, index)
        if code in {0x0A, 0x0D}:
            yield run
            run = []
        else:
            run.append((index, code))
            if code == _LAM:
                _straighten(text, run)
            if code in _DIVIDERS:
                yield run
                run = []
    yield run


def _straighten(text: raw.FPDF_TEXTPAGE, run: list[tuple[int, int]]) -> None:
    """Put lam before alef where one sign was drawn for both.

    PDFium turns the letters of a line that runs to the left, but not those within a sign.
    """
    if len(run) > 1 and run[-2][1] in _ALEFS:
        (alef, letter), (lam, _) = run[-2:]
        if _box(text, alef) == _box(text, lam):
            run[-2:] = [(alef, _LAM), (lam, letter)]


def _line(text: raw.FPDF_TEXTPAGE, run: list[tuple[int, int]], page: int) -> PdfLine | None:
    divided = bool(run) and run[-1][1] in _DIVIDERS
    written = _decoded([code for _, code in run if code not in _DIVIDERS])
    drawn = [index for index, code in run if code > 0x20 and code not in _DIVIDERS]
    if not written.strip() or not drawn:
        return None
    first, middle, last = drawn[0], drawn[len(drawn) // 2], drawn[-1]
    start, end = _box(text, first), _box(text, last)
    bold = all(_is_bold(text, index) for index in (first, middle, last))
    return PdfLine(
        _TURN.sub(" ", written.rstrip()),
        page,
        max(_size(text, index) for index in (first, middle, last)),
        bold,
        min(start.left, end.left),
        max(start.right, end.right),
        max(start.top, end.top),
        min(start.bottom, end.bottom),
        _baseline(text, first),
        divided,
    )


def _decoded(codes: list[int]) -> str:
    """Join code points, or UTF-16 units, into text; what is neither becomes a space."""
    units = b"".join(
        chr(code).encode("utf-16-le", "surrogatepass") for code in codes if 0 < code <= 0x10FFFF
    )
    return units.decode("utf-16-le", errors="replace")


def _size(text: raw.FPDF_TEXTPAGE, index: int) -> float:
    """Give the font size as drawn, which a matrix may scale; 0 for text that stands upright."""
    matrix = raw.FS_MATRIX()
    size = float(raw.FPDFText_GetFontSize(text, index))
    if raw.FPDFText_GetMatrix(text, index, ctypes.byref(matrix)):
        scale = (matrix.c**2 + matrix.d**2) ** 0.5
        size *= (scale or 1.0) * (abs(matrix.d) >= abs(matrix.c))
    return round(size * 2) / 2


def _is_bold(text: raw.FPDF_TEXTPAGE, index: int) -> bool:
    """Ask the font's weight, or its name where, as often, the weight is not told."""
    weight = raw.FPDFText_GetFontWeight(text, index)
    if weight > 0:
        return bool(weight >= _BOLD)
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    raw.FPDFText_GetFontInfo(text, index, name, len(name), ctypes.byref(flags))
    return bool(_BOLD_NAME.search(name.value.decode("ascii", "replace")))


def _baseline(text: raw.FPDF_TEXTPAGE, index: int) -> float:
    across, up = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text, index, ctypes.byref(across), ctypes.byref(up))
    return up.value


def _box(text: raw.FPDF_TEXTPAGE, index: int) -> _Box:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    raw.FPDFText_GetCharBox(
        text,
        index,
        ctypes.byref(left),
        ctypes.byref(right),
        ctypes.byref(bottom),
        ctypes.byref(top),
    )
    return _Box(left.value, right.value, bottom.value, top.value)
