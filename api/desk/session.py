"""Sessions of people at the desk: sealed into a cookie, so that any replica knows them."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.security import RandomBytes
from connectors.model import TenantId

IDLE = timedelta(hours=12)
"""A session ends when nothing was asked in it for so long."""
LONGEST = timedelta(days=7)
"""A session ends after this, whatever was asked."""
_RENEWED_AFTER = timedelta(minutes=5)
_NONCE_BYTES = 12
_ID_BYTES = 16
NO_TENANT = TenantId("")


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that we know again; before somebody has signed in it has no key."""

    id: str
    began_at: datetime
    seen_at: datetime
    tenant: TenantId = NO_TENANT
    key_id: str = ""

    @property
    def signed_in(self) -> bool:
        """Say whether a key stands behind it."""
        return bool(self.key_id)

    def over(self, now: datetime) -> bool:
        """Say whether it has ended by time alone."""
        return now - self.seen_at > IDLE or now - self.began_at > LONGEST

    def aged(self, now: datetime) -> bool:
        """Say whether its cookie is to be written anew."""
        return now - self.seen_at > _RENEWED_AFTER

    def seen(self, now: datetime) -> "Session":
        """Give the same session, asked for just now."""
        return replace(self, seen_at=now)


class Seals:
    """Seal what a browser carries for us, so that it can neither be read nor made up."""

    def __init__(self, pepper: bytes, random: RandomBytes) -> None:
        self._random = random
        self._cipher = AESGCM(hmac.digest(pepper, b"cookies of the desk", "sha256"))
        self._forms = hmac.digest(pepper, b"forms of the desk", "sha256")

    def begin(self, now: datetime, tenant: TenantId | None = None, key_id: str = "") -> Session:
        """Give a new session, under an id that nobody can foresee."""
        return Session(self._random(_ID_BYTES).hex(), now, now, tenant or NO_TENANT, key_id)

    def seal(self, purpose: str, text: str) -> str:
        """Give the text as a cookie that only `open` reads, for this purpose alone."""
        nonce = self._random(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), purpose.encode())
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, purpose: str, sealed: str) -> str | None:
        """Give the text of a cookie; None for any that is not ours, or for something else."""
        try:
            raw = urlsafe_b64decode(sealed.encode() + b"=" * (-len(sealed) % 4))
            nonce, rest = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, rest, purpose.encode()).decode()
        except (NotBase64, InvalidTag, ValueError):
            return None

    def seal_session(self, session: Session) -> str:
        """Give the cookie of a session."""
        times = [round(at.timestamp()) for at in (session.began_at, session.seen_at)]
        return self.seal(
            "session", json.dumps([session.id, *times, session.tenant, session.key_id])
        )

    def open_session(self, sealed: str, now: datetime) -> Session | None:
        """Give the session of a cookie; None where it is not ours or has ended."""
        text = self.open("session", sealed)
        if text is None:
            return None
        own, began, seen, tenant, key_id = json.loads(text)
        times = (datetime.fromtimestamp(began, UTC), datetime.fromtimestamp(seen, UTC))
        session = Session(own, *times, TenantId(tenant), key_id)
        return None if session.over(now) else session

    def token(self, session: Session) -> str:
        """Give what a form of this session must carry."""
        return hmac.digest(self._forms, session.id.encode(), "sha256").hex()

    def accepts(self, session: Session, token: str) -> bool:
        """Say whether a form came out of this session."""
        return hmac.compare_digest(self.token(session).encode(), token.encode())
