"""Blocks and links as bytes: a page has hundreds, and nobody asks for one alone."""

import zlib

import msgpack

from ingest.model import Block, BlockKind
from ingest.parsed import Link


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


def packed_links(links: tuple[Link, ...]) -> bytes:
    """Give the links as compressed rows."""
    return zlib.compress(msgpack.packb([(one.start, one.end, one.target) for one in links]))


def unpacked_links(data: bytes | None) -> tuple[Link, ...]:
    """Give back what `packed_links` was given; nothing is no links."""
    return tuple(Link(*row) for row in msgpack.unpackb(zlib.decompress(data))) if data else ()
