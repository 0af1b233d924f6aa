"""Keep a case as JSON, and decide it again."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter

from connectors.model import Json
from retrieval.planner.case import Case


def case_to_json(case: Case) -> Json:
    """Write a case down, so that `case_from_json` gives it back to the last digit."""
    kept: Json = _adapter().dump_python(case, mode="json")
    return kept


def case_from_json(kept: Any) -> Case:
    """Read a case again; raises pydantic's ValidationError where another version wrote it."""
    return _adapter().validate_python(kept)


@cache
def _adapter() -> TypeAdapter[Case]:
    return TypeAdapter(Case)
