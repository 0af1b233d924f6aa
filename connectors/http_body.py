"""Bodies read piece by piece under a cap, so that no bomb goes off."""

import zlib
from collections.abc import AsyncIterator

from connectors.addresses import shown
from connectors.errors import FetchFailed, FetchRefused

ACCEPTED = "gzip"
"""The content codings that can be undone: what may be asked for."""

_GZIP = zlib.MAX_WBITS | 16


class _Gzip:
    """One gzip member after another; what follows the last is padding."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    def undo(self, piece: bytes, room: int) -> bytes:
        """Give at most one byte more than there is room for."""
        out = bytearray()
        while piece and len(out) <= room:
            if self._member.eof:
                if not piece.startswith(b"\x1f"):
                    break
                self._member = zlib.decompressobj(_GZIP)
            self._begun = True
            out += self._member.decompress(piece, room + 1 - len(out))
            piece = self._member.unused_data or self._member.unconsumed_tail
        return bytes(out)

    def broke_off(self) -> bool:
        """Say whether the last member has no end."""
        return self._begun and not self._member.eof


async def read_body(url: str, pieces: AsyncIterator[bytes], coding: str, max_bytes: int) -> bytes:
    """Read and decompress a body; raises FetchRefused as soon as it is too large either way.

    Codings on top of each other are not undone: between them, nothing bounds the bytes.
    """
    gzip = _Gzip() if _is_compressed(url, coding) else None
    received = 0
    body = bytearray()
    async for piece in pieces:
        received += len(piece)
        try:
            body += gzip.undo(piece, max_bytes - len(body)) if gzip else piece
        except zlib.error as error:
            raise FetchFailed(f"{url} answered with broken gzip data.") from error
        if max(received, len(body)) > max_bytes:
            raise too_large(url, max_bytes)
    if gzip and gzip.broke_off():
        raise FetchFailed(f"{url} broke off in the middle of its answer.")
    return bytes(body)


def too_large(url: str, max_bytes: int) -> FetchRefused:
    """Say that an answer is not taken for its size."""
    return FetchRefused(f"{url} answered with more than {max_bytes:,} bytes.")


def _is_compressed(url: str, coding: str) -> bool:
    match coding.strip().lower():
        case "" | "identity":
            return False
        case "gzip" | "x-gzip":
            return True
    raise FetchRefused(f"{url} answered in a coding that was not asked for: {shown(coding)[:40]}.")
