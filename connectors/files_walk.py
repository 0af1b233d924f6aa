"""Walk a folder in the order of its paths, leaving nothing out silently."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.errors import SourceUnavailable
from connectors.files_folder import Folder, LeavesFolder, Name, exhaustion_is_ours, reason
from connectors.files_settings import FilesSettings

Place = tuple[int, int]
"""Device and inode of a folder."""


@dataclass(frozen=True, slots=True)
class File:
    """A regular file that the settings take."""

    ref: str
    status: os.stat_result


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that should be a document, or a folder (its ref ends with a slash), and is not."""

    ref: str
    reason: str
    hides: bool = False
    """Whether documents may stand below it that nobody could see."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One name on the way; a folder's ref ends with a slash, so that refs sort as paths do."""

    ref: str
    name: Name
    above: frozenset[Place]

    @property
    def path(self) -> str:
        return self.ref.rstrip("/")


def walk(folder: Folder, settings: FilesSettings, after: str) -> Iterator[File | Unread]:
    """Give what comes after a ref, in order of ref; raises SourceUnavailable for the root.

    What a skipped folder holds comes wholly before `after`. A folder that cannot be listed
    is given as Unread, also when it stands before `after` but holds what comes behind it.
    """
    steps = _below_root(folder, settings)
    while steps:
        step = steps.pop()
        if not _comes_after(step.ref, after):
            continue
        if not step.ref.endswith("/"):
            yield _judge(folder, settings, step)
            continue
        try:
            with exhaustion_is_ours():
                steps.extend(_below(folder, settings, step))
        except FileNotFoundError:
            continue  # deleted since its name was read: its documents are asked for one by one
        except OSError as error:
            yield Unread(step.ref, _unlisted(error), hides=True)


def _comes_after(ref: str, after: str) -> bool:
    return ref > after or (ref.endswith("/") and after.startswith(ref))


def _below_root(folder: Folder, settings: FilesSettings) -> list[_Step]:
    try:
        root = folder.status("")
        return _steps(folder, settings, "", frozenset({(root.st_dev, root.st_ino)}))
    except OSError as error:
        raise SourceUnavailable(
            f"The folder '{settings.path}' cannot be listed ({reason(error)}). Check that "
            "Punnet may read it."
        ) from error


def _below(folder: Folder, settings: FilesSettings, step: _Step) -> list[_Step]:
    if not step.name.readable:
        raise OSError(None, _NOT_UTF8)
    if not settings.follow_symlinks:
        return _steps(folder, settings, step.ref, step.above)
    status = folder.status(step.path)
    place = (status.st_dev, status.st_ino)
    if place in step.above:
        raise OSError(None, "it is a link to a folder above itself; exclude it")
    return _steps(folder, settings, step.ref, step.above | {place})


def _steps(
    folder: Folder, settings: FilesSettings, prefix: str, above: frozenset[Place]
) -> list[_Step]:
    """List one folder; the last comes first, as a stack wants it."""
    steps: list[_Step] = []
    for name in folder.names(prefix):
        path = prefix + name.name
        if settings.selection.excludes(path):
            continue
        is_folder = _is_folder(folder, settings, path, name)
        if is_folder or settings.selection.takes(path):
            steps.append(_Step(f"{path}/" if is_folder else path, name, above))
    return sorted(steps, key=lambda step: step.ref, reverse=True)


def _is_folder(folder: Folder, settings: FilesSettings, path: str, name: Name) -> bool:
    if not (stat.S_ISLNK(name.status.st_mode) and settings.follow_symlinks):
        return stat.S_ISDIR(name.status.st_mode)
    try:
        return stat.S_ISDIR(folder.status(path).st_mode)
    except OSError:
        return False  # said of it where it is judged as a file


def _judge(folder: Folder, settings: FilesSettings, step: _Step) -> File | Unread:
    status = step.name.status
    try:
        if not step.name.readable:
            return Unread(step.ref, _NOT_UTF8)
        if stat.S_ISLNK(status.st_mode):
            if not settings.follow_symlinks:
                return Unread(step.ref, _LINK)
            status = folder.status(step.path)
    except LeavesFolder:
        return Unread(step.ref, "It is a link that leads out of the source's folder.")
    except OSError as error:
        return Unread(step.ref, f"It is a link that leads nowhere ({reason(error)}).")
    if not stat.S_ISREG(status.st_mode):
        return Unread(step.ref, "It is not a regular file but a pipe, socket or device.")
    return File(step.ref, status)


_NOT_UTF8 = "Its name is not UTF-8 and could not be asked for again: rename it."
_LINK = "It is a symbolic link: exclude it, or set 'follow_symlinks' to true."


def _unlisted(error: OSError) -> str:
    return (
        f"The folder cannot be listed ({reason(error)}), so nothing is deleted in this source: "
        "let Punnet read it, or exclude it."
    )
