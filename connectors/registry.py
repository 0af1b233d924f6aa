"""Every kind of source: how its settings are read and who reads its documents.

A new connector is one line in `_kinds`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from os.path import realpath
from pathlib import Path
from uuid import uuid4

from connectors.errors import SettingsInvalid
from connectors.files import FilesConnector
from connectors.files_settings import parse_files
from connectors.model import Source
from connectors.port import Connector, Fetcher, Frontier, Renderer, UploadStore
from connectors.settings import did_you_mean, refuse_unknown
from connectors.upload import UploadConnector
from connectors.web_settings import Render, WebSettings, parse_web, reaches_private


def machine_time() -> datetime:
    """Tell this machine's time."""
    return datetime.now(UTC)


def web_client(settings: WebSettings) -> AbstractAsyncContextManager[Fetcher]:
    """Open the client that a `web` source asks with, within what its settings allow."""
    from connectors.http import HttpLimits, WebClient

    return WebClient(
        settings.user_agent,
        may_be_private=settings.may_be_private,
        limits=HttpLimits(max_bytes=settings.max_bytes),
    )


def browser(
    fetcher: Fetcher, settings: WebSettings
) -> AbstractAsyncContextManager[Renderer | None]:
    """Open what runs the scripts of pages, or nothing where none is wanted or installed.

    Raises SettingsInvalid where the settings insist on it.
    """
    from connectors.render import chromium_renderer

    if settings.render is Render.NEVER:
        return nullcontext()
    try:
        return chromium_renderer(fetcher, settings.user_agent)
    except SettingsInvalid:
        if settings.render is Render.ALWAYS:
            raise
        return nullcontext()


def random_id() -> str:
    """Make an id that was never used before."""
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What connectors may need beside their settings."""

    uploads: UploadStore
    frontier: Frontier
    allowed_roots: Sequence[Path] | None
    """The folders that `files` sources may read in; None: any."""
    open_fetcher: Callable[[WebSettings], AbstractAsyncContextManager[Fetcher]] = web_client
    open_renderer: Callable[
        [Fetcher, WebSettings], AbstractAsyncContextManager[Renderer | None]
    ] = browser
    now: Callable[[], datetime] = machine_time
    """In UTC."""
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    new_id: Callable[[], str] = random_id


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


def open_connector(source: Source, surroundings: Surroundings) -> Connector:
    """Build the connector of a source; raises SettingsInvalid."""
    return _kind_of(source).open(source, surroundings)


def is_explicit(source: Source) -> bool:
    """Say whether its documents leave only when a person removes them, so that none vanish."""
    return _kind_of(source).explicit


def is_private(source: Source) -> bool:
    """Say whether it reads in private networks, which only an admin may let it.

    Raises SettingsInvalid.
    """
    return source.kind == "web" and reaches_private(source.settings)


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
        "web": _Kind(_check_web, _open_web),
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


def _check_web(source: Source, _: Sequence[Path] | None) -> None:
    parse_web(source.settings)


def _open_web(source: Source, surroundings: Surroundings) -> Connector:
    # Here, since who only checks settings needs no web client and no parsers.
    from connectors.web import Web, WebConnector

    web = Web(
        open_fetcher=surroundings.open_fetcher,
        frontier=surroundings.frontier,
        open_renderer=surroundings.open_renderer,
        now=surroundings.now,
        monotonic=surroundings.monotonic,
        sleep=surroundings.sleep,
        new_id=surroundings.new_id,
    )
    return WebConnector(source, parse_web(source.settings), web)
