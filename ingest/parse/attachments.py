"""Name what was enclosed in a document so that each can be told from its siblings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from connectors.media_types import UNKNOWN, media_type_of
from ingest.errors import Unparsable
from ingest.parse.clean import one_line
from ingest.parsed import Attachment

_NAMELESS = "attachment"
_LONGEST_NAME = 150
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Enclosed:
    """An attachment with whatever name and type its sender gave."""

    name: str
    media_type: str
    content: bytes


def attachments_of(enclosed: Sequence[Enclosed]) -> tuple[Attachment, ...]:
    """Give those that hold anything, under names without a path, each once."""
    if len(enclosed) > _MOST:
        raise Unparsable(f"more than {_MOST} files are attached to it: send fewer")
    taken: set[str] = set()
    return tuple(
        Attachment(name := _free(_plain_name(one.name), taken), _type(one, name), one.content)
        for one in enclosed
        if one.content
    )


def _plain_name(name: str) -> str:
    last = one_line(name).replace("\\", "/").rstrip("/").rpartition("/")[2].lstrip(". ")
    path = PurePosixPath(last)
    return path.stem[:_LONGEST_NAME] + path.suffix[:20] if last else _NAMELESS


def _free(name: str, taken: set[str]) -> str:
    path, number, free = PurePosixPath(name), 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{path.stem} ({number}){path.suffix}"
    taken.add(free.casefold())
    return free


def _type(one: Enclosed, name: str) -> str:
    said = one.media_type.lower()
    return media_type_of(name) if said in {"", UNKNOWN} else said
