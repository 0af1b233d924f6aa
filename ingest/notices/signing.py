"""Sign notices as Standard Webhooks has it, so that any receiver's library can check them.

Source: standard-webhooks specification 1.0: HMAC-SHA-256 over `id.timestamp.body`.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime

_MARK = "whsec_"
_BYTES = 32


def new_secret(random: Callable[[int], bytes]) -> str:
    """Make a secret of 256 random bits, in the form that receivers' libraries take."""
    return _MARK + b64encode(random(_BYTES)).decode()


def signed(secret: str, id_: str, at: datetime, body: bytes) -> dict[str, str]:
    """Give the headers that prove that a body is ours and was sent then."""
    timestamp = str(int(at.timestamp()))
    key = b64decode(secret.removeprefix(_MARK))
    said = f"{id_}.{timestamp}.".encode() + body
    digest = b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": id_,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{digest}",
        "content-type": "application/json",
    }
