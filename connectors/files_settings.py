"""The settings of a `files` source, read and checked."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from connectors.errors import SettingsInvalid
from connectors.globs import Globs, compile_globs
from connectors.settings import Settings, refuse_unknown, switch, text, texts, whole_number

ALLOWED = frozenset(
    {
        "base_url",
        "default_excludes",
        "exclude",
        "follow_symlinks",
        "include",
        "max_bytes",
        "path",
        "settle_seconds",
    }
)
MAX_BYTES = 100 * 1000 * 1000
DEFAULT_EXCLUDES = (
    # hidden files, and what version control, builds, editors and systems leave behind
    *(".*", "node_modules", "__pycache__", "venv", "*.pyc", "Thumbs.db", "desktop.ini"),
    *("*~", "#*#", "*.swp", "*.swo", "*.tmp", "*.bak", "*.orig", "~$*", "*.part", "*.crdownload"),
    # what a page is dressed with: it holds no words
    *("*.css", "*.js", "*.mjs", "*.map", "*.woff", "*.woff2", "*.ttf", "*.otf", "*.eot"),
    *("*.png", "*.jpg", "*.jpeg", "*.gif", "*.webp", "*.avif", "*.svg", "*.ico", "*.bmp"),
    *("*.tif", "*.tiff", "*.heic", "*.mp3", "*.m4a", "*.wav", "*.ogg", "*.flac"),
    *("*.mp4", "*.m4v", "*.mov", "*.webm", "*.avi", "*.mkv"),
)
"""Never documents, unless `default_excludes` is false."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which paths of a folder are documents; a folder that matches stands for all below it."""

    include: Globs
    exclude: Globs

    def excludes(self, ref: str) -> bool:
        """Say whether this path is excluded by itself, not only by a folder above it."""
        return self.exclude.match(ref)

    def takes(self, ref: str) -> bool:
        """Say whether a file of this path is a document."""
        return _any_of(self.include, ref) and not _any_of(self.exclude, ref)


def _any_of(globs: Globs, ref: str) -> bool:
    parts = ref.split("/")
    return any(globs.match("/".join(parts[:depth])) for depth in range(len(parts), 0, -1))


@dataclass(frozen=True, slots=True)
class FilesSettings:
    """What a `files` source was told."""

    path: str
    base_url: str
    selection: Selection
    follow_symlinks: bool
    max_bytes: int
    settle_seconds: int


def parse_files(settings: Settings) -> FilesSettings:
    """Read the settings without looking at the disk; raises SettingsInvalid."""
    refuse_unknown(settings, "files", ALLOWED)
    exclude = tuple(map(_whole_folder, texts(settings, "exclude", ())))
    if switch(settings, "default_excludes", default=True):
        exclude = (*exclude, *DEFAULT_EXCLUDES)
    return FilesSettings(
        path=_path(text(settings, "path", "")),
        base_url=_base_url(text(settings, "base_url", "")),
        selection=Selection(
            include=compile_globs(texts(settings, "include", ()) or ("**",), "include"),
            exclude=compile_globs(exclude, "exclude"),
        ),
        follow_symlinks=switch(settings, "follow_symlinks", default=False),
        max_bytes=whole_number(settings, "max_bytes", MAX_BYTES, 1, 2**31),
        settle_seconds=whole_number(settings, "settle_seconds", 0, 0, 86_400),
    )


def _whole_folder(pattern: str) -> str:
    """Let `drafts/**` mean the folder itself, so that it is never even listed."""
    return f"/{pattern.removesuffix('/**')}" if pattern.endswith("/**") else pattern


def _path(path: str) -> str:
    if not path:
        raise SettingsInvalid("'path' is missing: give the folder to read, such as '/srv/docs'.")
    if not path.startswith("/"):
        raise SettingsInvalid(
            f"'path' must be absolute, so that it means the same to every process; '{path}' "
            "is not. Write the whole path, such as '/srv/docs'."
        )
    if ".." in PurePosixPath(path).parts:
        raise SettingsInvalid(f"'path' must not contain '..': write out where '{path}' leads.")
    return path


def _base_url(url: str) -> str:
    if url and not url.lower().startswith(("http://", "https://")):
        raise SettingsInvalid(f"'base_url' must begin with https:// or http://; '{url}' does not.")
    return url.rstrip("/")
