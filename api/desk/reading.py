"""A page's text as people read it: headings, lists and tables, with the borders of its passages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from api.desk.flags import Piece, pieces
from ingest.model import Block, BlockKind
from ingest.reading import LivePassage, Revision

SHOWN = 80
"""How many passages are shown at once."""
_PROSE = 60
"""Characters of a line that was wrapped for its length, at least."""
_SHALLOWEST, _DEEPEST = 2, 6
"""Headings below the page's own."""


@dataclass(frozen=True, slots=True)
class Part:
    """A block, or so much of one as a passage holds."""

    kind: BlockKind
    level: int
    pieces: tuple[Piece, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    """Of a table; the first may be its header."""
    headed: bool = False
    seconds: float | None = None

    @property
    def numbered(self) -> bool:
        """Say whether a list item brings its own number."""
        return bool(self.pieces) and self.pieces[0][0][:1].isdigit()

    @property
    def in_lines(self) -> bool:
        """Say whether its lines are meant, as those of an address: wrapped prose has long ones."""
        lines = "".join(words for words, _ in self.pieces).split("\n")
        return len(lines) > 1 and max(map(len, lines)) < _PROSE


@dataclass(frozen=True, slots=True)
class Section:
    """What one passage holds, or what stands between two."""

    passage: LivePassage | None
    parts: tuple[Part, ...]

    @property
    def anchor(self) -> str:
        """Give the fragment that leads to it; "" where no passage is."""
        return f"p-{self.passage.id}" if self.passage else ""


@dataclass(frozen=True, slots=True)
class Text:
    """So much of a text as is shown at once."""

    sections: tuple[Section, ...]
    before: int | None
    """Where the part before begins; None at the beginning."""
    after: int | None


@dataclass(frozen=True, slots=True)
class _Run:
    block: Block
    passage: LivePassage | None
    start: int
    end: int


def laid_out(
    revision: Revision,
    passages: Sequence[LivePassage],
    marks: Sequence[tuple[int, int]],
    at: int,
) -> Text:
    """Lay out the part of a text that holds the offset `at`, with these places marked."""
    begins = _begins(passages, len(revision.text))
    now = max((n for n, begin in enumerate(begins[:-1]) if begin <= at), default=0)
    start, end = begins[now], begins[now + 1]
    blocks = revision.blocks or (Block(BlockKind.PARAGRAPH, 0, len(revision.text)),)
    runs = [
        replace(run, start=max(run.start, start), end=min(run.end, end))
        for block in blocks
        if block.end > start and block.start < end
        for run in _runs(block, passages)
        if run.end > start and run.start < end
    ]
    sections = tuple(
        Section(held[0].passage, tuple(_part(revision.text, run, marks) for run in held))
        for held in (list(group) for _, group in groupby(runs, key=_owner))
    )
    before = begins[now - 1] if now else None
    return Text(sections, before, end if end < begins[-1] else None)


def _begins(passages: Sequence[LivePassage], length: int) -> list[int]:
    """Give where each part begins that is shown at once, and where the last one ends."""
    return [0, *(passages[n].start for n in range(SHOWN, len(passages), SHOWN)), length]


def _owner(run: _Run) -> str:
    return str(run.passage.id) if run.passage else ""


def _runs(block: Block, passages: Sequence[LivePassage]) -> Iterator[_Run]:
    """Cut a block where passages begin and end."""
    at = block.start
    for passage in passages:
        start, end = max(passage.start, at), min(passage.end, block.end)
        if start >= end:
            continue
        if start > at:
            yield _Run(block, None, at, start)
        yield _Run(block, passage, start, end)
        at = end
    if at < block.end:
        yield _Run(block, None, at, block.end)


def _part(text: str, run: _Run, marks: Sequence[tuple[int, int]]) -> Part:
    block, words = run.block, text[run.start : run.end]
    inside = [
        (max(a, run.start) - run.start, min(b, run.end) - run.start)
        for a, b in marks
        if a < run.end and b > run.start
    ]
    level = min(max(block.level + 1, _SHALLOWEST), _DEEPEST)
    if block.kind is not BlockKind.TABLE:
        shown = block.level if block.kind is BlockKind.LIST_ITEM else level
        return Part(block.kind, shown, pieces(words, inside), seconds=block.seconds)
    rows = tuple(tuple(cell.strip() for cell in row.split(" | ")) for row in words.split("\n"))
    headed = bool(block.header) and run.start == block.start
    return Part(block.kind, level, (), rows, headed)
