"""Judge what Google refuses: whether it passes, wants a person, or is the caller's to decide."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.errors import ConnectorError, CredentialsInvalid
from connectors.model import Json
from connectors.patience import Trouble
from connectors.retry_after import retry_after

_RATE = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "sharingRateLimitExceeded",
        "RATE_LIMIT_EXCEEDED",
        "RESOURCE_EXHAUSTED",
    }
)
_DAY = frozenset({"dailyLimitExceeded", "dailyLimitExceededUnreg", "quotaExceeded"})
_LOCKED = {
    "accessNotConfigured": "switch the API on for the project that the credentials belong to",
    "SERVICE_DISABLED": "switch the API on for the project that the credentials belong to",
    "insufficientPermissions": "give them the scope that this source needs",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "give them the scope that this source needs",
    "authError": "",
    "keyInvalid": "",
    "API_KEY_INVALID": "",
    "keyExpired": "",
    "ipRefererBlocked": "let the key be used from this machine",
    "API_KEY_IP_ADDRESS_BLOCKED": "let the key be used from this machine",
    "API_KEY_SERVICE_BLOCKED": "let the key be used for this API",
    "CONSUMER_SUSPENDED": "ask Google why the project is suspended",
    "accountDisabled": "use an account that is not disabled",
}
"""Reasons that hold for whatever is asked, each with the mend."""
_NO_TOKEN_NOW = frozenset({"internal_failure", "server_error", "slow_down"})
_SAID_UNTIL = re.compile(r"[Rr]etry after (\d{4}-\d\d-\d\dT[\d:.]+Z)")
_LONGEST_SAID = 300


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back from Google."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    content: bytes


class Passing(Exception):
    """A refusal that passes; it never leaves the asking."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.said)
        self.trouble = trouble


class Malformed(ValueError):
    """An answer that is not what was asked for: asked again, it may be."""


class GoogleRefused(ConnectorError):
    """Google refuses this one thing; the message says what it gives as the reason."""

    def __init__(self, status: int, reasons: frozenset[str], said: str) -> None:
        super().__init__(said)
        self.status = status
        self.reasons = reasons


def refusal(answered: Answered, renewal: str, now: datetime) -> Exception:
    """Give the error that an answer other than 2xx means; `renewal` says how to mend access."""
    status = answered.status
    error = _error_of(answered.content)
    reasons = frozenset(_reasons(error))
    said = _said(error, status)
    if status in {403, 429} and (reasons & _DAY or _is_daily(error)):
        return Passing(Trouble(f"its quota of the day is used up ({said})", _until_reset(now)))
    if status in {408, 429} or status >= 500 or reasons & _RATE:
        return Passing(Trouble(said, _wait(answered, error, said, now)))
    locked = sorted(reasons & _LOCKED.keys())
    if status == 401 or locked:
        mend = next((_LOCKED[reason] for reason in locked if _LOCKED[reason]), renewal)
        return CredentialsInvalid(f"Google does not let us in ({said}): {mend}.")
    return GoogleRefused(status, reasons, said)


def token_refusal(answered: Answered, renewal: str, now: datetime) -> Exception:
    """Give the error that the token endpoint's answer other than 2xx means."""
    told = _parsed(answered.content)
    code = told.get("error") if isinstance(told, dict) else None
    passes = answered.status >= 500 or answered.status in {408, 429}
    if passes or not isinstance(code, str) or "temporarily" in code or code in _NO_TOKEN_NOW:
        said = f"its token endpoint answers {answered.status}"
        return Passing(Trouble(said, _wait(answered, {}, "", now)))
    # Its name alone: a description may repeat what was sent, and that was a secret.
    return CredentialsInvalid(f"Google gives no token ({code[:_LONGEST_SAID]}): {renewal}.")


def parsed_object(content: bytes) -> Mapping[str, Json]:
    """Give the JSON object that the bytes are; raises Malformed."""
    told = _parsed(content)
    if not isinstance(told, dict):
        raise Malformed("an answer that is no JSON object")
    return told


def whole_characters(text: str) -> str:
    """Put a question mark for halves of characters, which JSON can name and nothing can hold."""
    return text.encode(errors="replace").decode()


def _parsed(content: bytes) -> Json:
    try:
        told: Json = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return told


def _error_of(content: bytes) -> Mapping[str, Json]:
    told = _parsed(content)
    if isinstance(told, list) and told:
        told = told[0]
    error = told.get("error") if isinstance(told, dict) else None
    return error if isinstance(error, dict) else {}


def _reasons(error: Mapping[str, Json]) -> Iterator[str]:
    """Give the reasons of the old style (`errors`) and of the new (`status`, `details`)."""
    for one in (error, *_rows(error, "errors"), *_rows(error, "details")):
        for name in ("status", "reason"):
            if isinstance(found := one.get(name), str):
                yield found


def _rows(error: Mapping[str, Json], name: str) -> Iterator[Mapping[str, Json]]:
    rows = error.get(name)
    yield from (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


def _is_daily(error: Mapping[str, Json]) -> bool:
    """Say whether it is the quota of a day that the new style names, not of a minute."""
    limits = (row.get("metadata") for row in _rows(error, "details"))
    return any("perday" in json.dumps(limit).lower().replace("_", "") for limit in limits if limit)


def _said(error: Mapping[str, Json], status: int) -> str:
    message = error.get("message")
    return f"{status}: {message[:_LONGEST_SAID]}" if isinstance(message, str) else f"{status}"


def _wait(answered: Answered, error: Mapping[str, Json], said: str, now: datetime) -> float | None:
    """Give the seconds that it asks to be left alone for, wherever it says so."""
    if (header := answered.headers.get("retry-after")) is not None:
        return retry_after(header, now)
    for row in _rows(error, "details"):
        if isinstance(delay := row.get("retryDelay"), str):
            return retry_after(delay.rstrip("s"), now)
    until = _SAID_UNTIL.search(said)
    return retry_after(until[1], now) if until else None


def _until_reset(now: datetime) -> float:
    """Give the seconds to midnight in California, taken as UTC-8 so as never to be early."""
    reset = now.replace(hour=8, minute=0, second=0, microsecond=0)
    if reset <= now:
        reset += timedelta(days=1)
    return (reset - now).total_seconds()
