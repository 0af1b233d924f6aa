"""Problems as responses: the one shape of every error on the wire."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.errors import INVALID, MALFORMED, FieldError, Problem, problem_of
from api.schemas.common import ErrorView, FieldView, ProblemView
from api.telemetry import get_log
from connectors.errors import ConnectorError
from ingest.errors import IngestError
from retrieval.errors import RetrievalError

PROBLEM_TYPE = "application/problem+json"
CHAT_PATH = "/v1/chat/completions"
KNOWN = (HTTPException, ConnectorError, IngestError, RetrievalError)
"""What has words for the caller; anything else is a fault of ours."""
_MOST_FIELDS = 20


def handle_problems(app: FastAPI) -> None:
    """Have every error that the app knows told as a problem."""
    app.add_exception_handler(RequestValidationError, _on_invalid)
    for known in KNOWN:
        app.add_exception_handler(known, _on_known)


def view_of(request: Request, problem: Problem) -> ProblemView:
    """Give what is shown of a problem of this request."""
    return ProblemView(
        type=f"urn:punnet:problem:{problem.kind.slug}",
        title=problem.kind.title,
        status=problem.kind.status,
        detail=problem.detail,
        request_id=request.state.request_id,
        errors=[FieldView(field=one.field, message=one.message) for one in problem.fields] or None,
    )


def answer_problem(request: Request, problem: Problem) -> Response:
    """Give the response that tells this problem of this request."""
    view = view_of(request, problem)
    headers = dict(problem.headers or {})
    if request.url.path == CHAT_PATH:
        kind = problem.kind
        error = ErrorView(message=problem.detail, type=kind.slug, code=kind.status)
        view = view.model_copy(update={"error": error})
        # OpenAI's clients would otherwise ask again after every 409 and 5xx.
        headers["X-Should-Retry"] = "true" if kind.retry else "false"
    return Response(
        view.model_dump_json(exclude_none=True),
        status_code=problem.kind.status,
        headers=headers,
        media_type=PROBLEM_TYPE,
    )


async def _on_known(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem.kind.status >= 500:
        get_log("punnet.problems").error("failed", error=type(error).__name__, exc_info=error)
    return answer_problem(request, problem)


async def _on_invalid(request: Request, error: Exception) -> Response:
    told = error.errors() if isinstance(error, RequestValidationError) else []
    if any(one["type"] == "json_invalid" for one in told):
        return answer_problem(request, Problem(MALFORMED, "The body is not valid JSON."))
    fields = _fields(told)
    detail = "; ".join(f"{one.field}: {one.message}" for one in fields[:3])
    return answer_problem(request, Problem(INVALID, detail, fields=fields))


def fields_of(error: ValidationError) -> tuple[FieldError, ...]:
    """Name the offending fields of something that was asked for outside of a body."""
    return _fields(error.errors())


def _fields(told: Sequence[Any]) -> tuple[FieldError, ...]:
    """Name the offending fields; what they held is not repeated."""
    return tuple(
        FieldError(".".join(str(part) for part in one["loc"]), _message(one))
        for one in told[:_MOST_FIELDS]
    )


def _message(one: Any) -> str:
    if one["type"] == "extra_forbidden":
        return "there is no such field here"
    if one["type"] == "missing":
        return "this is needed"
    if one["type"] == "too_short":
        return f"at least {'one' if (least := one['ctx']['min_length']) == 1 else least} is needed"
    return str(one["msg"]).removeprefix("Value error, ")
