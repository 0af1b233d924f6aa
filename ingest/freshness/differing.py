"""What differs between two texts, in words that a reader can follow with a finger."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from rapidfuzz.distance import Indel

Span = tuple[int, int]
"""From where to where, in characters."""

_WORD = re.compile(
    # Scripts that put no spaces between words are compared sign by sign.
    r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
    # 24.99, 10:30, 2026-03-14, it's: one word each.
    r"(?:[.,:/'\u2019-][^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+)*"
    r"|\S"
)
_MOST_PAIRS = 200_000_000
"""Words of one text times words of the other: above, comparing takes over 30 ms and 25 MB."""


@dataclass(frozen=True, slots=True)
class Differences:
    """Where two texts differ: what stands outside of the spans is the same, word by word."""

    share: float
    """Of the words of both together, how many the two have in common in this order: 0 to 1."""
    left: tuple[Span, ...]
    right: tuple[Span, ...]


def differing(left: str, right: str) -> Differences:
    """Give the words that differ; white space is no difference, and sides need not pair up.

    Two changes with nothing but punctuation between them are shown as one.
    """
    words = words_of(left), words_of(right)
    same = _same_runs([left[a:b] for a, b in words[0]], [right[a:b] for a, b in words[1]])
    total = len(words[0]) + len(words[1])
    share = 2 * sum(run.length for run in same) / total if total else 1.0
    kept = [run for run in same if _tells(run, same, words[0], left)]
    return Differences(
        share,
        _between(words[0], [(run.left, run.length) for run in kept]),
        _between(words[1], [(run.right, run.length) for run in kept]),
    )


def words_of(text: str) -> list[Span]:
    """Give the places of a text's words, every sign that is none a word by itself."""
    return [match.span() for match in _WORD.finditer(text)]


@dataclass(frozen=True, slots=True)
class _Run:
    """So many words in a row that both texts have, from here on in each."""

    left: int
    right: int
    length: int


def _same_runs(left: Sequence[str], right: Sequence[str]) -> list[_Run]:
    """Align two sequences by their longest common subsequence; too long ones by their ends."""
    numbers: dict[str, int] = {}
    ours, theirs = ([numbers.setdefault(word, len(numbers)) for word in it] for it in (left, right))
    if len(ours) * len(theirs) > _MOST_PAIRS:
        return _same_ends(ours, theirs)
    return [
        _Run(block.a, block.b, block.size)
        for block in Indel.opcodes(ours, theirs).as_matching_blocks()
        if block.size
    ]


def _same_ends(left: Sequence[int], right: Sequence[int]) -> list[_Run]:
    shorter = min(len(left), len(right))
    head = next((at for at in range(shorter) if left[at] != right[at]), shorter)
    most = shorter - head
    tail = next((at for at in range(most) if left[-1 - at] != right[-1 - at]), most)
    ends = _Run(0, 0, head), _Run(len(left) - tail, len(right) - tail, tail)
    return [run for run in ends if run.length]


def _tells(run: _Run, runs: Sequence[_Run], words: Sequence[Span], text: str) -> bool:
    """Say no of mere punctuation between two changes: marks would be torn by it."""
    if run is runs[0] or run is runs[-1] or run.length > 2:
        return True
    return any(text[start:end].isalnum() for start, end in words[run.left : run.left + run.length])


def _between(words: Sequence[Span], same: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
    """Give the spans of the words that no run of the same ones covers."""
    spans, at = [], 0
    for start, length in chain(same, [(len(words), 0)]):
        if start > at:
            spans.append((words[at][0], words[start - 1][1]))
        at = start + length
    return tuple(spans)


# --- revisions --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text, with what changed in it."""

    start: int
    end: int
    text: str
    marks: tuple[Span, ...] = ()
    """As offsets into `text`."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """One change of a text: the lines before it, those it took away, those it put there."""

    before: tuple[Line, ...]
    """Unchanged, as they stand in the new text."""
    old: tuple[Line, ...]
    """By their places in the old text."""
    new: tuple[Line, ...]
    after: tuple[Line, ...]


def changes(old: str, new: str, context: int = 1) -> tuple[Hunk, ...]:
    """Give the changes between two revisions in order, with so many lines around each.

    Lines are aligned first, then words within what changed, so that text which was only
    wrapped anew is no change.
    """
    ours, theirs = _lines(old), _lines(new)
    same = _same_runs([line.text for line in ours], [line.text for line in theirs])
    hunks, left, right = [], 0, 0
    for run in (*same, _Run(len(ours), len(theirs), 0)):
        taken, put = ours[left : run.left], theirs[right : run.right]
        marked = _marked(old, taken, new, put)
        if any(line.marks for line in chain(*marked)):
            around = theirs[max(right - context, 0) : right], theirs[run.right :][:context]
            hunks.append(Hunk(tuple(around[0]), *marked, tuple(around[1])))
        left, right = run.left + run.length, run.right + run.length
    return tuple(hunks)


def _lines(text: str) -> list[Line]:
    """Give the lines that hold anything, without the space around it."""
    return [
        Line(match.start(), match.end(), match.group())
        for match in re.finditer(r"\S(?:[^\n]*\S)?", text)
    ]


def _marked(
    old: str, taken: Sequence[Line], new: str, put: Sequence[Line]
) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    found = differing(_whole(old, taken), _whole(new, put))
    return tuple(_cut(taken, found.left)), tuple(_cut(put, found.right))


def _whole(text: str, lines: Sequence[Line]) -> str:
    return text[lines[0].start : lines[-1].end] if lines else ""


def _cut(lines: Sequence[Line], spans: Sequence[Span]) -> Iterator[Line]:
    """Give the lines with those parts of the spans that lie in each."""
    origin = lines[0].start if lines else 0
    for line in lines:
        start, end = line.start - origin, line.end - origin
        its = ((max(a, start) - start, min(b, end) - start) for a, b in spans)
        yield Line(line.start, line.end, line.text, tuple((a, b) for a, b in its if a < b))
