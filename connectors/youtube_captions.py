"""Read the captions of a video by youtube-transcript-api, and write them as WebVTT."""

import asyncio
import html
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import requests
from youtube_transcript_api import FetchedTranscript, Transcript, YouTubeTranscriptApi
from youtube_transcript_api._errors import YouTubeTranscriptApiException
from youtube_transcript_api.proxies import WebshareProxyConfig

from connectors.errors import CredentialsInvalid, DocumentUnreadable, SourceUnavailable
from connectors.patience import Patience, Trouble
from connectors.politeness import Pace
from connectors.youtube_errors import (
    UNGUARDED,
    Blocked,
    Garbled,
    Passing,
    Withheld,
    meaning,
)
from connectors.youtube_session import Exchange, opened

REST = timedelta(hours=6)
"""How long a source rests that YouTube has blocked: asking on makes blocks longer."""
_WITHIN = 60.0
_ROTATIONS = 5
"""Addresses of a proxy that changes them which are tried for one video."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """By what YouTube is asked; `rotates` where each connection has another address."""

    url: str = ""
    rotates: bool = False


def proxy_of(secrets: Mapping[str, str]) -> Proxy:
    """Give the proxy that a source's secrets name, or none; raises CredentialsInvalid."""
    user, password = secrets.get("webshare_user", ""), secrets.get("webshare_password", "")
    if user and password:
        return Proxy(WebshareProxyConfig(user, password).url, rotates=True)
    url = secrets.get("proxy", "").strip()
    if (url and urlsplit(url).scheme not in {"http", "https"}) or bool(user) != bool(password):
        raise CredentialsInvalid(
            "The credential 'proxy' must be an address such as http://user:password@host:port, "
            "and 'webshare_user' goes with 'webshare_password'."
        )
    return Proxy(url)


@dataclass(frozen=True, slots=True)
class Captions:
    """What is said in a video."""

    language: str
    generated: bool
    title: str
    """As the player shows it."""
    vtt: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which captions are taken: the first language that there is, written before generated."""

    languages: tuple[str, ...]
    generated: bool

    def choose(self, tracks: Iterable[Transcript]) -> Transcript | None:
        """Give the best track; a language also stands for its regions, `en` for `en-GB`."""
        for language in self.languages:
            fit = [
                track
                for track in tracks
                if f"{track.language_code.lower()}-".startswith(f"{language}-")
                and (self.generated or not track.is_generated)
            ]
            if fit:
                return min(fit, key=lambda track: (track.is_generated, len(track.language_code)))
        return None


@dataclass(frozen=True, slots=True)
class CaptionReader:
    """Ask YouTube for captions, one video at a time."""

    root: str
    wanted: Wanted
    proxy: Proxy
    pace: Pace
    sleep: Callable[[float], Awaitable[object]]
    within: float = _WITHIN

    async def read(self, video: str) -> Captions:
        """Give the captions of a video.

        Raises Withheld where YouTube plainly says that it has none for us, DocumentUnreadable
        where this one cannot be read, SourceUnavailable where none can.
        """
        host = urlsplit(self.root).netloc
        patience = Patience("YouTube", host, self.pace, _passing, self.sleep, self.within)
        garbled: list[Garbled] = []

        async def look() -> Captions:
            try:
                return await asyncio.to_thread(self._look, video)
            except Garbled as error:
                garbled.append(error)
                if len(garbled) > 1:
                    raise DocumentUnreadable(f"Its captions did not come: {error}.") from error
                raise

        try:
            return await patience.ask(look)
        except Blocked as error:
            raise SourceUnavailable(
                f"YouTube refuses to show captions to our address: {error}. Nothing is changed "
                "or deleted meanwhile. A `proxy` credential asks by another address.",
                after=REST,
            ) from error

    def _look(self, video: str) -> Captions:
        """Look once, or by several addresses where the proxy changes them."""
        until = time.monotonic() + self.within
        for _ in range(_ROTATIONS - 1 if self.proxy.rotates else 0):
            with suppress(Blocked):
                return self._ask(video, until)
        return self._ask(video, until)

    def _ask(self, video: str, until: float) -> Captions:
        # One session and one client for each look: neither is safe for several threads.
        exchange = Exchange(self.root, until)
        with closing(opened(exchange, self.root, self.proxy.url)) as session:
            try:
                tracks = YouTubeTranscriptApi(http_client=session).list(video)
                track = self.wanted.choose(tracks)
                if track is None:
                    there = ", ".join(sorted({each.language_code for each in tracks}))
                    raise Withheld(f"it has captions in none of the languages wanted, but: {there}")
                return _captions(track.fetch(), exchange)
            except requests.exceptions.ProxyError as error:
                if "407" in str(error):
                    raise CredentialsInvalid(
                        "The proxy wants another user or password: renew the credential."
                    ) from None  # theirs may name the password
                raise Passing("the proxy cannot be reached") from None
            except (YouTubeTranscriptApiException, requests.RequestException, *UNGUARDED) as error:
                raise meaning(error, exchange.player, exchange.asking) from error


def _captions(fetched: FetchedTranscript, exchange: Exchange) -> Captions:
    spoken = [
        (one.start, one.start + max(0.0, one.duration), text)
        for one in fetched.snippets
        if (text := " ".join(one.text.split()))
    ]
    if not spoken:
        raise Garbled("its captions came without a word")
    details = (exchange.player or {}).get("videoDetails")
    title = details.get("title") if isinstance(details, dict) else None
    return Captions(
        language=fetched.language_code,
        generated=fetched.is_generated,
        title=title if isinstance(title, str) else "",
        vtt=as_vtt(fetched.language_code, spoken),
    )


def as_vtt(language: str, spoken: Sequence[tuple[float, float, str]]) -> bytes:
    """Write what is said from second to second as WebVTT, by where it begins.

    Times are those on the screen and overlap.
    """
    cues = (
        f"{_clock(start)} --> {_clock(end)}\n{html.escape(text, quote=False)}\n"
        for start, end, text in sorted(spoken, key=lambda one: one[0])
    )
    return "\n".join((f"WEBVTT\nLanguage: {language}\n", *cues)).encode()


def _clock(seconds: float) -> str:
    thousandths = max(0, round(seconds * 1000))
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def _passing(error: Exception) -> Trouble | None:
    if isinstance(error, Passing | Garbled):
        return Trouble(str(error))
    return None
