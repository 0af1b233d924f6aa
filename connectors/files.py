"""Documents that are the files of a folder.

The content's sha256 decides whether a file changed. A file whose size, times and inode
are as they were is not read again, unless it changed so shortly before the last look that
a second change could have left the same times.
"""

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from urllib.parse import quote

from connectors.errors import DocumentUnreadable, SourceUnavailable
from connectors.failpoint import failpoint
from connectors.files_folder import Folder, TooLarge, exhaustion_is_ours, reason
from connectors.files_settings import FilesSettings
from connectors.files_walk import File, Unread, walk
from connectors.media_types import media_type_of
from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    Failure,
    KnownDocument,
    Page,
    Presence,
)

PAGE = 64
RACY_SECONDS = 2.0
"""The coarsest time stamp in use, FAT's: within it a file may change and look the same."""

_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


class FilesConnector:
    """Read a folder, recursively; refs are paths below it with forward slashes."""

    def __init__(self, settings: FilesSettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        items = _list_folder(self._settings, self._now, known, cursor or "")
        try:
            while batch := await asyncio.to_thread(lambda: list(islice(items, PAGE))):
                listed = tuple(item for item in batch if not isinstance(item, Completeness))
                failpoint("files.page")
                if listed:
                    yield Page(listed, Cursor(listed[-1].ref))
                if isinstance(batch[-1], Completeness):
                    yield batch[-1]
        finally:
            # After a cancellation the thread may still be at it; then the end of the
            # generator's last reference closes the folder.
            with suppress(ValueError):
                items.close()

    async def fetch(self, entry: Entry) -> Document:
        return await asyncio.to_thread(self._read, entry.ref)

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        return await asyncio.to_thread(self._look_for, refs)

    def _read(self, ref: str) -> Document:
        failpoint("files.fetch")
        folder = _open(self._settings)
        try:
            with exhaustion_is_ours():
                content, status = folder.read(ref, self._settings.max_bytes)
        except OSError as error:
            raise DocumentUnreadable(_unreadable(error, self._settings)) from error
        finally:
            folder.close()
        return Document(
            ref=ref,
            # Of these very bytes: the file may have changed since it was listed.
            version=f"sha256:{sha256(content).hexdigest()}",
            media_type=media_type_of(ref),
            content=content,
            url=_link(self._settings, ref),
            changed_at=_changed_at(status),
        )

    def _look_for(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        failpoint("files.confirm")
        try:
            folder = _open(self._settings)
        except SourceUnavailable:
            return dict.fromkeys(refs, Presence.UNKNOWN)
        try:
            census = _Census(folder)
            return {ref: self._presence(census, ref) for ref in refs}
        finally:
            folder.close()

    def _presence(self, census: "_Census", ref: str) -> Presence:
        # What the settings no longer take is gone from this source, wherever it lies.
        return census.presence(ref) if self._settings.selection.takes(ref) else Presence.GONE


class _Census:
    """Say what is on disk by listing folders, each at most once.

    Asking for a path instead would find `README.md` under the name `readme.md` where the
    file system does not tell upper from lower case.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._listed: dict[str, frozenset[str] | Presence] = {}

    def presence(self, ref: str) -> Presence:
        """Say whether a file, or anything else but a folder, stands under this ref."""
        above, _, name = ref.rpartition("/")
        if above not in self._listed:
            self._listed[above] = self._list(above)
        found = self._listed[above]
        if isinstance(found, Presence):
            return found
        return Presence.PRESENT if name in found else Presence.GONE

    def _list(self, above: str) -> frozenset[str] | Presence:
        try:
            with exhaustion_is_ours():
                names = self._folder.names(above)
        except SourceUnavailable:
            return Presence.UNKNOWN
        except OSError as error:
            return Presence.GONE if error.errno in _NOT_THERE else Presence.UNKNOWN
        return frozenset(one.name for one in names if not stat.S_ISDIR(one.status.st_mode))


class _Moves:
    """Find the place that a document came from, using each former place once."""

    def __init__(self, known: Mapping[str, KnownDocument], census: _Census) -> None:
        self._known = known
        self._census = census
        self._refs: dict[str, list[str]] | None = None

    def origin(self, version: str) -> str | None:
        """Give the first known ref of this content that is no longer on disk."""
        if self._refs is None:
            self._refs = {}
            for ref in sorted(self._known, reverse=True):
                self._refs.setdefault(self._known[ref].version, []).append(ref)
        refs = self._refs.get(version, [])
        while refs:
            ref = refs.pop()
            if self._census.presence(ref) is Presence.GONE:
                return ref
        return None


def _list_folder(
    settings: FilesSettings,
    now: Callable[[], datetime],
    known: Mapping[str, KnownDocument],
    after: str,
) -> Generator[Entry | Failure | Completeness]:
    """Give everything after a ref and, when all could be seen, the proof of it."""
    folder = _open(settings)
    try:
        complete = True
        judge = _Judge(folder, settings, now, known)
        for found in walk(folder, settings, after):
            if isinstance(found, File):
                yield from judge.entries(found)
                continue
            yield from _failures(found, known, after)
            complete = complete and not found.hides
        if not folder.still_there():
            raise SourceUnavailable(
                f"The folder '{settings.path}' was replaced while it was read; the next sync "
                "reads the new one."
            )
        yield Completeness(enumerates_all=complete)
    finally:
        folder.close()


def _failures(found: Unread, known: Mapping[str, KnownDocument], after: str) -> Iterator[Failure]:
    """Give the failure itself and, for a folder, one for each known document in it."""
    hidden = [ref for ref in known if ref.startswith(found.ref)] if found.hides else []
    for ref in sorted({found.ref, *hidden}):
        if ref > after:
            yield Failure(ref, found.reason)


class _Judge:
    """Decide what a file on disk is to us: as it was, changed, moved here, or unreadable."""

    def __init__(
        self,
        folder: Folder,
        settings: FilesSettings,
        now: Callable[[], datetime],
        known: Mapping[str, KnownDocument],
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._now = now
        self._known = known
        self._moves = _Moves(known, _Census(folder))

    def entries(self, file: File) -> Iterator[Entry | Failure]:
        """Give one entry or failure, or nothing when the file vanished meanwhile."""
        held = self._known.get(file.ref)
        if held and held.version and held.validators.get("stat") == _stamp(file.status):
            yield Entry(file.ref, held.version, held.validators)
        elif file.status.st_size > self._settings.max_bytes:
            yield Failure(file.ref, _too_large(file.status.st_size, self._settings))
        elif self._settings.settle_seconds and self._age(file) < self._settings.settle_seconds:
            yield self._unsettled(file, held)
        else:
            with suppress(FileNotFoundError):
                yield self._read(file, held)

    def _read(self, file: File, held: KnownDocument | None) -> Entry | Failure:
        try:
            with exhaustion_is_ours():
                digest = self._folder.digest(file.ref, self._settings.max_bytes)
        except FileNotFoundError:
            raise
        except OSError as error:
            return Failure(file.ref, _unreadable(error, self._settings))
        trusted = digest.steady and self._seconds_since(digest.status) >= RACY_SECONDS
        return Entry(
            ref=file.ref,
            version=digest.version,
            validators={"stat": _stamp(digest.status)} if trusted else {},
            moved_from=None if held else self._moves.origin(digest.version),
        )

    def _unsettled(self, file: File, held: KnownDocument | None) -> Entry | Failure:
        if held and held.version:
            return Entry(file.ref, held.version, held.validators)
        return Failure(
            file.ref,
            f"It changed less than {self._settings.settle_seconds} s ago ('settle_seconds') and "
            "may still be written; the next sync reads it.",
        )

    def _age(self, file: File) -> float:
        return self._now().timestamp() - file.status.st_mtime

    def _seconds_since(self, status: os.stat_result) -> float:
        return self._now().timestamp() - max(status.st_mtime, status.st_ctime)


def _open(settings: FilesSettings) -> Folder:
    return Folder(settings.path, follow_links=settings.follow_symlinks)


def _stamp(status: os.stat_result) -> str:
    """Name a state of a file; the change time moves even when the others are put back."""
    return (
        f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"
        f":{status.st_ino}:{status.st_dev}"
    )


def _changed_at(status: os.stat_result) -> datetime | None:
    try:
        return datetime.fromtimestamp(status.st_mtime, UTC)
    except (ValueError, OverflowError, OSError):
        return None  # a file system takes times far beyond the year 9999


def _too_large(size: int, settings: FilesSettings) -> str:
    return (
        f"It has {size / 1e6:.1f} MB, more than 'max_bytes' ({settings.max_bytes / 1e6:.1f} MB): "
        "raise the setting or exclude it."
    )


def _unreadable(error: OSError, settings: FilesSettings) -> str:
    if isinstance(error, TooLarge):
        return f"It grew past 'max_bytes' ({settings.max_bytes / 1e6:.1f} MB) while it was read."
    if isinstance(error, FileNotFoundError):
        return "It vanished after it was listed."
    return f"It cannot be read ({reason(error)}): let Punnet read it, or exclude it."


def _link(settings: FilesSettings, ref: str) -> str:
    # Where the folder lies on this machine is nothing that a reader should be told.
    return f"{settings.base_url}/{quote(ref)}" if settings.base_url else ""
