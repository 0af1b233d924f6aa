"""Which columns of a table a terminal has room for, and how wide each is.

A column's name may begin with marks: `#` holds numbers, `!` is never wrapped, and `?` is left
out where there is no room for it.
"""

from collections.abc import Mapping, Sequence

from rich.cells import cell_len

MARKS = "#!?"
GAP = 2
_WORD = 36
"""Longer words may be cut; ids are no longer."""


def fit(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> Mapping[int, int]:
    """Give the columns to show with their widths: words stay whole as far as there is room."""
    cells = [[name.lstrip(MARKS), *(row[at] for row in rows)] for at, name in enumerate(columns)]
    wants = [max(map(cell_len, column)) for column in cells]
    words = [
        max((cell_len(word) for one in column for word in one.split()), default=0)
        for column in cells
    ]
    fixed = ["!" in _marks(name) for name in columns]

    def least(word: int, shown: Sequence[int]) -> dict[int, int]:
        return {at: wants[at] if fixed[at] else min(words[at], word) for at in shown}

    shown = list(range(len(columns)))
    for at in reversed(shown.copy()):
        if "?" in _marks(columns[at]) and _wide(least(_WORD, shown)) > room:
            shown.remove(at)
    word = next((some for some in range(_WORD, 1, -1) if _wide(least(some, shown)) <= room), 1)
    return _filled(least(word, shown), wants, room)


def _filled(widths: dict[int, int], wants: Sequence[int], room: int) -> Mapping[int, int]:
    """Give what room is left to those that lack it, the narrowest first."""
    for _ in range(room - _wide(widths)):
        lacking = [at for at, width in widths.items() if width < wants[at]]
        if lacking:
            widths[min(lacking, key=lambda at: widths[at])] += 1
    return widths


def _wide(widths: Mapping[int, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def _marks(name: str) -> str:
    return name[: len(name) - len(name.lstrip(MARKS))]
