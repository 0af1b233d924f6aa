"""Seal secrets into envelopes that open only where they belong.

Each envelope has a data key of its own, wrapped by the operator's master key (AES-256-GCM
both). Whom it belongs to is authenticated with it: a row that is moved to another tenant or
source does not open there.
"""

import hashlib
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connectors.errors import CredentialsInvalid, SettingsInvalid

_FORMAT = b"\x01"
_KEY_BYTES = 32
_MARK_BYTES = 8
_NONCE_BYTES = 12
_TAG_BYTES = 16
_WRAPPED_BYTES = _KEY_BYTES + _TAG_BYTES
_HEAD_BYTES = len(_FORMAT) + _MARK_BYTES
_MEND = "Give the source its credentials again."


def parse_keys(written: str) -> tuple[bytes, ...]:
    """Read master keys, 32 bytes in base64 each, the newest first; raises SettingsInvalid."""
    try:
        keys = tuple(b64decode(one, validate=True) for one in written.replace(",", " ").split())
    except ValueError as error:
        raise SettingsInvalid(_not_a_key("what is not base64")) from error
    if not keys or any(len(key) != _KEY_BYTES for key in keys):
        raise SettingsInvalid(_not_a_key("no key, or one of another length"))
    return keys


def _not_a_key(found: str) -> str:
    return (
        f"PUNNET_CREDENTIALS_KEY, or credentials.key in the home, must be {_KEY_BYTES} bytes in "
        f"base64, older keys after it with commas between; it holds {found}. "
        "`openssl rand -base64 32` makes one."
    )


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals under the first of its keys, and opens what any of them sealed."""

    keys: Sequence[bytes] = field(repr=False)
    random: Callable[[int], bytes]

    def seal(self, content: bytes, *owner: str) -> bytes:
        """Give an envelope that opens for the same owner alone."""
        master, bound = self.keys[0], _bound(owner)
        data_key = self.random(_KEY_BYTES)
        head = _FORMAT + _mark(master)
        wrapping, sealing = self.random(_NONCE_BYTES), self.random(_NONCE_BYTES)
        wrapped = AESGCM(master).encrypt(wrapping, data_key, head + bound)
        sealed = AESGCM(data_key).encrypt(sealing, content, head + bound)
        return head + wrapping + wrapped + sealing + sealed

    def open(self, envelope: bytes, *owner: str) -> bytes:
        """Give what was sealed; raises CredentialsInvalid."""
        head, rest = envelope[:_HEAD_BYTES], envelope[_HEAD_BYTES:]
        bound = head + _bound(owner)
        master = next((key for key in self.keys if head == _FORMAT + _mark(key)), None)
        if master is None:
            raise CredentialsInvalid(
                "The credentials were sealed under a key that is not here. Put it back into "
                f"PUNNET_CREDENTIALS_KEY or the home's credentials.key; or: {_MEND}"
            )
        try:
            wrapped, sealed = _halves(rest)
            data_key = AESGCM(master).decrypt(*wrapped, bound)
            return AESGCM(data_key).decrypt(*sealed, bound)
        except (InvalidTag, ValueError) as error:
            raise CredentialsInvalid(
                f"The credentials are damaged, or were sealed for another source. {_MEND}"
            ) from error

    def is_current(self, envelope: bytes) -> bool:
        """Say whether it was sealed under the newest key."""
        return envelope[:_HEAD_BYTES] == _FORMAT + _mark(self.keys[0])


def _halves(rest: bytes) -> tuple[tuple[bytes, bytes], tuple[bytes, bytes]]:
    """Give the wrapped key and what is sealed under it, each with its nonce."""
    middle = _NONCE_BYTES + _WRAPPED_BYTES
    wrapped, sealed = rest[:middle], rest[middle:]
    return (
        (wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]),
        (sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]),
    )


def _mark(key: bytes) -> bytes:
    """Name a key without telling anything of it."""
    return hashlib.sha256(b"punnet credentials key\0" + key).digest()[:_MARK_BYTES]


def _bound(owner: Sequence[str]) -> bytes:
    """Write the owner's names so that no two owners are written alike."""
    encoded = [name.encode() for name in owner]
    return b"".join(len(name).to_bytes(4, "big") + name for name in encoded)
