"""The settings of a `gdrive` source, read and checked."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from connectors.errors import SettingsInvalid
from connectors.gdrive_model import USER, DriveFile
from connectors.settings import Settings, refuse_unknown, switch, text, texts, whole_number

ALLOWED = frozenset(
    {
        "exclude",
        "folders",
        "max_bytes",
        "my_drive",
        "permissions",
        "rate",
        "shared_drives",
        "subject",
    }
)
ALL = "all"
EXCLUDED = ("application/zip", "audio/*", "font/*", "image/*", "video/*")
"""What nobody reads."""
MAX_BYTES = 50_000_000
_RATE = 20
_MAX_RATE = 1000
_MAX_FOLDERS = 500
_ID = re.compile(r"[A-Za-z0-9_-]{5,200}")
_IN_URL = re.compile(r"^https?://drive\.google\.com/.*?/folders/([A-Za-z0-9_-]+)")
_BY_QUERY = re.compile(r"^https?://drive\.google\.com/.*[?&]id=([A-Za-z0-9_-]+)")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TYPE = re.compile(r"[a-z0-9.+*-]+/[a-z0-9.+*-]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DriveSettings:
    """What a `gdrive` source was told."""

    folders: tuple[str, ...]
    """Ids of folders that are read with all that lies below them."""
    shared_drives: tuple[str, ...]
    """Ids of shared drives that are read whole; (ALL,): every one that the account is in."""
    my_drive: bool
    """Read what the account owns and what is shared with it."""
    subject: str
    permissions: bool
    exclude: tuple[str, ...]
    max_bytes: int
    rate: float
    """Requests a second."""

    @property
    def all_drives(self) -> bool:
        """Say whether every shared drive is read."""
        return self.shared_drives == (ALL,)

    def takes_type(self, media_type: str) -> bool:
        """Say whether files of this type are documents."""
        return not any(fnmatchcase(media_type, pattern) for pattern in self.exclude)

    def holds(self, file: DriveFile, path: tuple[str, ...]) -> bool:
        """Say whether a file lies in what is read; `path` names the folders above it."""
        whole = self.my_drive if file.drive == USER else self._reads_drive(file.drive)
        return whole or not set(path).isdisjoint(self.folders)

    def _reads_drive(self, drive: str) -> bool:
        return self.all_drives or drive in self.shared_drives


def parse_drive(settings: Settings) -> DriveSettings:
    """Read the settings; raises SettingsInvalid."""
    refuse_unknown(settings, "gdrive", ALLOWED)
    folders = tuple(_id_of(one, "folders") for one in texts(settings, "folders", ()))
    if len(folders) > _MAX_FOLDERS:
        raise SettingsInvalid(f"'folders' may name up to {_MAX_FOLDERS}, not {len(folders)}.")
    drives = texts(settings, "shared_drives", ())
    if ALL in drives and len(drives) > 1:
        raise SettingsInvalid(f"'shared_drives' is '{ALL}', or a list of ids, not both.")
    if drives != (ALL,):
        drives = tuple(_id_of(one, "shared_drives") for one in drives)
    mine = switch(settings, "my_drive", default=not folders and not drives)
    if not (folders or drives or mine):
        raise SettingsInvalid("Nothing would be read: set 'folders', 'shared_drives', 'my_drive'.")
    return DriveSettings(
        folders=tuple(dict.fromkeys(folders)),
        shared_drives=tuple(sorted(set(drives))),
        my_drive=mine,
        subject=_subject(settings),
        permissions=switch(settings, "permissions", default=True),
        exclude=_types(settings),
        max_bytes=whole_number(settings, "max_bytes", MAX_BYTES, 1, 1_000_000_000),
        rate=whole_number(settings, "rate", _RATE, 1, _MAX_RATE),
    )


def _id_of(written: str, name: str) -> str:
    said = written.strip()
    found = _IN_URL.match(said) or _BY_QUERY.match(said)
    id_ = found[1] if found else said
    if not _ID.fullmatch(id_):
        raise SettingsInvalid(
            f"'{name}' names '{said[:80]}', which is no id and no link of a folder: open it in "
            "Drive and copy the address, which ends in /folders/ID."
        )
    return id_


def _subject(settings: Settings) -> str:
    subject = text(settings, "subject", "")
    if subject and not _ADDRESS.fullmatch(subject):
        raise SettingsInvalid(
            f"'subject' must be an e-mail address of the domain, not '{subject}'."
        )
    return subject


def _types(settings: Settings) -> tuple[str, ...]:
    patterns = texts(settings, "exclude", EXCLUDED)
    for pattern in patterns:
        if not _TYPE.fullmatch(pattern):
            raise SettingsInvalid(
                f"'exclude' names media types such as 'image/*', not '{pattern}'."
            )
    return tuple(pattern.lower() for pattern in patterns)
