"""Make entries and documents of what a website answered."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from connectors.charset import decode
from connectors.feeds import moment
from connectors.model import Document, Entry, KnownDocument, Reply
from connectors.web_media import media_type

_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
_JUST_NOW = timedelta(minutes=1)
"""Pages that are made when asked for say that they changed then, which tells nothing."""


def entry_of(reply: Reply, ref: str, held: KnownDocument | None, now: datetime) -> Entry:
    """Give the entry of a document that came whole; without it where it is the one we hold."""
    document = document_of(reply, ref, now)
    version = document.version
    unchanged = held is not None and held.version == version
    return Entry(ref, version, _validators(reply, version), None, None if unchanged else document)


def document_of(reply: Reply, ref: str, now: datetime) -> Document:
    """Give the document itself, in UTF-8 where the header alone names another charset."""
    return Document(
        ref=ref,
        version=f"sha256:{sha256(reply.content).hexdigest()}",
        media_type=media_type(reply),
        content=_readable(reply),
        url=reply.url,
        changed_at=_changed_at(reply.headers, now),
    )


def conditions_of(held: KnownDocument | None) -> Mapping[str, str]:
    """Give the headers that ask for a document only if it is another than we hold.

    Validators of an older version, which one that failed leaves in place, would hide that
    the older one came back.
    """
    told = held.validators if held and held.version else {}
    if held is None or told.get("version") != held.version:
        return {}
    named = {"If-None-Match": told.get("etag"), "If-Modified-Since": told.get("last-modified")}
    return {name: value for name, value in named.items() if value}


def _validators(reply: Reply, version: str) -> Mapping[str, str]:
    found = {name: reply.headers.get(name, "") for name in ("etag", "last-modified")}
    named = {name: value for name, value in found.items() if value}
    return {**named, "version": version} if named else {}


def _readable(reply: Reply) -> bytes:
    charset = _CHARSET.search(reply.headers.get("content-type", ""))
    textual = media_type(reply).startswith("text/") or media_type(reply).endswith("xhtml+xml")
    if not charset or not textual or charset[1].lower() in {"utf-8", "utf8"}:
        return reply.content
    return _BOM + decode(reply.content, charset[1]).encode("utf-8")


def _changed_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    at = moment(headers.get("last-modified", ""))
    return at if at is not None and at < now - _JUST_NOW else None
