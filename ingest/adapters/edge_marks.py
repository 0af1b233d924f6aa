"""What stands about an embedded index beside its files.

clean    there only while nobody has it open and the last process closed it
audited  there once it was known to hold what the ledger says; it goes with the shard

This file imports little: commands look at the marks before they start anything.
"""

import os
from pathlib import Path


def ended_unclean(directory: Path) -> bool:
    """Say whether there is an index whose last process did not close it."""
    return (directory / "shard").exists() and not (directory / "clean").exists()


def begin(directory: Path) -> None:
    """Note that the index is open now."""
    _take(directory, "clean")


def end(directory: Path) -> None:
    """Note that the index was closed with everything on disk."""
    _put(directory, "clean")


def is_audited(directory: Path) -> bool:
    """Say whether the shard that is there may be searched."""
    return (directory / "shard").exists() and (directory / "audited").exists()


def set_audited(directory: Path) -> None:
    """Note that the shard holds what the ledger says; it must be on disk before."""
    _put(directory, "audited")


def doubt(directory: Path) -> None:
    """Note that nothing is known of the shard that is made next."""
    _take(directory, "audited")


def sync(directory: Path) -> None:
    """Make the names in the directory survive a power cut."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _put(directory: Path, mark: str) -> None:
    (directory / mark).touch()
    sync(directory)


def _take(directory: Path, mark: str) -> None:
    (directory / mark).unlink(missing_ok=True)
    sync(directory)
