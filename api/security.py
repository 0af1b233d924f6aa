"""API keys: made once, kept as a digest, checked on every call."""

import hashlib
import hmac
import os
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from api.errors import Unauthenticated
from api.home import Home, write_whole
from connectors.errors import SettingsInvalid
from connectors.model import TenantId
from ingest.ledger import TenantLedger
from ingest.ports import Clock
from ingest.records import ApiKey

RandomBytes = Callable[[int], bytes]
"""Gives so many bytes that nobody can foresee."""

SCOPES = ("read", "feedback", "write", "admin")
ADMIN = "admin"
"""The scope that holds all the others."""
_MARK = "pn"
_PREFIX_BYTES = 6
_SECRET_BYTES = 32
_TRUSTED_FOR = timedelta(seconds=3)
"""How long a checked key is trusted: the longest that a revoked one still works elsewhere."""
_REMEMBERED = 4096
_WRONG = "The key is not valid: it may be mistyped, expired or revoked. Ask an admin for another."
_MISSING = "Send a key: `Authorization: Bearer pn_…`. `punnet key create` makes one."


@dataclass(frozen=True, slots=True)
class Minted:
    """A new key: `text` is shown once and kept nowhere."""

    text: str
    prefix: str
    digest: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as the key tells it."""

    tenant: TenantId
    key_id: str
    scopes: frozenset[str]
    groups: frozenset[str] | None
    """The groups that the caller speaks for; None: all."""
    operator: bool
    """Whether the tenant is the operator's own."""

    def may(self, scope: str) -> bool:
        """Say whether the key has the scope, by itself or as admin."""
        return scope in self.scopes or ADMIN in self.scopes

    def sees(self, access: frozenset[str]) -> bool:
        """Say whether something with these access tags may be shown; without tags, to all."""
        return not access or self.groups is None or not access.isdisjoint(self.groups)

    def may_show(self, access: frozenset[str], before: frozenset[str] | None = None) -> bool:
        """Say whether the caller may let these groups see something; none of them means all.

        Who speaks for some groups can neither add others to those `before` nor open to all
        what was not.
        """
        if self.groups is None:
            return True
        return access - (before or frozenset()) <= self.groups and bool(access or not before)

    def narrowed(self, groups: frozenset[str] | None) -> frozenset[str] | None:
        """Give the groups of a request: those it names that the key has too, never more."""
        if groups is None or self.groups is None:
            return self.groups if groups is None else groups
        return groups & self.groups


def mint_key(random: RandomBytes, pepper: bytes) -> Minted:
    """Make a key of 256 random bits; the prefix alone tells nothing of the secret."""
    prefix = random(_PREFIX_BYTES).hex()
    secret = urlsafe_b64encode(random(_SECRET_BYTES)).decode().rstrip("=")
    text = f"{_MARK}_{prefix}_{secret}"
    return Minted(text, prefix, digest_key(text, pepper))


def prefix_of(text: str) -> str:
    """Give the part of a key that the ledger keeps as it is; "" where it is no key of ours."""
    mark, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    return prefix if mark == _MARK and prefix.isalnum() and secret else ""


def digest_key(text: str, pepper: bytes) -> str:
    """Give what is kept of a key: HMAC-SHA-256 under the pepper.

    A slow hash is for passwords; 256 random bits cannot be guessed.
    """
    return hmac.new(pepper, text.encode(), hashlib.sha256).hexdigest()


def keep_secret(path: Path, random: RandomBytes) -> bytes:
    """Give the secret kept in the file, which is made, readable to its owner, when missing."""
    if not path.exists():
        # Whole or not at all: a full disk must not leave a secret that is empty.
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            write_whole(beside, random(_SECRET_BYTES))
            with suppress(FileExistsError):
                os.link(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    return path.read_bytes()


def read_pepper(home: Home) -> bytes:
    """Give the pepper of a home; raises SettingsInvalid where it is gone.

    A new one in its place would lock out whoever holds a key.
    """
    if home.pepper.exists():
        return home.pepper.read_bytes()
    raise SettingsInvalid(
        f"{home.pepper} is gone, and without it no key that the ledger knows opens anything. Put "
        "it back from a backup; or end all keys and begin with new ones: 'punnet key reset'."
    )


@dataclass(frozen=True, slots=True)
class _Checked:
    caller: Caller
    expires_at: datetime | None
    trusted_until: datetime


class KeyRing:
    """Tell who a key belongs to, asking the ledger at most every few seconds."""

    def __init__(self, tenants: TenantLedger, pepper: bytes, clock: Clock) -> None:
        self._tenants = tenants
        self._pepper = pepper
        self._clock = clock
        self._checked: dict[str, _Checked] = {}

    async def caller(self, text: str) -> Caller:
        """Give the holder of the key; raises Unauthenticated."""
        if not text:
            raise Unauthenticated(_MISSING)
        digest = digest_key(text, self._pepper)
        return await self._known(digest, lambda: self._shown(text, digest))

    async def caller_of(self, tenant: TenantId, key_id: str) -> Caller:
        """Give the holder of the tenant's key with this id, as a session names it.

        Raises Unauthenticated.
        """
        return await self._known(f"{tenant}/{key_id}", lambda: self._named(tenant, key_id))

    def forget(self) -> None:
        """Trust no key without asking, because one was revoked or a tenant erased."""
        self._checked.clear()

    async def _known(self, name: str, find: Callable[[], Awaitable[ApiKey | None]]) -> Caller:
        now = self._clock()
        checked = self._checked.get(name)
        if checked is None or checked.trusted_until <= now:
            self._checked.pop(name, None)
            checked = await self._check(await find(), now)
            self._remember(name, checked)
        if checked.expires_at is not None and checked.expires_at <= now:
            raise Unauthenticated(_WRONG)
        return checked.caller

    async def _shown(self, text: str, digest: str) -> ApiKey | None:
        prefix = prefix_of(text)
        found = await self._tenants.keys_with_prefix(prefix) if prefix else ()
        return _matching(found, digest)

    async def _named(self, tenant: TenantId, key_id: str) -> ApiKey | None:
        keys = await self._tenants.list_keys(tenant)
        return next((key for key in keys if key.id == key_id), None)

    async def _check(self, key: ApiKey | None, now: datetime) -> _Checked:
        tenant = await self._tenants.tenant(key.tenant) if key else None
        if key is None or tenant is None or key.revoked_at is not None:
            raise Unauthenticated(_WRONG)
        caller = Caller(key.tenant, key.id, key.scopes, key.groups, tenant.operator)
        return _Checked(caller, key.expires_at, now + _TRUSTED_FOR)

    def _remember(self, name: str, checked: _Checked) -> None:
        if len(self._checked) >= _REMEMBERED:
            self._checked.clear()
        self._checked[name] = checked


def _matching(keys: Sequence[ApiKey], digest: str) -> ApiKey | None:
    same = [key for key in keys if hmac.compare_digest(key.digest, digest)]
    return same[0] if same else None
