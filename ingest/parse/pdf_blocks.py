"""Build headings, paragraphs and list items from the lines of a PDF."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.parse.draft import Draft
from ingest.parse.pdf_lines import PdfLine
from ingest.parsed import BlockKind

_BULLET = re.compile(r"\s*[•‣▪▫◦●○■□∙·⁃➢➔✓\uf0b7\uf0a7–—-]\s+(?=\S)")  # noqa: RUF001
_LARGER = 1.12
_LONGEST_HEADING = 200
_LONGEST_BOLD = 100
_WIDE_GAP = 1.3
"""Lines further apart than this many times the usual distance are not of one paragraph."""
_USUAL_LEADING = 1.2
_LOWEST_LEVEL = 6


@dataclass(frozen=True, slots=True)
class _Sizes:
    """The font size of the body, and the level of each size above it."""

    body: float
    levels: dict[float, int]
    bold_body: bool

    def level_of(self, lines: Sequence[PdfLine]) -> int:
        """Give the level of a heading, 0 for what is none."""
        text = " ".join(line.text for line in lines)
        if not any(character.isalpha() for character in text) or len(text) > _LONGEST_HEADING:
            return 0
        level = self.levels.get(lines[0].size, 0)
        if level:
            return level
        stands_out = lines[0].bold and not self.bold_body and lines[0].size >= self.body
        brief = len(lines) == 1 and len(text) <= _LONGEST_BOLD
        if stands_out and brief and not text.rstrip().endswith((".", ",", ";")):
            return min(len(self.levels) + 1, _LOWEST_LEVEL)
        return 0


def drafts_of_pages(pages: Sequence[Sequence[PdfLine]]) -> list[Draft]:
    """Give the blocks of all pages in order; no block spans two pages."""
    lines = [line for page in pages for line in page]
    if not lines:
        return []
    sizes = _sizes(lines)
    return [_draft(group, sizes) for page in pages for group in _groups(page)]


def _sizes(lines: Sequence[PdfLine]) -> _Sizes:
    weight: Counter[float] = Counter()
    bold = 0
    for line in lines:
        weight[line.size] += len(line.text)
        bold += len(line.text) if line.bold else 0
    body = max(weight, key=lambda size: (weight[size], size))
    larger = sorted((size for size in weight if size > body * _LARGER), reverse=True)
    if not body:
        larger = []
    levels = {size: min(rank, _LOWEST_LEVEL) for rank, size in enumerate(larger, start=1)}
    return _Sizes(body, levels, bold > 0.5 * sum(weight.values()))


def _groups(page: Sequence[PdfLine]) -> Iterator[list[PdfLine]]:
    """Give the lines that belong together."""
    right = max((line.right for line in page), default=0.0)
    leading = _leading(page)
    group: list[PdfLine] = []
    for line in page:
        if group and _starts_anew(group, line, right, leading):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _leading(page: Sequence[PdfLine]) -> float:
    """Give the usual distance of two lines in a paragraph, as a multiple of their font size.

    Baselines tell it; boxes do not, for they depend on which letters a line has.
    """
    distances = sorted(
        (above.baseline - below.baseline) / above.size
        for above, below in pairwise(page)
        if above.size == below.size > 0 and 0.8 < (above.baseline - below.baseline) / above.size < 3
    )
    # Paragraphs of one line are set further apart: the nearer third tells of true lines.
    return distances[len(distances) // 3] if distances else _USUAL_LEADING


def _starts_anew(group: Sequence[PdfLine], line: PdfLine, right: float, leading: float) -> bool:
    last = group[-1]
    if last.divided:
        return False
    if _BULLET.match(line.text) or line.size != last.size or line.bold != last.bold:
        return not _is_same_line(last, line)
    height = max(last.size, 1.0)
    distance = last.baseline - line.baseline
    if _is_same_line(last, line):
        return False
    ended = last.text.rstrip().endswith((".", "?", "!", ":", "。"))
    if distance < -height:
        return ended or last.text[-1:].isdigit()
    indented = line.left - last.left > height and ended
    short = ended and last.right < right - 0.2 * (right - group[0].left)
    return distance > _WIDE_GAP * leading * height or indented or short


def _is_same_line(last: PdfLine, line: PdfLine) -> bool:
    """Say whether both stand side by side, as words of one line in two fonts do."""
    overlap = min(last.top, line.top) - max(last.bottom, line.bottom)
    return overlap > 0.5 * min(last.top - last.bottom, line.top - line.bottom) > 0


def _draft(group: Sequence[PdfLine], sizes: _Sizes) -> Draft:
    text, page = _joined(group), group[0].page
    bullet = _BULLET.match(text)
    if bullet:
        return Draft(BlockKind.LIST_ITEM, text[bullet.end() :], level=1, page=page)
    level = sizes.level_of(group)
    kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH
    return Draft(kind, text, level, page=page)


def _joined(group: Sequence[PdfLine]) -> str:
    """Join lines into running text; a word that a hyphen divides becomes whole again."""
    text = ""
    for line in group:
        piece = line.text.strip()
        if text.endswith("\x02"):
            text = text[:-1] + piece
        elif _ends_divided(text, piece):
            text = text.rstrip("-\u2010\u00ad") + piece
        else:
            text = f"{text} {piece}" if text else piece
        if line.divided:
            text = text.rstrip("-\u2010\u00ad") + "\x02"
    return text.rstrip("\x02")


def _ends_divided(text: str, following: str) -> bool:
    """Say whether a hyphen at the end divides a word, rather than joining two of a compound."""
    if len(text) < 3 or text[-1] not in "-\u2010\u00ad" or not text[-2].isalpha():
        return False
    word = re.split(r"\s", text)[-1].rstrip("-\u2010\u00ad")
    return following[:1].islower() and word.isalpha() and (word.islower() or word.istitle())
