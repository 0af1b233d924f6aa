"""Keep each part of a prompt within its room, without cutting a line or a turn."""

from collections.abc import Sequence
from itertools import accumulate

from retrieval.model import Message
from retrieval.planner.tokens import Gauge

_PER_TURN = 4


def newest_turns(history: Sequence[Message], room: int, gauge: Gauge) -> tuple[Message, ...]:
    """Give the newest turns that fit, oldest first, beginning with one of the customer."""
    sizes = gauge.texts([turn.content for turn in reversed(history)])
    totals = accumulate(size.p99 + _PER_TURN for size in sizes)
    kept = list(history[len(history) - sum(total <= room for total in totals) :])
    while kept and kept[0].role != "user":
        kept.pop(0)
    return tuple(kept)


def first_lines(text: str, room: int, gauge: Gauge) -> str:
    """Give the first lines that fit."""
    lines = text.split("\n")
    totals = accumulate(size.p99 + 1 for size in gauge.texts(lines))
    return "\n".join(lines[: sum(total <= room for total in totals)]).rstrip()
