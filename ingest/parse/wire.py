"""What the parser's child and its parent say to each other: length-prefixed msgpack."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgpack

from ingest.parsed import Attachment, Block, BlockKind, Link, ParsedDocument

LENGTH_BYTES = 8
"""Each message follows its own length, an unsigned number of so many bytes, big-endian."""


@dataclass(frozen=True, slots=True)
class ParseRequest:
    """A document to parse."""

    content: bytes
    media_type: str
    name: str


@dataclass(frozen=True, slots=True)
class ParseReply:
    """The document, or why there is none; `spent` asks for a fresh child."""

    document: ParsedDocument | None
    reason: str = ""
    spent: bool = False


def framed(message: bytes) -> bytes:
    """Put the length before a message."""
    return len(message).to_bytes(LENGTH_BYTES, "big") + message


def pack_request(request: ParseRequest) -> bytes:
    """Write a request as bytes."""
    return _packed((request.content, request.media_type, request.name))


def unpack_request(message: bytes) -> ParseRequest:
    """Read a request."""
    content, media_type, name = _unpacked(message)
    return ParseRequest(content, media_type, name)


def pack_reply(reply: ParseReply) -> bytes:
    """Write a reply as bytes."""
    document = _fields(reply.document) if reply.document else None
    return _packed((document, reply.reason, reply.spent))


def unpack_reply(message: bytes) -> ParseReply:
    """Read a reply."""
    fields, reason, spent = _unpacked(message)
    return ParseReply(_document(*fields) if fields else None, reason, spent)


def _fields(document: ParsedDocument) -> tuple[object, ...]:
    blocks = [
        (b.kind.value, b.start, b.end, b.level, b.anchor, b.header, b.page, b.seconds, b.language)
        for b in document.blocks
    ]
    published, modified = document.published_at, document.modified_at
    return (
        document.text,
        blocks,
        document.title,
        document.canonical_url,
        document.language,
        published.isoformat() if published else None,
        modified.isoformat() if modified else None,
        dict(document.front),
        [(a.name, a.media_type, a.content) for a in document.attachments],
        [(link.start, link.end, link.target) for link in document.links],
    )


def _document(*fields: Any) -> ParsedDocument:
    text, blocks, title, canonical_url, language, published, modified, *rest = fields
    front, enclosed, links = rest
    return ParsedDocument(
        text,
        tuple(Block(BlockKind(kind), *rest) for kind, *rest in blocks),
        title,
        canonical_url,
        language,
        datetime.fromisoformat(published) if published else None,
        datetime.fromisoformat(modified) if modified else None,
        front,
        tuple(Attachment(*one) for one in enclosed),
        tuple(Link(*one) for one in links),
    )


def _packed(value: object) -> bytes:
    # What a lone surrogate in a name cannot be written as must not stop the document.
    return bytes(msgpack.packb(value, unicode_errors="replace"))


def _unpacked(message: bytes) -> list[Any]:
    return list(msgpack.unpackb(message, strict_map_key=False))
