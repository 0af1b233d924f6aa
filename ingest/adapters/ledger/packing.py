"""Blocks as bytes: a page has hundreds, and nobody asks for one alone."""

import zlib

import msgpack

from ingest.model import Block, BlockKind


def packed(blocks: tuple[Block, ...]) -> bytes:
    """Give the blocks as compressed rows, about five bytes for each."""
    rows = [
        (b.kind.value, b.start, b.end, b.level, b.anchor, b.header, b.page, b.seconds, b.language)
        for b in blocks
    ]
    return zlib.compress(msgpack.packb(rows), level=6)


def unpacked(data: bytes) -> tuple[Block, ...]:
    """Give back what `packed` was given."""
    rows = msgpack.unpackb(zlib.decompress(data))
    return tuple(Block(BlockKind(kind), *rest) for kind, *rest in rows)
