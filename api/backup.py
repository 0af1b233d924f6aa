"""Backups: everything of a home that cannot be made again, in one file, and back into a home."""

import os
import shutil
import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from api.archive import FORMAT, ArchiveFailed, Manifest, beside, member, pack, unpack
from api.home import Home, is_occupied
from api.settings import FILE_NAME, load_settings
from connectors.failpoint import failpoint
from ingest.adapters.ledger.copies import copy_ledger, examine, revive, sqlite_file
from ingest.errors import IngestError
from ingest.ports import Clock

LEDGER = "ledger.db"
SECRETS = "credentials.key"
"""What opens the credentials of sources, which lie sealed in the ledger."""
SMALL = (FILE_NAME, "pepper", "admin.key", "prepared.json", SECRETS)
"""Files of the home itself; those that are missing are made again, or stand in the settings."""


def back_up(home: Home, target: Path, at: datetime, *, secrets: bool) -> Manifest:
    """Write a consistent copy of a home into a new file, whoever works in it meanwhile.

    There is the whole file in the end or none. Raises ArchiveFailed.
    """
    ledger = sqlite_file(load_settings(home.path).ledger_url.get_secret_value())
    if ledger is None:
        raise ArchiveFailed("The ledger is on a server: back it up there (such as by pg_dump).")
    if target.exists():
        raise ArchiveFailed(f"{target} is there already: name another file, or move it away.")
    if not secrets and "credentials_key" in _written_settings(home):
        raise ArchiveFailed(
            f"{FILE_NAME} holds `credentials_key`, which the backup is to lack: keep the key in "
            f"the home's {SECRETS} or in PUNNET_CREDENTIALS_KEY."
        )
    with beside(target) as folder:
        try:
            copied = copy_ledger(ledger, folder / LEDGER)
            failpoint("backup.copied")
            for name in SMALL if secrets else SMALL[:-1]:
                if (home.path / name).exists():
                    shutil.copyfile(home.path / name, folder / name)
            files = {file.name: file for file in sorted(folder.iterdir())}
            members = {name: member(file) for name, file in files.items()}
            said = at.isoformat(timespec="seconds")
            manifest = Manifest(FORMAT, _program(), copied.schema, said, copied.counts, members)
            packed = folder / f"{target.name}.part"
            pack(manifest, files, packed)
            failpoint("backup.packed")
            packed.rename(target)
            _sync(target.parent)
        except (OSError, IngestError) as error:
            raise ArchiveFailed(f"No backup was made: {_reason(error)}.") from error
    return manifest


async def restore(archive: Path, home: Home, clock: Clock) -> Manifest:
    """Make a home of a backup, in a folder that is empty or not there; raises ArchiveFailed.

    All is checked, and brought to this program's schema, before the home is there at all. Its
    index is built when it starts.
    """
    _refuse_to_overwrite(home)
    try:
        home.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArchiveFailed(f"Nothing can be kept in {home.path}: {_reason(error)}.") from error
    with beside(home.path) as folder:
        staged = folder / "home"
        staged.mkdir(mode=0o700)
        manifest = unpack(archive, frozenset({LEDGER, *SMALL}), staged)
        try:
            if not (staged / LEDGER).exists():
                raise ArchiveFailed(f"{archive} holds no ledger.")
            ledger = _place_of_ledger(staged)
            examine(staged / LEDGER)
            await revive(f"sqlite+aiosqlite:///{staged / LEDGER}", clock)
            if ledger is not None:
                shutil.move(staged / LEDGER, ledger)
            staged.rename(home.path)
            _sync(home.path.parent)
        except (OSError, IngestError) as error:
            raise ArchiveFailed(f"Nothing was restored: {_reason(error)}.") from error
    return manifest


def _written_settings(home: Home) -> Mapping[str, object]:
    file = home.path / FILE_NAME
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _refuse_to_overwrite(home: Home) -> None:
    if home.path.exists() and is_occupied(home):
        raise ArchiveFailed(f"{home.path} is in use: restore into a new folder with --home.")
    if home.path.exists() and (not home.path.is_dir() or any(home.path.iterdir())):
        raise ArchiveFailed(
            f"{home.path} is not empty, and a restore overwrites nothing: give a new folder with "
            "--home, or move that one away."
        )


def _place_of_ledger(staged: Path) -> Path | None:
    """Say where the settings want the ledger; None: in the home, where it is."""
    place = sqlite_file(load_settings(staged).ledger_url.get_secret_value())
    if place == staged / LEDGER:
        return None
    if place is None:
        where = "on a server"
    # A log of writes that a ledger left behind would be played into this one.
    elif taken := [file for file in (place, Path(f"{place}-wal")) if file.exists()]:
        where = f"in {place}, but {taken[0]} is there already"
    else:
        return place
    raise ArchiveFailed(
        f"The settings (PUNNET_LEDGER_URL or {FILE_NAME}) keep the ledger {where}: set "
        "PUNNET_LEDGER_URL to where it shall lie."
    )


def _program() -> str:
    try:
        return version("punnet")
    except PackageNotFoundError:
        return ""


def _reason(error: Exception) -> str:
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return told.removesuffix(".")


def _sync(folder: Path) -> None:
    """Make a name in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
