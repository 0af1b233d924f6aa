"""What the index process and its clients say to each other: msgpack in frames with a length.

Numbers travel as little-endian arrays side by side, not as lists of lists: ids as 16 bytes
each, vectors as float32, terms as uint32. This file imports little, because the index
process must start fast and stay small.
"""

import asyncio
import struct
from dataclasses import dataclass, fields

import msgpack

ID_BYTES = 16
_LENGTH = struct.Struct("<I")
_LARGEST_FRAME = 64 << 20


class FrameBroken(Exception):
    """The other side said something that is no message of this protocol."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What a point is filtered by; empty `access` is for everybody of the tenant."""

    source: str
    document: str
    access: list[str]
    tags: list[str]
    language: str


@dataclass(frozen=True, slots=True)
class Limits:
    """A scope: None means no limit of that kind."""

    groups: list[str] | None
    sources: list[str] | None
    documents: list[str] | None
    tags: list[str] | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Upsert:
    """Store points; the n-th has `term_counts[n]` of the terms and weights."""

    tenant: str
    ids: bytes
    dense: bytes
    term_counts: bytes
    terms: bytes
    weights: bytes
    labels: list[Labels]


@dataclass(frozen=True, slots=True)
class Search:
    """Rank the tenant's points by both vectors; answered by Found."""

    tenant: str
    dense: bytes
    terms: bytes
    weights: bytes
    limits: Limits
    limit: int


@dataclass(frozen=True, slots=True)
class Present:
    """Ask which of these the tenant has; answered by Ids."""

    tenant: str
    ids: bytes


@dataclass(frozen=True, slots=True)
class Relabel:
    """Replace the labels of those of these points that the tenant has."""

    tenant: str
    ids: bytes
    labels: Labels


@dataclass(frozen=True, slots=True)
class Delete:
    """Forget those of these points that the tenant has."""

    tenant: str
    ids: bytes


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget all points of the tenant."""

    tenant: str


@dataclass(frozen=True, slots=True)
class Walk:
    """Ask for the next points in order of id, from `start` on; answered by Page."""

    tenant: str
    source: str | None
    start: bytes | None
    limit: int


@dataclass(frozen=True, slots=True)
class Count:
    """Count the points of a tenant, or of all with None; answered by Counted."""

    tenant: str | None


@dataclass(frozen=True, slots=True)
class Flush:
    """Write to disk what is only in the memory of the machine."""


@dataclass(frozen=True, slots=True)
class SetAudited:
    """Let the index be searched from now on; answered by Done once that is on disk."""


@dataclass(frozen=True, slots=True)
class AskHealth:
    """Ask how the index is; answered by Health."""


@dataclass(frozen=True, slots=True)
class Done:
    """It is done."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """One list, best first: ids, float64 scores, and whose each point is."""

    ids: bytes
    scores: bytes
    tenants: list[str]


@dataclass(frozen=True, slots=True)
class Found:
    """The two lists of a search."""

    dense: Ranked
    sparse: Ranked


@dataclass(frozen=True, slots=True)
class Ids:
    """Some points."""

    ids: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Points with their labels; `following` starts the next page, None after the last."""

    ids: bytes
    labels: list[Labels]
    following: bytes | None


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of points."""

    count: int


@dataclass(frozen=True, slots=True)
class Health:
    """How the index is.

    `ended_unclean`: the process before this one was killed, so that what was written in
    its last seconds may be lost if the power failed too. `failure` is the last error of
    the background work, "" when the latest try went well. `audited`: it may be searched.
    """

    points: int
    dimension: int
    ended_unclean: bool
    failure: str
    audited: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """The request itself cannot be done; trying again will not help."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unaudited:
    """Nobody knows yet whether the index holds what it should: it is not searched."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The index could not do it now."""

    reason: str


Request = (
    Upsert
    | Search
    | Present
    | Relabel
    | Delete
    | Forget
    | Walk
    | Count
    | Flush
    | SetAudited
    | AskHealth
)
Reply = Done | Found | Ids | Page | Counted | Health | Refused | Unaudited | Failed
Message = Request | Reply

# The place in this list is the message's number on the wire.
_KINDS: tuple[type, ...] = (
    *(Labels, Limits, Ranked),
    *(Upsert, Search, Present, Relabel, Delete, Forget, Walk, Count, Flush),
    *(SetAudited, AskHealth),
    *(Done, Found, Ids, Page, Counted, Health, Refused, Unaudited, Failed),
)
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}


def encode(message: Message) -> bytes:
    """Write a message as one frame; raises ValueError for text that is no UTF-8."""
    body = _pack(message)
    return _LENGTH.pack(len(body)) + body


async def read_message(reader: asyncio.StreamReader) -> Message:
    """Read one frame; raises FrameBroken, or IncompleteReadError at the end of the stream."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if length > _LARGEST_FRAME:
        raise FrameBroken(f"a frame of {length} bytes is longer than {_LARGEST_FRAME}")
    try:
        message = msgpack.unpackb(await reader.readexactly(length), ext_hook=_from_extension)
    except (ValueError, TypeError, IndexError, msgpack.UnpackException) as broken:
        raise FrameBroken(f"a frame cannot be read: {broken}") from broken
    if not isinstance(message, Message):
        raise FrameBroken("a frame holds no message")
    return message


def _pack(value: object) -> bytes:
    packed: bytes = msgpack.packb(value, default=_to_extension, strict_types=True)
    return packed


def _to_extension(value: object) -> msgpack.ExtType:
    content = [getattr(value, field.name) for field in fields(value)]  # type: ignore[arg-type]
    return msgpack.ExtType(_NUMBERS[type(value)], _pack(content))


def _from_extension(number: int, content: bytes) -> object:
    return _KINDS[number](*msgpack.unpackb(content, ext_hook=_from_extension))
