"""What Google's fakes share: the token endpoint, the credentials, and how refusals are written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt

from tests.hostile_server import Answer, Asked, page

ROBOT = "robot@punnet-test.iam.gserviceaccount.com"
CLIENT = json.dumps({"web": {"client_id": "client-1", "client_secret": "s3cret"}})
"""The JSON of an OAuth client."""
_HEADERS = {"content-type": "application/json; charset=UTF-8"}


def answer(told: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer as Google writes it."""
    return page(json.dumps(told, indent=1), status, {**_HEADERS, **(headers or {})})


def old_refusal(status: int, reason: str, said: str = "No.") -> Answer:
    """A refusal in the style of Drive and YouTube, with its reason in `errors`."""
    errors = [{"domain": "global", "reason": reason, "message": said}]
    return answer({"error": {"errors": errors, "code": status, "message": said}}, status)


def new_refusal(
    status: int, name: str, reason: str, metadata: Mapping[str, str] | None = None
) -> Answer:
    """A refusal in the style of google.rpc.Status, without `errors`."""
    detail = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": dict(metadata or {}),
    }
    error = {"code": status, "message": "No.", "status": name, "details": [detail]}
    return answer({"error": error}, status)


def service_account(token_url: str = "https://oauth2.googleapis.com/token") -> str:
    """The JSON key file of the service account that the fakes know."""
    key = _key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "punnet-test",
            "private_key_id": "key-1",
            "private_key": key.decode(),
            "client_email": ROBOT,
            "client_id": "1",
            "token_uri": token_url,
        }
    )


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Tokens:
    """The token endpoint; what it gave may be revoked."""

    refresh_token: str = "1//consented"
    client: tuple[str, str] = ("client-1", "s3cret")
    revoked: bool = False
    lifetime: int = 3599
    given: int = 0
    subjects: list[str] = field(default_factory=list)
    """For whom service accounts acted."""
    _valid: set[str] = field(default_factory=set)

    def revoke(self) -> None:
        """Let nobody in any more."""
        self.revoked = True
        self._valid.clear()

    def renew(self) -> None:
        """Let in again, with tokens that are yet to be given."""
        self.revoked = False

    def expire(self) -> None:
        """Make tokens that were given worthless; new ones may be had."""
        self._valid.clear()

    def opens(self, asked: Asked) -> bool:
        """Say whether a request shows a token that is good."""
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and token in self._valid

    def __call__(self, asked: Asked) -> Answer:
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        refused = self._refused(form)
        if refused:
            return answer({"error": refused, "error_description": "Bad Request"}, 400)
        self.given += 1
        token = f"ya29.{self.given}"
        self._valid.add(token)
        told = {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"}
        return answer(told)

    def _refused(self, form: Mapping[str, str]) -> str:
        if self.revoked:
            return "invalid_grant"
        if form.get("grant_type") == "refresh_token":
            return self._of_consent(form)
        if form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return self._of_account(form.get("assertion", ""))
        return "unsupported_grant_type"

    def _of_consent(self, form: Mapping[str, str]) -> str:
        if (form.get("client_id"), form.get("client_secret")) != self.client:
            return "invalid_client"
        return "" if form.get("refresh_token") == self.refresh_token else "invalid_grant"

    def _of_account(self, assertion: str) -> str:
        public = (
            _key()
            .public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        try:
            # What it is for is checked by its issuer: the fake's own address varies.
            claims = jwt.decode(assertion, certs=public)  # type: ignore[no-untyped-call]
        except ValueError:
            return "invalid_grant"
        self.subjects.append(str(claims.get("sub", "")))
        return "" if claims["iss"] == ROBOT and claims.get("scope") else "invalid_scope"
