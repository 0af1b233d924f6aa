"""Say which passages a new version of a document keeps, and which are new."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID, uuid5

from connectors.model import TenantId
from ingest.model import Chunk, DocumentId, PointId
from ingest.records import Placement

_NAMESPACE = UUID("6f0c5c1e-3a58-5f0e-9d0e-6e1c0f0b7a11")


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk under the identity of its passage."""

    chunk: Chunk
    point: PointId
    embedded_hash: str


def identify(tenant: TenantId, document: DocumentId, chunks: Sequence[Chunk]) -> tuple[Piece, ...]:
    """Name each chunk by what is embedded of it: what stays the same keeps its point.

    So does its language, by which its terms are weighed: a page that turns out to be in
    another one is weighed anew. The same text twice in a document is two points, told apart
    by their order.
    """
    seen: Counter[str] = Counter()
    pieces: list[Piece] = []
    for piece in chunks:
        digest = sha256(piece.embedded_text.encode()).hexdigest()
        name = f"{tenant}/{document}/{digest}/{seen[digest]}/{piece.language}"
        seen[digest] += 1
        pieces.append(Piece(piece, uuid5(_NAMESPACE, name), digest))
    return tuple(pieces)


def new_pieces(pieces: Iterable[Piece], held: Mapping[PointId, str]) -> tuple[Piece, ...]:
    """Give the pieces whose points the live revision does not place."""
    return tuple(piece for piece in pieces if piece.point not in held)


def place(pieces: Iterable[Piece]) -> tuple[Placement, ...]:
    """Say where each passage stands."""
    return tuple(
        Placement(
            ordinal=piece.chunk.ordinal,
            point=piece.point,
            start=piece.chunk.start,
            end=piece.chunk.end,
            heading_path=piece.chunk.heading_path,
            anchor=piece.chunk.anchor,
            page=piece.chunk.page,
            seconds=piece.chunk.seconds,
        )
        for piece in pieces
    )


def text_hash(text: str, placements: Iterable[Placement]) -> str:
    """Digest all that a revision shows: equal digests need no new revision."""
    digest = sha256(text.encode())
    for placement in placements:
        digest.update(repr(placement).encode())
    return digest.hexdigest()
