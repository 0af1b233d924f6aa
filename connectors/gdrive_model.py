"""The words of Google Drive, as far as documents go."""

from dataclasses import dataclass
from datetime import datetime

USER = ""
"""The corpus of what an account owns and what is shared with it; others are shared drives."""
FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may see a file."""

    kind: str
    """user, group, domain or anyone."""
    who: str
    """An e-mail address or a domain."""
    expires_at: datetime | None
    counts: bool
    """False for accounts that are no more, and for views that do not show the content."""


@dataclass(frozen=True, slots=True)
class DriveFile:
    """A file or folder as it is now; ids never change, whatever it is called."""

    id: str
    name: str
    media_type: str
    drive: str
    """The shared drive it lies in, or USER."""
    parents: tuple[str, ...]
    trashed: bool
    modified_at: datetime | None
    checksum: str
    """Of what is stored, with its kind: `sha256:…`; "" for what the editors of Google hold."""
    revision: str
    """What else tells one content from another."""
    counter: str
    """Goes up with every change, even of what nobody sees."""
    size: int | None
    link: str
    formats: tuple[str, ...]
    """Media types that it can be exported to."""
    permissions: tuple[Permission, ...] | None
    """None: it was not told."""
    augmented: bool | None
    """In a shared drive: whether others than its folder's may see it; None: it was not told."""


@dataclass(frozen=True, slots=True)
class FilePage:
    """A page of a listing."""

    files: tuple[DriveFile, ...]
    following: str
    """Token of the next page; "" after the last."""
    incomplete: bool
    """Whether Google did not search all that it should have."""


@dataclass(frozen=True, slots=True)
class Change:
    """That something of a file, or of a shared drive, is different now."""

    file_id: str
    """"" where a shared drive changed."""
    drive: str
    file: DriveFile | None
    """None: it is gone, or not shared with us any more."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of the log of changes."""

    changes: tuple[Change, ...]
    token: str
    """Where to go on, now or at the next scan."""
    last: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that Google is preparing."""

    name: str
    done: bool
    uri: str
    """Where to have it, once it is done."""
    error: str
