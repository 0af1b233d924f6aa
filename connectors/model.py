"""The words of a source and of what it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

TenantId = NewType("TenantId", str)
SourceId = NewType("SourceId", str)
Cursor = NewType("Cursor", str)
"""Where a scan may resume; opaque to everyone but the connector that made it."""

NOBODY = "nobody"
"""The tag of what nobody may see: an empty set of tags would let everybody in."""

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
"""A JSON value."""


class Presence(StrEnum):
    """What a source says of a document that a scan did not list."""

    GONE = "gone"
    PRESENT = "present"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Source:
    """A place that documents come from."""

    id: SourceId
    tenant: TenantId
    kind: str
    name: str
    settings: Mapping[str, Json]
    access: frozenset[str] = frozenset()
    """Who may see its documents where they carry no access tags of their own; empty: everybody."""
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """What the ledger holds of a document when a scan begins."""

    ref: str
    version: str
    content_hash: str
    validators: Mapping[str, str] = field(default_factory=dict)
    tried: str = ""
    """The version that could not be read the last time."""


@dataclass(frozen=True, slots=True)
class Document:
    """One fetched item, as the source gave it."""

    ref: str
    version: str
    media_type: str
    content: bytes
    title: str = ""
    url: str = ""
    changed_at: datetime | None = None
    access: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    anchored: bool = True
    """Whether its headings can be linked to by the anchors in it, or made of their words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item that a scan listed, with the version that decides whether it changed.

    Two entries of the same ref and the same version have the same content. `validators`
    come back in the next scan's `known`. `moved_from` is the ref under which the same
    document was known before. An entry may carry its document already.
    """

    ref: str
    version: str
    validators: Mapping[str, str] = field(default_factory=dict)
    moved_from: str | None = None
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An item that the source itself says is gone."""

    ref: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that exists but could not be listed or read; never taken for an absence."""

    ref: str
    reason: str
    access: frozenset[str] = frozenset()
    """Who alone may still see what we hold of it; empty: who could before."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a scan; `cursor` may be stored once every item in it is durable."""

    items: tuple[Entry | Tombstone | Failure, ...]
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class Completeness:
    """The proof, as the last thing of a scan, that nothing of its range was left out.

    Only a scan that `enumerates_all` may delete by absence. `cursor` is where the next
    scan starts, None for a scan from the beginning.
    """

    enumerates_all: bool
    cursor: Cursor | None = None
    notes: tuple[str, ...] = ()
    """What an operator should know of the scan, above all why it could not be complete."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A document that was pushed to us, as we keep it."""

    ref: str
    version: str
    media_type: str
    title: str
    url: str
    changed_at: datetime | None
    access: frozenset[str]
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Push:
    """The last thing that was said of one upload: here it is, or it is gone."""

    number: int
    """Its place in the order of its source: whatever is said later has a higher one."""
    ref: str
    upload: Upload | None
    """None: it was removed."""


# --- the web ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply:
    """What a web server answered to one request; redirects are not followed in it."""

    url: str
    """What was asked, normalised, without its fragment."""
    status: int
    headers: Mapping[str, str]
    """Names in lower case; of several headers of one name the values joined by ", "."""
    content: bytes
    """Decompressed, whole."""


@dataclass(frozen=True, slots=True)
class Address:
    """A page that a crawl has to visit; `depth` counts links from where it began, at 0."""

    url: str
    depth: int
    held: bool = False
    """Whether it is asked because we hold it; nothing need have led there in this crawl."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a crawl learnt of an address when it last visited it."""

    url: str
    ref: str
    """The document found there, under its canonical address; "" for none."""
    links: tuple[str, ...]
    """Where it leads within the crawl; a page that is unchanged is not read for them again."""
    missing_since: datetime | None = None
    """When it first answered that there is nothing, if it has done so ever since."""
    depth: int = 0
    """As of its address."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where an address stands in a crawl that knows it."""

    linked: bool
    """Whether a link, a sitemap or the settings led there."""
    visited: bool
