"""The words of a Notion workspace, as far as we read them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

Fields = Mapping[str, Any]
"""A JSON object as the vendor sent it."""

_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])")
_OWN_HOSTS = ("notion.so", "notion.com", "notion-static.com", "notionusercontent.com")


class Kind(StrEnum):
    """What the parent of a page may be."""

    PAGE = "page_id"
    DATA_SOURCE = "data_source_id"
    DATABASE = "database_id"
    BLOCK = "block_id"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, or what stands there."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class HostedFile:
    """A file that Notion keeps; its address holds for an hour."""

    owner: str
    """The id of its block, or `prop:` and the id of its property."""
    name: str
    address: str

    def ref(self, page: str) -> str:
        """Give the ref of the document that it is."""
        return f"{page}/{self.owner}/{quote(self.name, safe=' ')}"

    @property
    def stored_as(self) -> str:
        """Give what tells what is kept there: another upload has another path."""
        return _parts(self.address).path


@dataclass(frozen=True, slots=True)
class Property:
    """What a row says in one column."""

    name: str
    text: str
    """As Markdown in one line; "" for nothing."""


@dataclass(frozen=True, slots=True)
class NotionPage:
    """A page without its content; a row of a data source is one too."""

    id: str
    title: str
    url: str
    edited: str
    """When it was last edited, in the vendor's writing: to the minute, which sorts by time."""
    trashed: bool
    parent: Place
    properties: tuple[Property, ...]
    files: tuple[HostedFile, ...]

    @property
    def edited_at(self) -> datetime:
        """Give the beginning of the minute in which it was last edited."""
        return datetime.fromisoformat(self.edited)


@dataclass(frozen=True, slots=True)
class Database:
    """What holds tables."""

    trashed: bool
    parent: Place
    sources: tuple[str, ...]
    """The ids of its data sources; none where it is in the trash."""


@dataclass(frozen=True, slots=True)
class DataSource:
    """A table whose rows are pages."""

    id: str
    trashed: bool
    parent: Place
    """The database that it belongs to."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a page."""

    id: str
    kind: str
    said: Fields
    """What is particular to its kind."""
    has_children: bool
    trashed: bool
    parent: Place


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as the vendor's own Markdown."""

    markdown: str
    truncated: bool
    unknown: tuple[str, ...]
    """Blocks that are not in it."""


def find_id(written: str) -> str | None:
    """Give the id in an address or an id, with its dashes; None where there is none.

    In an address the last one before `?` counts: the title may hold digits too.
    """
    bare = written.strip().lower().partition("#")[0].partition("?")[0]
    found = _ID.findall(bare.rpartition("/")[2])
    return dashed(found[-1]) if found else None


def dashed(given: str) -> str:
    """Give the one form of an id that we use."""
    bare = given.lower().replace("-", "")
    return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))


def link_to(page: str) -> str:
    """Give the address at which people read a page of which only the id is known."""
    return f"https://www.notion.so/{page.replace('-', '')}"


def is_hosted(address: str) -> bool:
    """Say whether Notion keeps it, so that the address is good for an hour and for us alone."""
    parts = _parts(address)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or "X-Amz-" in parts.query:
        return True
    return host.startswith("file") and host.endswith(_OWN_HOSTS)


def name_of(address: str) -> str:
    """Give the name of a file by its address."""
    return unquote(_parts(address).path.rpartition("/")[2])


def _parts(address: str) -> SplitResult:
    """Take an address apart; people type also what is none, which leads nowhere."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
