"""The secrets of sources on the wire: they come in, and never go out again."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas.common import Asked, Secrets, Told, shape

_SENT = {"credentials": {"token": "the integration's secret, as Notion shows it"}}


class CredentialsBody(Asked):
    """What opens a source, in place of all that was given before."""

    model_config = shape(_SENT, strict=True)

    credentials: Annotated[Secrets, Field(min_length=1)]
    """By name; see the documentation of the kind."""


class CredentialsView(Told):
    """What is told of a source's credentials."""

    model_config = shape(
        {"names": ["oauth_client", "refresh_token"], "changed_at": "2026-03-01T09:00:00Z"},
        strict=False,
    )

    names: list[str]
    changed_at: datetime | None
    """Null where there are none."""


class ConsentView(Told):
    """Where the owner of an account lets a source in."""

    model_config = shape(
        {
            "authorization_url": "https://accounts.google.com/o/oauth2/v2/auth?client_id=…",
            "expires_at": "2026-03-01T09:10:00Z",
        },
        strict=False,
    )

    authorization_url: str
    """To be opened in a browser, once."""
    expires_at: datetime


class WebhookView(Told):
    """An address for a vendor's hints, and how far its verification is."""

    model_config = shape(
        {
            "url": "https://punnet.example.com/v1/hooks/notion/s_7f3a",
            "expires_at": "2026-03-01T09:15:00Z",
            "verification_token": None,
        },
        strict=False,
    )

    url: str
    """To be given to the vendor."""
    expires_at: datetime
    """Until when the vendor's token is awaited, or shown."""
    verification_token: str | None
    """To be shown to the vendor; null until it was sent."""
