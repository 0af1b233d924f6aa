"""Cut a parsed document into chunks that one embedding can hold.

A chunk never crosses a heading. Where a section is too long for one chunk, the cuts are
chosen by the content around them and not by counting from the top, so that an edit moves
no cut but those beside it, and the same text is always cut the same way.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import groupby

from ingest.model import Block, BlockKind, Chunk, ParsedDocument
from ingest.ports import TokenCounter

CHUNKER = "3"
"""The version of the rules here; a part of the recipe, because other chunks are other vectors."""

TRANSCRIPT_WINDOW_S = 60.0
_CONTEXT_SHARE = 4
"""The heading path may take a quarter of the model's input, and is shortened beyond."""
_FILL = 0.55
"""A cut is looked for once a chunk is this full: lower is more stable and less economical."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])|\n+")  # noqa: RUF001
_LINE_END = re.compile(r"\n+")
_WORD_END = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Unit:
    """The smallest piece that is not cut."""

    start: int
    end: int
    tokens: int
    break_before: int
    """How bad a cut in front of it is; 0 is best."""
    repeats: int
    """Tokens of the table header that a chunk beginning here repeats."""
    block: Block


@dataclass(frozen=True, slots=True)
class _Section:
    headings: tuple[Block, ...]
    blocks: tuple[Block, ...]


def chunk(
    document: ParsedDocument, title: str, counter: TokenCounter, max_tokens: int
) -> tuple[Chunk, ...]:
    """Cut a document so that no chunk's embedded text has more than `max_tokens` tokens."""
    limit = max_tokens
    while True:
        chunks = _chunks(document, title, counter, limit)
        over = max((piece.tokens for piece in chunks), default=0) - max_tokens
        # Tokens of parts do not add up exactly in every tokenizer: leave the difference free.
        if over <= 0 or limit <= max_tokens // 2:
            return chunks
        limit -= over


def _chunks(
    document: ParsedDocument, title: str, counter: TokenCounter, limit: int
) -> tuple[Chunk, ...]:
    text = document.text
    ruler = _Ruler(text, document.blocks, counter)
    chunks: list[Chunk] = []
    for section in _sections(document.blocks):
        path = _heading_path(text, section.headings)
        context = _context(title, path, ruler, limit)
        room = limit - ruler.of_text(context)
        where = (context, path, section.headings[-1].anchor if section.headings else "")
        for run in _cut(text, _units(text, section.blocks, ruler, room), room):
            piece = _chunk(text, run, len(chunks), where)
            chunks.append(replace(piece, language=_language(run, document.language)))
    sizes = counter.count([piece.embedded_text for piece in chunks])
    return tuple(replace(piece, tokens=size) for piece, size in zip(chunks, sizes, strict=True))


class _Ruler:
    """Measure blocks and contexts, each once: counting one by one is most of the cost."""

    def __init__(self, text: str, blocks: Sequence[Block], counter: TokenCounter) -> None:
        self._counter = counter
        sizes = counter.count([text[block.start : block.end] for block in blocks])
        self._blocks = dict(zip((block.start for block in blocks), sizes, strict=True))
        self._texts: dict[str, int] = {"": 0}

    def of_block(self, block: Block) -> int:
        return self._blocks[block.start]

    def of_text(self, text: str) -> int:
        if text not in self._texts:
            self._texts[text] = self._counter.count([text])[0]
        return self._texts[text]

    def of_spans(self, text: str, spans: Sequence[tuple[int, int]]) -> list[int]:
        return self._counter.count([text[start:end] for start, end in spans])


def _sections(blocks: Sequence[Block]) -> Iterator[_Section]:
    """Give each heading with what stands below it, up to the next heading.

    A heading with nothing of its own is given as its own text, unless a deeper heading
    follows, whose path names it anyway. A transcript is divided by time.
    """
    stack: list[Block] = []
    body: list[Block] = []
    for index, block in enumerate(blocks):
        if block.kind is not BlockKind.HEADING:
            body.append(block)
            continue
        yield from _by_time(stack, body)
        body = []
        while stack and stack[-1].level >= block.level:
            stack.pop()
        stack.append(block)
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        alone = following is None or (
            following.kind is BlockKind.HEADING and following.level <= block.level
        )
        if alone:
            yield _Section(tuple(stack[:-1]), (block,))
    yield from _by_time(stack, body)


def _by_time(headings: Sequence[Block], body: Sequence[Block]) -> Iterator[_Section]:
    for _, blocks in groupby(
        body, lambda block: int(block.seconds // TRANSCRIPT_WINDOW_S) if block.seconds else 0
    ):
        yield _Section(tuple(headings), tuple(blocks))


def _heading_path(text: str, headings: Sequence[Block]) -> tuple[str, ...]:
    return tuple(" ".join(text[block.start : block.end].split()) for block in headings)


def _context(title: str, path: tuple[str, ...], ruler: _Ruler, limit: int) -> str:
    """Join title and headings, giving up the outer ones when they would fill the model."""
    names = [*path] if path and path[0] == title else [name for name in (title, *path) if name]
    while names:
        context = " > ".join(names)
        if ruler.of_text(context) * _CONTEXT_SHARE <= limit:
            return context
        names = names[1:]
    return ""


def _units(text: str, blocks: Sequence[Block], ruler: _Ruler, room: int) -> tuple[_Unit, ...]:
    """Divide blocks no further than needed for every unit to fit into `room`."""
    units: list[_Unit] = []
    before: Block | None = None
    for block in blocks:
        rank = _rank(text, before, block)
        if ruler.of_block(block) <= room:
            units.append(_Unit(block.start, block.end, ruler.of_block(block), rank, 0, block))
        else:
            units.extend(_divided(text, block, rank, ruler, room))
        before = block
    return tuple(units)


def _rank(text: str, before: Block | None, block: Block) -> int:
    """Rank a cut between two blocks: worse within a list and after an introducing colon."""
    if before is None:
        return 0
    introduced = text[before.start : before.end].rstrip().endswith(":")
    within_list = before.kind is block.kind is BlockKind.LIST_ITEM and block.level > 1
    return 1 if introduced or within_list else 0


def _divided(text: str, block: Block, rank: int, ruler: _Ruler, room: int) -> Iterator[_Unit]:
    """Divide a block by rows, lines or sentences, and those too long by words."""
    by_line = block.kind in (BlockKind.TABLE, BlockKind.CODE)
    repeats = min(ruler.of_text(block.header), room // 2)
    spans = _spans(text, block.start, block.end, _LINE_END if by_line else _SENTENCE_END)
    sizes = ruler.of_spans(text, spans)
    for (start, end), size in zip(spans, sizes, strict=True):
        pieces = [(start, end, size)]
        if size > room - repeats:
            pieces = list(_by_words(text, start, end, ruler, room - repeats))
        for at, to, tokens in pieces:
            here = rank if at == block.start else 2 if at == start else 3
            yield _Unit(at, to, tokens, here, repeats if at > block.start else 0, block)


def _spans(text: str, start: int, end: int, separator: re.Pattern[str]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = start
    for match in separator.finditer(text, start, end):
        if match.start() > at:
            spans.append((at, match.start()))
        at = match.end()
    if at < end:
        spans.append((at, end))
    return spans


def _by_words(
    text: str, start: int, end: int, ruler: _Ruler, room: int
) -> Iterator[tuple[int, int, int]]:
    """Divide at white space, and what has none by halving until every piece fits."""
    words = _spans(text, start, end, _WORD_END)
    for (first, last), size in zip(words, ruler.of_spans(text, words), strict=True):
        if size <= room or last - first < 2:
            yield first, last, min(size, room)
            continue
        middle = (first + last) // 2
        yield from _by_words(text, first, middle, ruler, room)
        yield from _by_words(text, middle, last, ruler, room)


def _cut(text: str, units: tuple[_Unit, ...], room: int) -> Iterator[tuple[_Unit, ...]]:
    """Give runs of units that fit, each cut at the best rank, ties by a hash of what follows.

    The hash makes the choice depend on the text at the cut alone: after an edit the next
    cuts fall where they fell before.
    """
    first = 0
    while first < len(units):
        last = _reach(units, first, room)
        if last == len(units):
            yield units[first:]
            return
        least = _reach(units, first, int(room * _FILL))
        cuts = range(max(least, first + 1), last + 1)
        cut = min(cuts, key=lambda at: (units[at].break_before, _hash_at(text, units[at].start)))
        yield units[first:cut]
        first = cut


def _reach(units: tuple[_Unit, ...], first: int, room: int) -> int:
    """Say how far a run from `first` goes before it would exceed `room`; one unit at least."""
    used = units[first].repeats
    for index in range(first, len(units)):
        used += units[index].tokens
        if used > room and index > first:
            return index
    return len(units)


def _hash_at(text: str, start: int) -> bytes:
    return blake2b(text[start : start + 48].encode(), digest_size=8).digest()


def _language(run: tuple[_Unit, ...], otherwise: str) -> str:
    """Give the language that most of a run is in."""
    letters: Counter[str] = Counter()
    for unit in run:
        letters[unit.block.language or otherwise] += unit.end - unit.start
    return letters.most_common(1)[0][0]


def _chunk(
    text: str, run: tuple[_Unit, ...], ordinal: int, where: tuple[str, tuple[str, ...], str]
) -> Chunk:
    context, path, anchor = where
    first = run[0]
    if first.repeats:
        context = f"{context}\n{first.block.header}" if context else first.block.header
    return Chunk(
        ordinal=ordinal,
        start=first.start,
        end=run[-1].end,
        text=text[first.start : run[-1].end],
        context=context,
        heading_path=path,
        anchor=first.block.anchor or anchor,
        page=first.block.page,
        seconds=first.block.seconds,
        tokens=0,
    )
