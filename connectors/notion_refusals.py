"""Say in our words what Notion refuses, and whether that passes."""

from notion_client.errors import APIErrorCode, HTTPResponseError

from connectors.errors import (
    CredentialsInvalid,
    CursorExpired,
    DocumentUnreadable,
    SourceUnavailable,
)

_RENEW = (
    "Open the integration in Notion (Settings, Integrations), see that it has the capability "
    "'Read content', copy its secret, and give it to this source as the credential 'token'."
)
_PASSES = frozenset({408, 409, 425, 429})


class Missing(DocumentUnreadable):
    """It is not there, or is not shared with the integration: Notion tells no difference."""


def passes(error: HTTPResponseError) -> bool:
    """Say whether it passes; so does a 404 that is none of Notion's own."""
    if error.status == 404:
        return error.code != APIErrorCode.ObjectNotFound
    return error.status in _PASSES or error.status >= 500 or error.status // 100 == 3


def described(error: HTTPResponseError) -> str:
    """Say what it says, and which of its limits was reached where it tells."""
    more = error.additional_data if isinstance(error.additional_data, dict) else {}
    reason = more.get("rate_limit_reason")
    limit = f", limit: {str(reason)[:100]}" if reason else ""
    return f"{str(error)[:300]} (HTTP {error.status}{limit})"


def told(error: HTTPResponseError) -> Exception:
    """Say in our words what Notion refuses for good."""
    said = described(error)
    if error.status in {401, 403}:
        return CredentialsInvalid(f"Notion does not let us in: {said}. {_RENEW}")
    if error.status == 404:
        return Missing(
            "It was removed, or is not shared with the integration any more, after it was listed."
        )
    if "start_cursor" in error.body:
        return CursorExpired(f"Notion does not know where the listing stood: {said}.")
    if error.status == 400:
        return DocumentUnreadable(f"Notion does not take the request: {said}.")
    return SourceUnavailable(f"Notion cannot be read: {said}.")
