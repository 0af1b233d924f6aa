"""The settings of a `youtube` source, read and checked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

from connectors.errors import SettingsInvalid
from connectors.model import Source
from connectors.settings import (
    Settings,
    one_line,
    rate,
    refuse_unknown,
    switch,
    texts,
    whole_number,
)
from connectors.surroundings import Allowed

ALLOWED = frozenset(
    {"channels", "generated", "languages", "playlists", "rate", "recheck_days", "videos"}
)
SECRETS = frozenset({"api_key", "proxy", "webshare_password", "webshare_user"})
"""Names of the credentials that it takes."""
_MOST_NAMED = 500
_HOSTS = frozenset({"youtube.com", "m.youtube.com", "www.youtube.com", "youtu.be"})
_HANDLE = re.compile(r"@[^\s/?#&@]{1,100}")
_CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)
_PLAYLIST = re.compile(r"(?!RD|UC)[A-Z]{2}[\w-]{8,80}", re.ASCII)
_VIDEO = re.compile(r"[\w-]{11}", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_VIDEO_PATHS = frozenset({"embed", "live", "shorts", "v"})


@dataclass(frozen=True, slots=True)
class YouTubeSettings:
    """What a `youtube` source was told; each video, channel and playlist once."""

    channels: tuple[str, ...]
    """Ids, or handles with their @."""
    playlists: tuple[str, ...]
    videos: tuple[str, ...]
    languages: tuple[str, ...]
    """In lower case, the best one first."""
    generated: bool
    rate: float
    """Videos a second whose captions are asked for."""
    recheck_days: int
    """After so long the captions of an old video are read again, in case they were edited."""

    @property
    def needs_key(self) -> bool:
        """Whether there is anything that only the Data API can list."""
        return bool(self.channels or self.playlists)


def check_youtube(source: Source, allowed: Allowed) -> YouTubeSettings:
    """Give the settings; raises SettingsInvalid, also where the operator has not allowed it."""
    if not allowed.youtube:
        raise SettingsInvalid(
            "'youtube' sources are off. Captions come by an interface that YouTube made for its "
            "own pages: it is undocumented, its terms of service may not let you use it, and it "
            "blocks addresses that ask much, most of all those of clouds. The operator turns them "
            "on with PUNNET_YOUTUBE=true."
        )
    return parse_youtube(source.settings)


def parse_youtube(settings: Settings) -> YouTubeSettings:
    """Read the settings; raises SettingsInvalid."""
    refuse_unknown(settings, "youtube", ALLOWED)
    read = YouTubeSettings(
        channels=_each(settings, "channels", _channel),
        playlists=_each(settings, "playlists", _playlist),
        videos=_each(settings, "videos", _video),
        languages=_each(settings, "languages", _language, ("en",)),
        generated=switch(settings, "generated", default=True),
        rate=rate(settings, 0.2, "videos"),
        recheck_days=whole_number(settings, "recheck_days", 30, 1, 365),
    )
    if not (read.channels or read.playlists or read.videos):
        raise SettingsInvalid(
            "'youtube' sources need 'channels' (such as '@handle') or 'playlists', both of which "
            "take the credential 'api_key', or 'videos', which need none."
        )
    if not read.languages:
        raise SettingsInvalid("'languages' must name at least one, such as 'en'.")
    return read


def check_secrets(secrets: Mapping[str, str]) -> None:
    """Raise SettingsInvalid for credentials that cannot be what they are called."""
    one_line(secrets, "api_key")
    if ("webshare_user" in secrets) != ("webshare_password" in secrets):
        raise SettingsInvalid("The credential 'webshare_user' goes with 'webshare_password'.")
    if "proxy" in secrets and not _is_proxy(secrets["proxy"].strip()):
        raise SettingsInvalid(
            "The credential 'proxy' must be an address such as http://user:password@host:port."
        )


def _is_proxy(written: str) -> bool:
    try:
        parts = urlsplit(written)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _each(
    settings: Settings,
    name: str,
    read: Callable[[str], str],
    default: tuple[str, ...] = (),
) -> tuple[str, ...]:
    written = texts(settings, name, default)
    if len(written) > _MOST_NAMED:
        raise SettingsInvalid(f"'{name}' may name {_MOST_NAMED} at most, not {len(written)}.")
    return tuple(dict.fromkeys(read(one.strip()) for one in written))


def _channel(written: str) -> str:
    segments = [part for part in _address(written).path.split("/") if part]
    found = segments[1] if segments[:1] == ["channel"] and len(segments) > 1 else ""
    found = found or (segments[0] if segments else written)
    if _CHANNEL.fullmatch(found) or _HANDLE.fullmatch(found):
        return found
    raise SettingsInvalid(
        f"'channels' takes a handle ('@acme'), a channel id ('UC' and 22 characters) or the "
        f"address of either, not '{written}'. The handle stands below the channel's name."
    )


def _playlist(written: str) -> str:
    found = parse_qs(_address(written).query).get("list", [written])[0]
    if _PLAYLIST.fullmatch(found):
        return found
    raise SettingsInvalid(
        f"'playlists' takes a playlist's id (such as 'PL…') or its address, not '{written}'. "
        "A mix, which YouTube makes for each viewer, is none."
    )


def _video(written: str) -> str:
    parts = _address(written)
    segments = [part for part in parts.path.split("/") if part]
    found = parse_qs(parts.query).get("v", [""])[0]
    if parts.hostname == "youtu.be" and segments:
        found = segments[0]
    elif segments[:1] and segments[0] in _VIDEO_PATHS and len(segments) > 1:
        found = segments[1]
    found = found or written
    if _VIDEO.fullmatch(found):
        return found
    raise SettingsInvalid(
        f"'videos' takes a video's id (11 characters) or its address, not '{written}'."
    )


def _language(written: str) -> str:
    if not _LANGUAGE.fullmatch(written):
        raise SettingsInvalid(f"'languages' takes codes such as 'en' or 'pt-BR', not '{written}'.")
    return written.lower()


def _address(written: str) -> SplitResult:
    """Take an address of YouTube apart; anything else gives one of no parts."""
    marked = written if "://" in written else f"https://{written}"
    try:
        parts = urlsplit(marked)
        ours = parts.hostname in _HOSTS
    except ValueError:
        ours = False
    return parts if ours else SplitResult("", "", "", "", "")
