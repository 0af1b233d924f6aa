"""What pages ask of a form or an address, read kindly: an unknown choice counts as none."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from api.deps import Services
from api.security import Caller
from ingest.records import SourceRecord

PAGE = 25
"""How many rows a list shows."""
Choice = TypeVar("Choice", bound=StrEnum)


def chosen(kind: type[Choice], given: str) -> Choice | None:
    """Give the choice that was made; None for none, and for one that there is not."""
    return next((one for one in kind if one.value == given), None)


def address(path: str, asked: Mapping[str, str]) -> str:
    """Give an address with what was asked, less what was left open."""
    said = urlencode({name: value for name, value in asked.items() if value})
    return f"{path}?{said}" if said else path


def words_of(written: str) -> list[str]:
    """Give words with commas between them."""
    return [word.strip() for word in written.split(",") if word.strip()]


async def sources_of(served: Services, caller: Caller) -> list[SourceRecord]:
    """Give the sources that the caller may see."""
    held = await served.ledger.sources.list_sources(caller.tenant)
    return [one for one in held if caller.sees(one.source.access)]
