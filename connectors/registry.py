"""Every kind of source: how its settings are read and who reads its documents.

A new connector is one line in `_kinds`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from os.path import realpath
from pathlib import Path

from connectors.errors import SettingsInvalid
from connectors.files import FilesConnector
from connectors.files_settings import parse_files
from connectors.model import Source
from connectors.port import Connector, UploadStore
from connectors.settings import did_you_mean, refuse_unknown
from connectors.upload import UploadConnector


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What connectors may need beside their settings."""

    uploads: UploadStore
    allowed_roots: Sequence[Path] | None
    """The folders that `files` sources may read in; None: any."""
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Kind:
    """`check` raises SettingsInvalid; `open` checks too and builds.

    Where deletion is `explicit`, a document leaves only when a person removes it.
    """

    check: Callable[[Source, Sequence[Path] | None], object]
    open: Callable[[Source, Surroundings], Connector]
    explicit: bool = False


def check(source: Source, allowed_roots: Sequence[Path] | None = None) -> None:
    """Raise SettingsInvalid when the source cannot work as it is set; opens nothing."""
    _kind_of(source).check(source, allowed_roots)


def open_connector(
    source: Source,
    uploads: UploadStore,
    allowed_roots: Sequence[Path] | None,
    now: Callable[[], datetime] | None = None,
) -> Connector:
    """Build the connector of a source; raises SettingsInvalid.

    `allowed_roots` are the folders that a `files` source may read in, None any; `now`
    tells the time in UTC, by the machine's clock unless given.
    """
    surroundings = Surroundings(uploads, allowed_roots, now or _machine_time)
    return _kind_of(source).open(source, surroundings)


def is_explicit(source: Source) -> bool:
    """Say whether its documents leave only when a person removes them, so that none vanish."""
    return _kind_of(source).explicit


def _kind_of(source: Source) -> _Kind:
    table = _kinds()
    if source.kind not in table:
        raise SettingsInvalid(
            f"There is no kind of source '{source.kind}'{did_you_mean(source.kind, table)} "
            f"Kinds: {', '.join(sorted(table))}."
        )
    return table[source.kind]


def _kinds() -> Mapping[str, _Kind]:
    return {
        "files": _Kind(_check_files, _open_files),
        "upload": _Kind(_check_upload, _open_upload, explicit=True),
    }


def _check_files(source: Source, allowed_roots: Sequence[Path] | None) -> None:
    path = parse_files(source.settings).path
    if allowed_roots is None:
        return
    # realpath, unlike Path.resolve, gives an answer for links that go round in circles.
    real = Path(realpath(path))
    if not any(real.is_relative_to(realpath(root)) for root in allowed_roots):
        allowed = ", ".join(f"'{root}'" for root in allowed_roots) or "no folder"
        raise SettingsInvalid(
            f"'path' must lie in a folder that the operator allows ({allowed}); '{path}' does not."
        )


def _open_files(source: Source, surroundings: Surroundings) -> Connector:
    _check_files(source, surroundings.allowed_roots)
    return FilesConnector(parse_files(source.settings), surroundings.now)


def _check_upload(source: Source, _: Sequence[Path] | None) -> None:
    refuse_unknown(source.settings, "upload", ())


def _open_upload(source: Source, surroundings: Surroundings) -> Connector:
    _check_upload(source, surroundings.allowed_roots)
    return UploadConnector(source, surroundings.uploads)


def _machine_time() -> datetime:
    return datetime.now(UTC)
