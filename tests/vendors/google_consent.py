"""Google's consent page and its token endpoint, as OAuth 2.0 with PKCE has them.

google = GoogleConsent()
async with served(google.answer, Faults()) as server: ...
back = google.says_yes(address)       # where the browser is sent with a code
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from connectors.model import Json
from tests.faulty import JSON
from tests.hostile_server import Answer, Asked, page

CLIENT_ID = "1234-shop.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-canary-client-secret"
CLIENT = json.dumps({"web": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}})
REFRESH_TOKEN = "1//canary-refresh-token"
NEEDED = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "code_challenge_method": "S256",
    "access_type": "offline",
    "prompt": "consent",
}


@dataclass
class GoogleConsent:
    """Knows one client, and trades each code once."""

    tokens: int = 0
    untick: bool = False
    """Whether the person leaves the boxes of what is asked for unticked."""
    lasting: bool = True
    """Whether a lasting token is given."""
    asked: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """By code, what was asked for on the consent page."""

    def says_yes(self, address: str) -> str:
        """Let the person consent; give where the browser is sent."""
        query = dict(parse_qsl(urlsplit(address).query))
        assert {name: query[name] for name in NEEDED} == NEEDED
        assert len(query["code_challenge"]) == 43
        code = f"4/canary-code-{len(self.asked)}"
        self.asked[code] = query
        return _back(query, {"code": code, "scope": query["scope"]})

    def says_no(self, address: str) -> str:
        return _back(dict(parse_qsl(urlsplit(address).query)), {"error": "access_denied"})

    def answer(self, asked: Asked) -> Answer:
        """Trade a code at the token endpoint."""
        form = dict(parse_qsl(asked.body.decode()))
        if (asked.method, asked.path, form.get("grant_type")) != (
            "POST",
            "/token",
            "authorization_code",
        ):
            return _json(400, {"error": "unsupported_grant_type"})
        if (form["client_id"], form["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            return _json(401, {"error": "invalid_client", "error_description": "Unauthorized"})
        consented = self.asked.pop(form["code"], None)
        if consented is None or not _fits(form, consented):
            return _json(400, {"error": "invalid_grant", "error_description": form["code"]})
        self.tokens += 1
        return _json(200, self._token(consented))

    def _token(self, consented: Mapping[str, str]) -> dict[str, Json]:
        lasting: dict[str, Json] = {"refresh_token": f"{REFRESH_TOKEN}-{self.tokens}"}
        return {
            "access_token": "ya29.canary-access-token",
            "expires_in": 3599,
            "scope": "openid" if self.untick else f"openid {consented['scope']}",
            "token_type": "Bearer",
            **(lasting if self.lasting else {}),
        }


def _fits(form: Mapping[str, str], consented: Mapping[str, str]) -> bool:
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    challenge = urlsafe_b64encode(digest).decode().rstrip("=")
    same = form["redirect_uri"] == consented["redirect_uri"]
    return same and challenge == consented["code_challenge"]


def _back(query: Mapping[str, str], more: Mapping[str, str]) -> str:
    return f"{query['redirect_uri']}?{urlencode({'state': query['state'], **more})}"


def _json(status: int, told: Mapping[str, Json]) -> Answer:
    return page(json.dumps(told), status, JSON)
