"""How a route answers: a checked shape, written once, past FastAPI's second check."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

Responses = dict[int | str, dict[str, Any]]
"""What OpenAPI says of answers by status, as FastAPI takes it."""


def reply(view: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Give the view as JSON that no cache keeps."""
    return Response(
        view.model_dump_json(),
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )
