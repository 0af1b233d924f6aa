"""Outgoing webhooks on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.common import Asked, Text, Told, shape
from ingest.notices.model import Hook

Event = Literal["flag", "document", "gap", "sync"]
_HOOK = {
    "id": "w_77c1",
    "url": "https://hooks.example.com/punnet",
    "events": ["flag", "sync"],
    "created_at": "2026-03-01T09:00:00Z",
    "paused": False,
    "trouble": "",
    "failing_since": None,
    "due_at": None,
}
_KEY = "whsec_C2FVsBQIhrscChlQIMV…"


class WebhookBody(Asked):
    """An address that is to be told what happens."""

    model_config = shape(
        {"url": "https://hooks.example.com/punnet", "events": ["flag", "sync"]}, strict=True
    )

    url: Annotated[Text, Field(min_length=8, max_length=2_000)]
    """Of the public internet; http and https."""
    events: Annotated[frozenset[Event], Field(max_length=4)] = frozenset()
    """`flag`: raised, closed and all between; `document`: verified, quarantined, entrusted;
    `gap`: dismissed, resolved, reopened; `sync`: runs that failed or wait for somebody.
    Empty: all."""


class WebhookView(Told):
    """An address that is told what happens, and how that goes."""

    model_config = shape(_HOOK, strict=False)

    id: str
    url: str
    events: list[str]
    created_at: datetime
    paused: bool
    """After three days of failing, or when it answered 410, it is told nothing more."""
    trouble: str
    """Why it failed last, while it fails."""
    failing_since: datetime | None
    due_at: datetime | None
    """When it is tried again."""

    @classmethod
    def of(cls, hook: Hook) -> "WebhookView":
        """Show a hook without its secret."""
        return cls(
            id=hook.id,
            url=hook.url,
            events=sorted(hook.events),
            created_at=hook.created_at,
            paused=hook.paused,
            trouble=hook.trouble,
            failing_since=hook.failing_since,
            due_at=hook.due_at,
        )


class NewWebhookView(Told):
    """A new webhook with its signing key, which is shown here alone."""

    model_config = shape({"signing_key": _KEY, "about": _HOOK}, strict=False)

    signing_key: str
    """What notices are signed with: see standardwebhooks.com."""
    about: WebhookView


class WebhookList(Told):
    """All webhooks of the tenant."""

    model_config = shape({"items": [_HOOK]}, strict=False)

    items: list[WebhookView]


class TestedView(Told):
    """What an address answered to a test."""

    model_config = shape({"status": 204, "trouble": ""}, strict=False)

    status: int | None
    """None where no answer came."""
    trouble: str
