"""How our values stand in columns, the same in SQLite and PostgreSQL."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import DateTime, LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from ingest.model import Vector

NOTHING: frozenset[str] = frozenset()


class UtcTime(TypeDecorator[datetime]):
    """Keep an aware time; refuse a naive one, whose meaning nobody knows."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Turn it into UTC, since SQLite forgets the zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; give every time in UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """Say that it is UTC."""
        if value is None:
            return None
        stored: datetime = value
        return stored.replace(tzinfo=UTC) if stored.tzinfo is None else stored.astimezone(UTC)


class Strings(TypeDecorator[tuple[str, ...]]):
    """Keep strings in order; no strings are an empty text, which needs no decoding."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, _dialect: Dialect) -> str | None:
        """Write them as a JSON list."""
        return None if value is None else _written(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> tuple[str, ...] | None:
        """Read the JSON list."""
        if not value:
            return None if value is None else ()
        return tuple(json.loads(value))


class Labels(TypeDecorator[frozenset[str]]):
    """Keep a set of strings, equal sets as equal texts."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[str] | None, _dialect: Dialect) -> str | None:
        """Write them as a sorted JSON list."""
        return None if value is None else _written(sorted(value))

    def process_result_value(self, value: Any, _dialect: Dialect) -> frozenset[str] | None:
        """Read the JSON list."""
        if not value:
            return None if value is None else NOTHING
        return frozenset(json.loads(value))


class HalfVector(TypeDecorator[Vector]):
    """Keep a vector as little-endian float16: 768 bytes at 384 dimensions."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Vector | None, _dialect: Dialect) -> bytes | None:
        """Halve the precision; a ranking does not notice."""
        return None if value is None else value.astype("<f2").tobytes()

    def process_result_value(self, value: Any, _dialect: Dialect) -> Vector | None:
        """Give float32 of unit length again, as the models do."""
        if value is None:
            return None
        vector = np.frombuffer(value, dtype="<f2").astype(np.float32)
        length = float(np.linalg.norm(vector))
        return vector / np.float32(length) if length else vector


def _written(strings: Iterable[str]) -> str:
    listed = list(strings)
    return json.dumps(listed, ensure_ascii=False) if listed else ""
