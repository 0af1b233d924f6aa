"""Lay blocks out as one text with offsets; the one place that keeps the contract of blocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ingest.parse.clean import one_line, tidy, tidy_code
from ingest.parse.links import Linked, place_links
from ingest.parsed import Block, BlockKind, Link

_CLOSE_KIN = frozenset({BlockKind.LIST_ITEM, BlockKind.TIMED})


@dataclass(frozen=True, slots=True)
class Draft:
    """A block before its place in the text is known; fields as in Block."""

    kind: BlockKind
    text: str
    level: int = 0
    anchor: str = ""
    header: str = ""
    page: int | None = None
    seconds: float | None = None
    links: tuple[Linked, ...] = ()
    """In their order; their words stand in it, or in what follows it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A text, and the blocks and links in it."""

    text: str
    blocks: tuple[Block, ...]
    links: tuple[Link, ...] = ()


def lay_out(drafts: Iterable[Draft]) -> Layout:
    """Join drafts in order; empty ones go, anchors stay unique, levels in their range."""
    kept: list[tuple[Draft, str]] = []
    for draft in drafts:
        text = _text_of(draft)
        if text:
            kept.append((draft, text))
    if not kept:
        return Layout("", ())
    gaps = [_gap(left.kind, right.kind) for (left, _), (right, _) in pairwise(kept)]
    blocks: list[Block] = []
    parts: list[str] = []
    anchors: set[str] = set()
    at = 0
    for (draft, text), gap in zip(kept, [*gaps, ""], strict=True):
        blocks.append(_placed(draft, at, at + len(text), anchors))
        parts += (text, gap)
        at += len(text) + len(gap)
    whole = "".join(parts)
    pairs = zip(kept, blocks, strict=True)
    linked = [(block.start, link) for (draft, _), block in pairs for link in draft.links]
    return Layout(whole, tuple(blocks), tuple(place_links(whole, linked)) if linked else ())


def _text_of(draft: Draft) -> str:
    if draft.kind is BlockKind.CODE:
        return tidy_code(draft.text)
    if draft.kind is BlockKind.HEADING:
        return one_line(draft.text)
    return tidy(draft.text)


def _gap(left: BlockKind, right: BlockKind) -> str:
    return "\n" if left is right and left in _CLOSE_KIN else "\n\n"


def _placed(draft: Draft, start: int, end: int, anchors: set[str]) -> Block:
    anchor = one_line(draft.anchor)
    if anchor in anchors:
        anchor = ""
    anchors.add(anchor)
    level = draft.level
    if draft.kind is BlockKind.HEADING:
        level = min(max(level, 1), 6)
    return Block(
        draft.kind, start, end, level, anchor, tidy(draft.header), draft.page, draft.seconds
    )
