"""A folder on disk that reading never leaves, whatever links are laid in it."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from connectors.errors import SourceUnavailable

_CHUNK = 1024 * 1024
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})


class LeavesFolder(OSError):
    """A link leads out of the folder."""


class TooLarge(OSError):
    """A file holds more bytes than are read."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a folder lists: `status` is of the thing itself, not of what a link leads to."""

    name: str
    """As text that can be stored: bytes that are no UTF-8 are written out as `\\xe9`."""
    readable: bool
    """Whether the name is UTF-8, so that the file can be asked for by its name."""
    status: os.stat_result


@dataclass(frozen=True, slots=True)
class Digest:
    """What a file held at one moment."""

    version: str
    status: os.stat_result
    steady: bool
    """Whether the file's status was the same before and after it was read."""


class Folder:
    """List and read what stands below a folder.

    Paths are opened name by name from the folder's own descriptor without following
    links, so a link that is put in place in between cannot lead anywhere else. With
    `follow_links` a link is resolved first and must lead to somewhere in the folder.
    """

    def __init__(self, path: str, *, follow_links: bool) -> None:
        """Open the folder; raises SourceUnavailable."""
        self._path = path
        self._real = os.path.realpath(path)
        self._follow = follow_links
        try:
            self._root = os.open(self._real, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise SourceUnavailable(
                f"The folder '{path}' cannot be opened ({reason(error)}). Check that it exists, "
                "that its disk is mounted, and that Punnet may read it."
            ) from error

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._root)

    def still_there(self) -> bool:
        """Say whether the path still leads to the folder that was opened."""
        try:
            now, then = Path(self._path).stat(), os.fstat(self._root)
        except OSError:
            return False
        return (now.st_dev, now.st_ino) == (then.st_dev, then.st_ino)

    def names(self, ref: str) -> list[Name]:
        """List one folder, "" for the whole one; what vanishes meanwhile is left out."""
        descriptor = self._descend(self._parts(ref))
        try:
            with os.scandir(descriptor) as listing:
                return [name for entry in listing for name in _named(entry)]
        finally:
            os.close(descriptor)

    def status(self, ref: str) -> os.stat_result:
        """Look at what a path leads to: through links when they are followed."""
        parts = self._parts(ref)
        if not parts:
            return os.fstat(self._root)
        *above, name = parts
        descriptor = self._descend(above)
        try:
            return os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        finally:
            os.close(descriptor)

    def digest(self, ref: str, max_bytes: int) -> Digest:
        """Hash a file's content; raises TooLarge."""
        with self._opened(ref) as descriptor:
            before = os.fstat(descriptor)
            hashed = sha256()
            for piece in _pieces(descriptor, max_bytes):
                hashed.update(piece)
            steady = _same(before, os.fstat(descriptor))
        return Digest(f"sha256:{hashed.hexdigest()}", before, steady)

    def read(self, ref: str, max_bytes: int) -> tuple[bytes, os.stat_result]:
        """Read a file whole; raises TooLarge."""
        with self._opened(ref) as descriptor:
            return b"".join(_pieces(descriptor, max_bytes)), os.fstat(descriptor)

    @contextmanager
    def _opened(self, ref: str) -> Iterator[int]:
        *above, name = self._parts(ref)
        folder = self._descend(above)
        try:
            # Without O_NONBLOCK a pipe that took the file's place would hold us for ever.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(name, flags, dir_fd=folder)
        finally:
            os.close(folder)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            yield descriptor
        finally:
            os.close(descriptor)

    def _descend(self, parts: list[str]) -> int:
        descriptor = self._root
        for part in (".", *parts):
            above = descriptor
            try:
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                descriptor = os.open(part, flags, dir_fd=above)
            finally:
                if above != self._root:
                    os.close(above)
        return descriptor

    def _parts(self, ref: str) -> list[str]:
        parts = [part for part in ref.split("/") if part]
        if self._follow and parts:
            real = os.path.realpath("/".join((self._real, *parts)))
            inside = os.path.relpath(real, self._real)
            parts = [] if inside == "." else inside.split("/")
        if ".." in parts:
            raise LeavesFolder(errno.EXDEV, "it leads out of the source's folder")
        return parts


def reason(error: OSError) -> str:
    """Say in a few words what the system said."""
    return (error.strerror or str(error)).lower()


@contextmanager
def exhaustion_is_ours() -> Iterator[None]:
    """Raise SourceUnavailable where the machine ran out of something: no file is to blame."""
    try:
        yield
    except OSError as error:
        if error.errno in _EXHAUSTED:
            raise SourceUnavailable(f"This machine cannot read now: {reason(error)}.") from error
        raise


def _named(entry: "os.DirEntry[str]") -> Iterator[Name]:
    raw = os.fsencode(entry.name)
    name = raw.decode("utf-8", "backslashreplace")
    with suppress(FileNotFoundError):
        status = entry.stat(follow_symlinks=False)
        yield Name(name, name.encode() == raw, status)


def _pieces(descriptor: int, max_bytes: int) -> Iterator[bytes]:
    left = max_bytes
    while piece := os.read(descriptor, min(_CHUNK, left + 1)):
        left -= len(piece)
        if left < 0:
            raise TooLarge(errno.EFBIG, "it holds more than max_bytes")
        yield piece


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_size, one.st_mtime_ns, one.st_ctime_ns) == (
        other.st_size,
        other.st_mtime_ns,
        other.st_ctime_ns,
    )
