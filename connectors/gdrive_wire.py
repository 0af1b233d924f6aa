"""Read what the Drive API answers; what is not what was asked for is Malformed."""

from collections.abc import Iterator, Mapping

from connectors.feeds import moment
from connectors.gdrive_model import (
    Change,
    ChangePage,
    DriveFile,
    FilePage,
    Operation,
    Permission,
)
from connectors.google_errors import Malformed, whole_characters
from connectors.model import Json

Told = Mapping[str, Json]

PERMISSION = "type,emailAddress,domain,expirationTime,deleted,view"
FILE = (
    "kind,id,name,mimeType,driveId,parents,trashed,modifiedTime,sha256Checksum,md5Checksum,"
    "headRevisionId,version,size,webViewLink,exportLinks,hasAugmentedPermissions,"
    f"inheritedPermissionsDisabled,permissions({PERMISSION})"
)
FILES = f"kind,nextPageToken,incompleteSearch,files({FILE})"
CHANGES = (
    f"kind,nextPageToken,newStartPageToken,changes(changeType,removed,fileId,driveId,file({FILE}))"
)
PERMISSIONS = f"kind,nextPageToken,permissions({PERMISSION})"


def file_page(told: Told) -> FilePage:
    """Read an answer of files.list."""
    _hold(told, "drive#fileList")
    files = tuple(drive_file(one) for one in _rows(told, "files"))
    return FilePage(files, _text(told, "nextPageToken"), told.get("incompleteSearch") is True)


def change_page(told: Told) -> ChangePage:
    """Read an answer of changes.list: it goes on or it ends, and says which."""
    _hold(told, "drive#changeList")
    following, start = _text(told, "nextPageToken"), _text(told, "newStartPageToken")
    if not following and not start:
        raise Malformed("a page of changes that neither ends nor goes on")
    changes = tuple(_change(one) for one in _rows(told, "changes"))
    return ChangePage(changes, following or start, last=not following)


def drive_file(told: Told) -> DriveFile:
    """Read a file."""
    _hold(told, "drive#file")
    augmented = told.get("hasAugmentedPermissions")
    alone = told.get("inheritedPermissionsDisabled") is True
    return DriveFile(
        id=_needed(told, "id"),
        name=_text(told, "name"),
        media_type=_needed(told, "mimeType"),
        drive=_text(told, "driveId"),
        parents=_texts(told, "parents"),
        trashed=told.get("trashed") is True,
        modified_at=moment(_text(told, "modifiedTime")),
        checksum=_checksum(told),
        revision=_text(told, "headRevisionId"),
        counter=_text(told, "version"),
        size=int(size) if (size := _text(told, "size")).isdigit() else None,
        link=_text(told, "webViewLink"),
        formats=tuple(sorted(_object(told, "exportLinks"))),
        permissions=_permissions(told) if "permissions" in told else None,
        augmented=True if alone else augmented if isinstance(augmented, bool) else None,
    )


def permission_page(told: Told) -> tuple[tuple[Permission, ...], str]:
    """Read an answer of permissions.list, with the token of the next page."""
    _hold(told, "drive#permissionList")
    return _permissions(told), _text(told, "nextPageToken")


def drive_page(told: Told) -> tuple[tuple[str, ...], str]:
    """Read the ids of an answer of drives.list, with the token of the next page."""
    _hold(told, "drive#driveList")
    return tuple(_needed(one, "id") for one in _rows(told, "drives")), _text(told, "nextPageToken")


def start_token(told: Told) -> str:
    """Read an answer of changes.getStartPageToken."""
    return _needed(told, "startPageToken")


def somebody(told: Told) -> None:
    """Read an answer of about.get, which proves that we are let in."""
    _hold(told, "drive#about")


def operation(told: Told) -> Operation:
    """Read a long-running operation."""
    error = _text(_object(told, "error"), "message") or str(_object(told, "error") or "")
    uri = _text(_object(told, "response"), "downloadUri")
    done = told.get("done") is True
    if done and not uri and not error:
        raise Malformed("an export that is done but nowhere")
    return Operation(_needed(told, "name"), done, uri, error)


def _change(told: Told) -> Change:
    if told.get("changeType") == "drive":
        return Change("", _needed(told, "driveId"), None)
    there = told.get("removed") is not True
    file = drive_file(_object(told, "file")) if there else None
    return Change(_needed(told, "fileId"), _text(told, "driveId"), file)


def _permissions(told: Told) -> tuple[Permission, ...]:
    return tuple(
        Permission(
            kind=_needed(one, "type"),
            who=(_text(one, "emailAddress") or _text(one, "domain")).lower(),
            expires_at=moment(_text(one, "expirationTime")),
            counts=one.get("deleted") is not True and not _text(one, "view"),
        )
        for one in _rows(told, "permissions")
    )


def _checksum(told: Told) -> str:
    for kind in ("sha256", "md5"):
        if found := _text(told, f"{kind}Checksum"):
            return f"{kind}:{found.lower()}"
    return ""


def _hold(told: Told, kind: str) -> None:
    if told.get("kind") != kind:
        raise Malformed(f"an answer that is no {kind}")


def _rows(told: Told, name: str) -> Iterator[Told]:
    rows = told.get(name)
    if not isinstance(rows, list):
        raise Malformed(f"an answer without its {name}")
    for row in rows:
        if not isinstance(row, dict):
            raise Malformed(f"an answer with odd {name}")
        yield row


def _object(told: Told, name: str) -> Told:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _needed(told: Told, name: str) -> str:
    found = told.get(name)
    if not isinstance(found, str) or not found:
        raise Malformed(f"an answer without its {name}")
    return found


def _text(told: Told, name: str) -> str:
    found = told.get(name)
    return whole_characters(found) if isinstance(found, str) else ""


def _texts(told: Told, name: str) -> tuple[str, ...]:
    found = told.get(name)
    return tuple(str(one) for one in found) if isinstance(found, list) else ()
