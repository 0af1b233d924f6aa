"""Every kind of source: how its settings are read and who reads its documents.

A new connector is one line in `_kinds`.
"""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from os.path import realpath
from pathlib import Path

from connectors.errors import CredentialsInvalid, CredentialsMissing, SettingsInvalid
from connectors.files import FilesConnector
from connectors.files_settings import parse_files
from connectors.gdrive_settings import parse_drive
from connectors.model import Source, SourceId, TenantId
from connectors.notion_settings import parse_notion
from connectors.port import Connector
from connectors.settings import did_you_mean, one_line, refuse_unknown
from connectors.surroundings import EVERYTHING, Allowed, ReadCredentials, Surroundings
from connectors.upload import UploadConnector
from connectors.web_settings import parse_web, reaches_private
from connectors.youtube_settings import SECRETS as YOUTUBE_SECRETS
from connectors.youtube_settings import check_secrets as check_youtube_secrets
from connectors.youtube_settings import check_youtube


@dataclass(frozen=True, slots=True)
class _Kind:
    """`check` raises SettingsInvalid; `open` checks too and builds.

    Where deletion is `explicit`, a document leaves only when a person removes it.
    """

    check: Callable[[Source, Allowed], object]
    open: Callable[[Source, Surroundings], Connector]
    explicit: bool = False
    credentials: frozenset[str] = frozenset()
    """The names of the secrets that it takes."""
    check_secrets: Callable[[Mapping[str, str]], None] = lambda _: None
    """Raises SettingsInvalid for secrets that cannot work, and repeats none."""
    needs: str = ""
    """Which of them it needs, as the command line takes them; "" where it may need none."""
    full_every: timedelta | None = None
    """How often everything is to be looked at, where most runs look at changes alone."""


def check(source: Source, allowed: Allowed = EVERYTHING) -> None:
    """Raise SettingsInvalid when the source cannot work as it is set; opens nothing."""
    _kind_of(source).check(source, allowed)


def open_connector(source: Source, surroundings: Surroundings) -> Connector:
    """Build the connector of a source; raises SettingsInvalid."""
    kind = _kind_of(source)
    if kind.needs:
        read = _telling(source, kind.needs, surroundings.credentials)
        surroundings = replace(surroundings, credentials=read)
    return kind.open(source, surroundings)


def is_explicit(source: Source) -> bool:
    """Say whether its documents leave only when a person removes them, so that none vanish."""
    return _kind_of(source).explicit


def full_scan_seconds(source: Source) -> int | None:
    """Say how often its kind needs to look at everything; None: every run does, or none need."""
    often = _kind_of(source).full_every
    return None if often is None else int(often.total_seconds())


def check_credentials(source: Source, secrets: Mapping[str, str]) -> None:
    """Raise SettingsInvalid for secrets that this kind of source does not have or cannot use."""
    kind = _kind_of(source)
    allowed = kind.credentials
    for name in sorted(secrets):
        if name not in allowed:
            raise SettingsInvalid(
                f"'{source.kind}' sources have no credential '{name}'{did_you_mean(name, allowed)} "
                + (f"Allowed: {', '.join(sorted(allowed))}." if allowed else "They need none.")
            )
    if secrets:
        kind.check_secrets(secrets)


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


def _telling(source: Source, needs: str, read: ReadCredentials) -> ReadCredentials:
    """Have whoever lacks the source's credentials hear which it needs and how to give them."""

    async def telling(tenant: TenantId, its: SourceId) -> Mapping[str, str]:
        try:
            return await read(tenant, its)
        except CredentialsMissing as missing:
            raise CredentialsMissing(
                f"The source has no credentials yet. Give them with: punnet source credentials "
                f"{shlex.quote(source.name)} --credential {needs}"
            ) from missing

    return telling


def _kinds() -> Mapping[str, _Kind]:
    return {
        "files": _Kind(_check_files, _open_files),
        "gdrive": _Kind(
            _check_gdrive,
            _open_gdrive,
            credentials=frozenset({"service_account", "oauth_client", "refresh_token"}),
            check_secrets=_check_google,
            needs="service_account=@FILE (or oauth_client=@FILE)",
            full_every=timedelta(days=7),
        ),
        "notion": _Kind(
            _check_notion,
            _open_notion,
            credentials=frozenset({"token"}),
            check_secrets=_check_token,
            needs="token=@FILE",
        ),
        "upload": _Kind(_check_upload, _open_upload, explicit=True),
        "web": _Kind(_check_web, _open_web),
        "youtube": _Kind(
            check_youtube,
            _open_youtube,
            credentials=YOUTUBE_SECRETS,
            check_secrets=check_youtube_secrets,
            needs="api_key=@FILE",
        ),
    }


def _check_files(source: Source, allowed: Allowed) -> None:
    path = parse_files(source.settings).path
    if allowed.roots is None:
        return
    # realpath, unlike Path.resolve, gives an answer for links that go round in circles.
    real = Path(realpath(path))
    if not any(real.is_relative_to(realpath(root)) for root in allowed.roots):
        named = ", ".join(f"'{root}'" for root in allowed.roots) or "no folder"
        raise SettingsInvalid(
            f"'path' must lie in a folder that the operator allows ({named}); '{path}' does not."
        )


def _open_files(source: Source, surroundings: Surroundings) -> Connector:
    _check_files(source, surroundings.allowed)
    return FilesConnector(parse_files(source.settings), surroundings.now)


def _check_notion(source: Source, _: Allowed) -> None:
    parse_notion(source.settings)


def _open_notion(source: Source, surroundings: Surroundings) -> Connector:
    # Here, since who only checks settings needs no client.
    from connectors.notion import NotionConnector

    return NotionConnector(source, parse_notion(source.settings), surroundings)


def _check_token(secrets: Mapping[str, str]) -> None:
    one_line(secrets, "token")


def _check_upload(source: Source, _: Allowed) -> None:
    refuse_unknown(source.settings, "upload", ())


def _open_upload(source: Source, surroundings: Surroundings) -> Connector:
    _check_upload(source, surroundings.allowed)
    return UploadConnector(source, surroundings.uploads)


def _check_web(source: Source, _: Allowed) -> None:
    parse_web(source.settings)


def _open_web(source: Source, surroundings: Surroundings) -> Connector:
    # Here, since who only checks settings needs no web client and no parsers.
    from connectors.web import Web, WebConnector

    web = Web(
        open_fetcher=surroundings.open_fetcher,
        frontier=surroundings.frontier,
        open_renderer=surroundings.open_renderer,
        now=surroundings.now,
        turns=surroundings.turns,
        new_id=surroundings.new_id,
    )
    return WebConnector(source, parse_web(source.settings), web)


def _open_youtube(source: Source, surroundings: Surroundings) -> Connector:
    settings = check_youtube(source, surroundings.allowed)
    # Here, since it imports Google's client.
    from connectors.youtube import YouTubeConnector

    return YouTubeConnector(source, settings, surroundings)


def _check_gdrive(source: Source, _: Allowed) -> None:
    parse_drive(source.settings)


def _open_gdrive(source: Source, surroundings: Surroundings) -> Connector:
    # Here, since Google's client is large.
    from connectors.gdrive import DriveConnector

    return DriveConnector(source, parse_drive(source.settings), surroundings)


def _check_google(secrets: Mapping[str, str]) -> None:
    from connectors.google_credentials import check_secrets

    try:
        check_secrets(secrets)
    except CredentialsInvalid as trouble:
        raise SettingsInvalid(str(trouble)) from trouble
