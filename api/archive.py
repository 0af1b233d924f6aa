"""An archive of named files that says of itself what is in it, and is whole or refused."""

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

FORMAT = 1
MANIFEST = "manifest.json"
_LEVEL = 3
_PIECE = 1 << 20


class ArchiveFailed(Exception):
    """The archive cannot be written or must not be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file as it was when it was put in."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself."""

    format: int
    program: str
    """The version of Punnet that made it."""
    schema: str
    """Of the ledger in it."""
    made_at: str
    counts: Mapping[str, int]
    members: Mapping[str, Member]


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """Lend a private folder on the same disk, which is gone afterwards."""
    try:
        folder = tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise ArchiveFailed(f"Nothing can be written to {target.parent}: {error}.") from error
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def member(path: Path) -> Member:
    """Describe a file."""
    with path.open("rb") as file:
        return Member(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def pack(manifest: Manifest, files: Mapping[str, Path], to: Path) -> None:
    """Write the archive, durable before this returns."""
    with to.open("xb") as file:
        to.chmod(0o600)
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL) as archive:
            written = json.dumps(asdict(manifest), indent=1).encode()
            archive.addfile(_entry(MANIFEST, len(written)), io.BytesIO(written))
            for name, path in files.items():
                with path.open("rb") as content:
                    archive.addfile(_entry(name, manifest.members[name].size), content)
        file.flush()
        os.fsync(file.fileno())


def unpack(archive: Path, allowed: frozenset[str], into: Path) -> Manifest:
    """Write what is in an archive into an empty folder, each file checked, and give its manifest.

    Raises ArchiveFailed, with some of it written, for whatever is not exactly as the manifest
    says or does not belong.
    """
    try:
        with gzip.open(archive) as content, tarfile.open(fileobj=content, mode="r|") as entries:
            manifest = _unpacked(entries, allowed, into)
            while content.read(_PIECE):  # to the end, where what was packed is checked
                pass
            return manifest
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ArchiveFailed(f"{archive} is cut off, damaged or no backup: {error}.") from error
    except OSError as error:
        raise ArchiveFailed(f"{archive} cannot be read, or not be unpacked: {error}.") from error


def _unpacked(entries: tarfile.TarFile, allowed: frozenset[str], into: Path) -> Manifest:
    manifest = _manifest(entries)
    found = set()
    while entry := entries.next():
        said = manifest.members.get(entry.name)
        content = entries.extractfile(entry)
        if said is None or content is None or entry.name not in allowed or entry.name in found:
            raise ArchiveFailed(f"It holds '{entry.name[:80]}', which does not belong in a backup.")
        if entry.size != said.size or _written(content, into / entry.name) != said.sha256:
            raise ArchiveFailed(f"'{entry.name}' is not as it was when the backup was made.")
        found.add(entry.name)
    if missing := manifest.members.keys() - found:
        raise ArchiveFailed(f"It lacks {', '.join(sorted(missing))}.")
    return manifest


def _manifest(entries: tarfile.TarFile) -> Manifest:
    entry = entries.next()
    content = entries.extractfile(entry) if entry and entry.name == MANIFEST else None
    if content is None:
        raise ArchiveFailed("It is not a backup of Punnet: it does not begin with a manifest.")
    try:
        told = json.loads(content.read(_PIECE))
        if told["format"] > FORMAT:
            raise ArchiveFailed("A newer Punnet made it: install that one to restore it.")
        members = {name: Member(**one) for name, one in told["members"].items()}
        return Manifest(**{**told, "members": members})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ArchiveFailed(f"Its manifest cannot be understood: {error}.") from error


def _written(content: IO[bytes], path: Path) -> str:
    """Write a file to disk for good, and give its sha256."""
    hashed = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := content.read(_PIECE):
            hashed.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return hashed.hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry
