"""Cursors of lists: opaque, and good only for the list and the tenant that they were made for."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from typing import TypeVar

from api.errors import Invalid
from connectors.model import TenantId

_SEAL_BYTES = 12
_WRONG = "is not one that this list gave: begin again without it"

Item = TypeVar("Item")


class Cursors:
    """Seal the place where a page ended, so that nobody can forge or move it."""

    def __init__(self, pepper: bytes) -> None:
        self._secret = hmac.digest(pepper, b"cursors of lists", "sha256")

    def seal(self, place: str, tenant: TenantId, key: str) -> str:
        """Give the cursor that continues the list `place` after `key`."""
        sealed = self._seal(place, tenant, key) + key.encode()
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, place: str, tenant: TenantId, cursor: str | None) -> str | None:
        """Give the key that a cursor continues after; raises Invalid for any but our own."""
        if cursor is None:
            return None
        try:
            raw = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
            seal, key = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:].decode()
        except (NotBase64, UnicodeError, ValueError) as error:
            raise Invalid("query.cursor", _WRONG) from error
        if not hmac.compare_digest(seal, self._seal(place, tenant, key)):
            raise Invalid("query.cursor", _WRONG)
        return key

    def page(
        self,
        place: str,
        tenant: TenantId,
        found: Sequence[Item],
        limit: int,
        key: Callable[[Item], str],
    ) -> tuple[Sequence[Item], str | None]:
        """Cut what was found, one more than the limit, into a page and its next cursor."""
        if len(found) <= limit:
            return found, None
        page = found[:limit]
        return page, self.seal(place, tenant, key(page[-1]))

    def _seal(self, place: str, tenant: TenantId, key: str) -> bytes:
        bound = "\0".join((place, tenant, key)).encode()
        return hmac.digest(self._secret, bound, hashlib.sha256)[:_SEAL_BYTES]


def after(found: Sequence[Item], last: str | None, key: Callable[[Item], str]) -> Sequence[Item]:
    """Give what stands behind the item with the key `last`; everything without one.

    When that item is gone, the list begins again rather than leaving something out.
    """
    keys = [key(item) for item in found]
    return found[keys.index(last) + 1 :] if last in keys else found
