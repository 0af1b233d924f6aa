"""Health on the wire."""

from typing import Literal

from api.schemas.common import Told, shape

_CHECK = {"up": True, "ms": 1.2, "detail": ""}


class LiveView(Told):
    """That the process answers."""

    model_config = shape({"status": "live"}, strict=False)

    status: Literal["live"] = "live"


class CheckView(Told):
    """Whether one part answers."""

    model_config = shape(_CHECK, strict=False)

    up: bool
    ms: float
    detail: str
    """Why it does not, in words that name no address."""


class ReadyView(Told):
    """Whether questions can be answered now."""

    model_config = shape(
        {"status": "ready", "checks": {"ledger": _CHECK, "index": _CHECK, "model": _CHECK}},
        strict=False,
    )

    status: Literal["ready", "not_ready"]
    checks: dict[str, CheckView]
