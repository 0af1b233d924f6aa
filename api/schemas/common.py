"""What the shapes of the wire share: strictness, ranges, texts, problems, pages of lists."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SecretStr,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

Example = Mapping[str, Any]
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def shape(example: Example, *, strict: bool) -> ConfigDict:
    """Configure a model with its example; a strict one refuses names that it does not know."""
    return ConfigDict(
        extra="forbid" if strict else "ignore",
        frozen=True,
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [dict(example)]},
    )


class Asked(BaseModel):
    """A part of a request: what it does not know it refuses, so that a typo is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Told(BaseModel):
    """A part of an answer: an allow-list of what a caller may see."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


# --- values -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InRange:
    """A number from `low` to `high`; the message names both ends, whichever was passed."""

    low: int | float
    high: int | float

    def __get_pydantic_core_schema__(self, of: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(of))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "minimum": self.low, "maximum": self.high}

    def _check(self, value: float) -> float:
        if not self.low <= value <= self.high:
            raise PydanticCustomError("out_of_range", f"must be from {self.low:,} to {self.high:,}")
        return value


def _storable(value: object) -> object:
    if isinstance(value, str) and (_SURROGATE.search(value) or "\0" in value):
        raise PydanticCustomError("not_text", "holds what is not text: a NUL or half a character")
    return value


def _plain(value: object) -> object:
    if isinstance(value, str) and _CONTROL.search(value):
        raise PydanticCustomError("not_plain", "must not hold control characters")
    return _storable(value)


Text = Annotated[str, BeforeValidator(_storable)]
"""Words that every store can hold."""
Name = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(_plain)]
Ref = Annotated[str, Field(min_length=1, max_length=1_024), BeforeValidator(_plain)]
Id = Annotated[str, Field(min_length=1, max_length=64), BeforeValidator(_plain)]
Tags = Annotated[frozenset[Name], Field(max_length=100)]
WebUrl = Annotated[
    str, Field(pattern=r"^(https?://\S+)?$", max_length=2_048), BeforeValidator(_plain)
]
"""An address that a browser may open; never `javascript:`."""
Secret = Annotated[
    SecretStr,
    BeforeValidator(_storable),
    Field(min_length=1, max_length=65_536, json_schema_extra={"writeOnly": True}),
]
Secrets = Annotated[dict[Name, Secret], Field(max_length=10)]
"""Secrets by name; no answer holds one."""
Moment = Annotated[AwareDatetime, Field(examples=["2026-03-01T09:00:00Z"])]

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_SHORTEST, _LONGEST = timedelta(seconds=30), timedelta(days=366)


def seconds_of(every: str) -> int:
    """Read `30s`, `15m`, `6h` or `1d`; raises ValueError where it is none of these."""
    match = re.fullmatch(r"([1-9]\d{0,8})([smhd])", every)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not _SHORTEST.total_seconds() <= seconds <= _LONGEST.total_seconds():
        raise ValueError("must be a number with s, m, h or d, from 30s to 366d, such as 15m")
    return seconds


def every_of(seconds: int) -> str:
    """Write an interval as `seconds_of` reads it, in the largest unit that fits."""
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def plain(secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    """Give secrets as they are, to be sealed."""
    return {name: secret.get_secret_value() for name, secret in secrets.items()}


# --- problems ---------------------------------------------------------------------


class FieldView(Told):
    """One offending field of a request."""

    model_config = shape({"field": "body.limit", "message": "must be from 1 to 100"}, strict=False)

    field: str
    message: str


class ErrorView(Told):
    """A problem once more, under the names that OpenAI's clients read."""

    model_config = shape(
        {
            "message": "Set PUNNET_ROUTER_URL, or take the prompt from /v1/context.",
            "type": "router-missing",
            "code": 501,
        },
        strict=False,
    )

    message: str
    type: str
    code: int


class ProblemView(Told):
    """An error as RFC 9457 has it."""

    model_config = shape(
        {
            "type": "urn:punnet:problem:invalid",
            "title": "The request cannot be carried out",
            "status": 422,
            "detail": "body.limit: must be from 1 to 100",
            "request_id": "01k2x7m1zq",
            "errors": [{"field": "body.limit", "message": "must be from 1 to 100"}],
        },
        strict=False,
    )

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[FieldView] | None = None
    error: ErrorView | None = None
    """Only of /v1/chat/completions."""


# --- pages of lists ---------------------------------------------------------------


class PageQuery(Asked):
    """Which part of a list is asked for."""

    limit: Annotated[int, InRange(1, 200)] = 50
    cursor: Annotated[str | None, Field(max_length=512)] = None
    """The `next_cursor` of the page before."""
