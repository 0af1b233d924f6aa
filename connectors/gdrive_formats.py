"""Which files are documents, as what they are read, and when they are another version."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from connectors.gdrive_model import DriveFile
from connectors.media_types import UNKNOWN, media_type_of

_GOOGLE = "application/vnd.google-apps."
_OFFICE = "application/vnd.openxmlformats-officedocument."
_EXPORTS = {
    # The published name of Markdown varies. A sheet as CSV would be its first page alone.
    f"{_GOOGLE}document": (
        "text/markdown",
        "text/x-markdown",
        f"{_OFFICE}wordprocessingml.document",
        "text/html",
        "text/plain",
    ),
    f"{_GOOGLE}spreadsheet": (f"{_OFFICE}spreadsheetml.sheet",),
    f"{_GOOGLE}presentation": (
        f"{_OFFICE}presentationml.presentation",
        "application/pdf",
        "text/plain",
    ),
    f"{_GOOGLE}drawing": ("application/pdf",),
}
"""The richest format first."""
_VAGUE = frozenset({UNKNOWN, "text/plain", "application/x-unknown"})
_MARKDOWN = frozenset({"text/markdown", "text/x-markdown"})
_PICTURE = re.compile(rb"(?m)^\[image\d+\]:\s*<data:[^>\n]*>[ \t]*\r?\n?")
_JUST_NOW = timedelta(seconds=10)
"""A file that changed so recently may change again within the same millisecond, or Google may
still be writing the change out."""


def is_document(file: DriveFile) -> bool:
    """Say whether it holds something to read: no folder, shortcut, form, map or the like."""
    return not file.media_type.startswith(_GOOGLE) or file.media_type in _EXPORTS


def is_exported(file: DriveFile) -> bool:
    """Say whether it is held by an editor of Google's, so that its bytes must be made."""
    return file.media_type in _EXPORTS


def export_type(file: DriveFile) -> str | None:
    """Give the richest format that this file can be had in, or None."""
    there = set(file.formats)
    return next((one for one in _EXPORTS.get(file.media_type, ()) if one in there), None)


def read_as(file: DriveFile, exported: str | None) -> str:
    """Give the media type that its bytes are."""
    if exported is not None:
        return "text/markdown" if exported in _MARKDOWN else exported
    named = media_type_of(file.name)
    return named if file.media_type in _VAGUE and named != UNKNOWN else file.media_type


def without_pictures(content: bytes, media_type: str) -> bytes:
    """Leave out the pictures that an exported document carries as text."""
    return _PICTURE.sub(b"", content) if media_type == "text/markdown" else content


def version_of(file: DriveFile, access: Iterable[str] | None, now: datetime) -> str:
    """Give what is equal exactly while content, name and readers are.

    `access` is None where readers are not asked for. What was changed just now counts by
    Google's own counter as well, which goes up for nothing but never stands still.
    """
    marks = [_content_mark(file, now), file.name, file.media_type]
    marks += ["*"] if access is None else sorted(access)
    return sha256("\0".join(marks).encode()).hexdigest()[:32]


def _content_mark(file: DriveFile, now: datetime) -> str:
    if file.checksum:
        return file.checksum
    at = file.modified_at
    settled = at is not None and at < now - _JUST_NOW
    counted = "" if settled else file.counter
    return f"{at.isoformat() if at else ''}/{file.revision}/{counted}"
