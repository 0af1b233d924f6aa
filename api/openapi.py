"""The OpenAPI document: what FastAPI derives, with problems where it has errors of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import PROBLEM_TYPE
from api.schemas.common import ErrorView, FieldView, ProblemView

DESCRIPTION = """\
Punnet keeps a support team's knowledge fresh and hands agents the right part of it.

Send an API key as `Authorization: Bearer pn_…`; it says whose knowledge is meant and what the
caller may do (`read`, `feedback`, `write`, `admin`). Every error is an RFC 9457 problem; its
`request_id` is also the header `X-Request-ID`, and stands in the operator's log. What does not
exist and what belongs to another tenant give the same 404. Lists are read page by page: give
`next_cursor` back as `cursor` until it is null.
"""
_REF = "#/components/schemas/"
_OWN_ERRORS = ("HTTPValidationError", "ValidationError")
_ALWAYS = {
    "401": "No key, or one that does not count.",
    "403": "The key does not have the scope.",
    "422": "The request cannot be carried out; `errors` names the fields.",
    "503": "A part does not answer now; try again after `Retry-After`.",
}
_WITH_ID = {"404": "There is no such thing here."}
_WITH_BODY = {"413": "The body is too large."}
_HOOKED = {"401": "The signature is wrong, or there is no such source.", **_WITH_BODY}
_CHAT = {
    "501": "No model router is configured.",
    "502": "The model router refused, or did not answer.",
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Give the OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes
        )
        schemas = document["components"]["schemas"]
        for name in _OWN_ERRORS:
            schemas.pop(name, None)
        for model in (ErrorView, FieldView, ProblemView):
            schema = model.model_json_schema(ref_template=_REF + "{model}")
            schema.pop("$defs", None)
            schemas[model.__name__] = schema
        schemas["JsonValue"] = {"description": "Any JSON value.", "examples": ["text"]}
        for path, operation in _operations(document):
            _tell_problems(path, operation)
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _tell_problems(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if "security" not in operation:
        responses.pop("422", None)
        if path.startswith("/v1/hooks"):
            _add(responses, _HOOKED)
        return
    told = dict(_ALWAYS)
    told |= _WITH_ID if "{" in path else {}
    told |= _WITH_BODY if "requestBody" in operation else {}
    told |= _CHAT if path.endswith("/chat/completions") else {}
    _add(responses, told)


def _add(responses: dict[str, Any], told: Mapping[str, str]) -> None:
    for status, says in told.items():
        content = {PROBLEM_TYPE: {"schema": {"$ref": f"{_REF}{ProblemView.__name__}"}}}
        responses[status] = {"description": says, "content": content}
