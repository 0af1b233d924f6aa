"""What the properties of a page say."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from connectors.notion_model import Fields, HostedFile, Property, name_of
from connectors.notion_text import escaped, link, markdown, plain

_DEEPEST = 3
_QUIET = frozenset({"title", "relation", "button", "verification"})
"""Shown elsewhere, or nothing but ids of other pages."""


def title_of(properties: Mapping[str, Fields]) -> str:
    """Give the title of a page, as plain text."""
    titles = (plain(one.get("title")) for one in properties.values() if one.get("type") == "title")
    return re.sub(r"\s+", " ", next(titles, "")).strip()


def read_properties(properties: Mapping[str, Fields]) -> tuple[Property, ...]:
    """Give what a row says in its columns, by their names; empty ones are left out."""
    said = [
        Property(name, re.sub(r"\s*\\?\n\s*", " ", _said(one, 0)).strip())
        for name, one in sorted(properties.items())
        if one.get("type") not in _QUIET
    ]
    return tuple(one for one in said if one.text)


def read_files(properties: Mapping[str, Fields]) -> tuple[HostedFile, ...]:
    """Give the files in its columns that Notion keeps."""
    found: list[HostedFile] = []
    taken: set[tuple[str, str]] = set()
    for one in properties.values():
        owner = f"prop:{one.get('id') or ''}"
        for file in one.get("files") or () if one.get("type") == "files" else ():
            address = str((file.get("file") or {}).get("url") or "")
            if not address:
                continue
            name = _free(str(file.get("name") or name_of(address)), owner, taken)
            found.append(HostedFile(owner, name, address))
    return tuple(found)


def _free(name: str, owner: str, taken: set[tuple[str, str]]) -> str:
    """Number files of one name, in their order."""
    given, number = name, 1
    while (owner, given) in taken:
        number += 1
        given = f"{number}-{name}"
    taken.add((owner, given))
    return given


def _said(one: Fields, depth: int) -> str:
    kind = str(one.get("type") or "")
    value = one.get(kind)
    if value is None or depth > _DEEPEST:
        return ""
    if kind == "rollup":
        return _rollup(value, depth)
    if kind == "formula":
        return _said(value, depth + 1)
    return _WRITERS[kind](value) if kind in _WRITERS else ""


def _rollup(value: Fields, depth: int) -> str:
    if value.get("type") != "array":
        return _said(value, depth + 1)
    said = (_rolled(one, depth + 1) for one in value.get("array") or ())
    return ", ".join(one for one in said if one)


def _rolled(one: Fields, depth: int) -> str:
    return markdown(one.get("title")) if one.get("type") == "title" else _said(one, depth)


def _scalar(value: object) -> str:
    return escaped(f"{value:.15g}" if isinstance(value, float) else str(value))


def _date(value: Fields) -> str:
    ends = [str(value.get(end)) for end in ("start", "end") if value.get(end)]
    return " → ".join(ends)


def _named(value: Fields | list[Fields]) -> str:
    """Name what has names: options and people."""
    several = value if isinstance(value, list) else [value]
    return ", ".join(escaped(str(one.get("name") or "")) for one in several if one.get("name"))


def _files(value: object) -> str:
    said = []
    for one in value if isinstance(value, list) else ():
        name = escaped(str(one.get("name") or ""))
        said.append(link(name, str((one.get("external") or {}).get("url") or "")))
    return ", ".join(said)


def _numbered(value: Fields) -> str:
    prefix = value.get("prefix")
    return escaped(f"{prefix}-{value.get('number')}" if prefix else str(value.get("number") or ""))


def _address(value: object) -> str:
    return link("", str(value)) or escaped(str(value))


_WRITERS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "boolean": lambda value: "yes" if value else "no",
        "checkbox": lambda value: "yes" if value else "no",
        "created_by": _named,
        "created_time": _scalar,
        "date": _date,
        "email": _scalar,
        "files": _files,
        "multi_select": _named,
        "number": _scalar,
        "people": _named,
        "phone_number": _scalar,
        "place": _named,
        "rich_text": markdown,
        "select": _named,
        "status": _named,
        "string": _scalar,
        "title": markdown,
        "unique_id": _numbered,
        "url": _address,
    }
)
