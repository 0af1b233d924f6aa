"""Read what Notion answers; whatever is not what was asked for is garbled, never empty."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from connectors.notion_model import (
    Block,
    Database,
    DataSource,
    Fields,
    Kind,
    NotionPage,
    Place,
    Rendered,
    dashed,
    find_id,
)
from connectors.notion_properties import read_files, read_properties, title_of

Got = TypeVar("Got")


class Garbled(Exception):
    """An answer is not what Notion's API promises, whatever its status says."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[Got]):
    """A part of a listing, and where the next one begins; None where this was the last."""

    found: tuple[Got, ...]
    next: str | None
    whole: bool = True
    """Whether Notion says that nothing was left out: it ends at 10,000 results."""


def read_listing(body: object, read: Callable[[Fields], Got | None]) -> Listed[Got]:
    """Read a part of a listing: `read` gives None for what is of another kind.

    Without `results` and `has_more` it is no listing, and one that has more but does not say
    where was cut off: neither may pass for an empty or a last one.
    """
    fields = _object(body, "list")
    results, more = fields.get("results"), fields.get("has_more")
    if not isinstance(results, list) or not isinstance(more, bool):
        raise Garbled("a list without its results")
    cursor = fields.get("next_cursor")
    if more and not (isinstance(cursor, str) and cursor):
        raise Garbled("a list that goes on, but does not say where")
    found = (read(_object(one)) for one in results)
    told = fields.get("request_status")
    whole = not (isinstance(told, dict) and told.get("type") == "incomplete")
    known = tuple(one for one in found if one is not None)
    return Listed(known, cursor if more else None, whole)


def read_page(body: object) -> NotionPage:
    """Read a page with its properties."""
    fields = _object(body, "page")
    properties = fields.get("properties")
    if not isinstance(properties, dict):
        raise Garbled("a page without its properties")
    page = _id(fields)
    return NotionPage(
        id=page,
        title=title_of(properties),
        url=str(fields.get("url") or ""),
        edited=_time(fields, "last_edited_time"),
        trashed=_trashed(fields),
        parent=_place(fields.get("parent")),
        properties=read_properties(properties),
        files=read_files(properties),
    )


def page_among(fields: Fields) -> NotionPage | None:
    """Read a result of a search or a query where it is a page that we may read."""
    # One that may not be read comes without properties.
    is_page = fields.get("object") == "page" and "properties" in fields
    return read_page(fields) if is_page else None


def source_among(fields: Fields) -> DataSource | None:
    """Read a result of a search where it is a data source."""
    return read_source(fields) if fields.get("object") == "data_source" else None


def read_source(body: object) -> DataSource:
    """Read a data source."""
    fields = _object(body, "data_source")
    return DataSource(_id(fields), _trashed(fields), _place(fields.get("parent")))


def read_database(body: object) -> Database:
    """Read a database."""
    fields = _object(body, "database")
    sources = fields.get("data_sources")
    if not isinstance(sources, list):
        raise Garbled("a database without its data sources")
    trashed = _trashed(fields)
    ids = () if trashed else tuple(_id(_object(one)) for one in sources)
    return Database(trashed, _place(fields.get("parent")), ids)


def read_block(body: object) -> Block:
    """Read a block."""
    fields = _object(body, "block")
    kind = _text(fields, "type")
    said = fields.get(kind)
    return Block(
        id=_id(fields),
        kind=kind,
        said=said if isinstance(said, dict) else {},
        has_children=bool(fields.get("has_children")),
        trashed=_trashed(fields),
        parent=_place(fields.get("parent")),
    )


def read_markdown(body: object) -> Rendered:
    """Read a page as Markdown."""
    fields = _object(body, "page_markdown")
    text, cut, unknown = (fields.get(name) for name in ("markdown", "truncated", _UNKNOWN))
    if not isinstance(text, str) or not isinstance(cut, bool) or not isinstance(unknown, list):
        raise Garbled("a page without its Markdown")
    return Rendered(text, cut, tuple(dashed(str(one)) for one in unknown))


def read_user(body: object) -> None:
    """See that it says who we are."""
    _id(_object(body, "user"))


_UNKNOWN = "unknown_block_ids"


def _object(body: object, kind: str = "") -> Mapping[str, Any]:
    if not isinstance(body, dict) or (kind and body.get("object") != kind):
        raise Garbled(f"no {kind or 'object'}")
    return body


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise Garbled(f"an object without {name}")
    return value


def _time(fields: Fields, name: str) -> str:
    written = _text(fields, name)
    try:
        aware = datetime.fromisoformat(written).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise Garbled(f"an object without a time in {name}")
    return written


def _id(fields: Fields) -> str:
    found = find_id(_text(fields, "id"))
    if found is None:
        raise Garbled("an object without an id")
    return found


def _trashed(fields: Fields) -> bool:
    """Say whether it is in the trash: older versions of the API call it archived."""
    return bool(fields.get("in_trash", fields.get("archived", False)))


def _place(parent: object) -> Place:
    fields = parent if isinstance(parent, dict) else {}
    kind = str(fields.get("type") or "")
    if kind not in set(Kind) or kind == Kind.WORKSPACE:
        return Place(Kind.WORKSPACE, "")
    return Place(Kind(kind), dashed(str(fields.get(kind) or "")))
