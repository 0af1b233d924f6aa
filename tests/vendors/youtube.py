"""YouTube, as far as Punnet asks it: watch pages, the player, captions and the Data API.

The shapes of pages, player answers and captions are those of recordings; the Data API was
never recorded, and `tests/unit/test_youtube_fake.py` holds its answers against the discovery
document. Try it by hand: `python -m tests.vendors.youtube --port 9303`.
"""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from tests.hostile_server import Answer, Asked, page, redirect
from tests.vendors.youtube_data import ACCEPTED, DataApi

KEY = "AIza-a-key-that-works"
CHANNEL = "UCpunnetpunnetpunnet0000"
HANDLE = "@punnet"
UPLOADS = f"UU{CHANNEL[2:]}"
_WEB_KEY = "AIzaXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
_NAMES = {"en": "English", "de": "German", "en-GB": "English (United Kingdom)"}

Line = tuple[float, float, str]
"""When it is shown, for how long, and what."""


@dataclass(frozen=True)
class Track:
    language: str
    lines: tuple[Line, ...]
    generated: bool = False


@dataclass(frozen=True)
class Clip:
    """One video, as its owner left it."""

    id: str
    title: str
    tracks: tuple[Track, ...]
    published: datetime
    seconds: int = 60
    privacy: str = "public"
    channel: str = CHANNEL
    playability: Mapping[str, object] = field(default_factory=lambda: {"status": "OK"})


UNPLAYABLE = {"status": "UNPLAYABLE", "reason": "Join this channel to watch"}
AGE = {"status": "LOGIN_REQUIRED", "reason": "This video may be inappropriate for some users."}


class FakeYouTube:
    """Answers requests by what was done to it before."""

    def __init__(self) -> None:
        self.clips: dict[str, Clip] = {}
        self.playlists: dict[str, list[str]] = {}
        self.blocked = ""
        """How it blocks: `bot`, `429`, `captcha`, `sorry`, `pot`, or `silent`."""
        self.consent = False
        """Whether it asks for consent to cookies first."""
        self.empty_captions = ""
        """What it sends in place of captions, if anything."""
        self.data = DataApi(self.clips, self.playlists, {HANDLE: CHANNEL})
        self.now = datetime(2026, 11, 1, tzinfo=UTC)

    # --- what owners do ---------------------------------------------------------------

    def put(self, video: str, said: str, *, title: str = "", language: str = "en") -> None:
        """Publish a video that says this, or cut one anew."""
        track = Track(language, ((0.0, 4.0, said),))
        before = self.clips.get(video)
        if before is None:
            self.clips[video] = Clip(video, title or video, (track,), self.now)
        else:
            self.clips[video] = replace(before, tracks=(track,), seconds=before.seconds + 1)

    def caption(self, video: str, *tracks: Track) -> None:
        """Give it these captions, and no others; nothing else tells of it."""
        self.clips[video] = replace(self.clips[video], tracks=tracks)

    def change(self, video: str, **what: object) -> None:
        """Change title, privacy, length, channel or playability."""
        self.clips[video] = replace(self.clips[video], **what)  # type: ignore[arg-type]

    def remove(self, video: str) -> Clip:
        return self.clips.pop(video)

    def restore(self, clip: Clip) -> None:
        self.clips[clip.id] = clip

    # --- what YouTube answers ---------------------------------------------------------

    def __call__(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if path.startswith("/youtube/v3/"):
            return self.data(asked)
        if self.blocked == "429":
            return page("<html>Too Many Requests</html>", 429)
        if self.blocked == "sorry":
            return redirect("https://www.google.com/sorry/index?continue=x")
        if path == "/watch":
            return self._watch(asked)
        if path == "/youtubei/v1/player":
            return self._player(asked)
        if path == "/api/timedtext":
            return self._captions(asked)
        return page("<html>404 Not Found</html>", 404)

    def _watch(self, asked: Asked) -> Answer:
        if self.consent and "CONSENT=YES+cb." not in asked.headers.get("cookie", ""):
            return page(_CONSENT)
        if self.blocked == "captcha":
            return page('<html><form><div class="g-recaptcha"></div></form></html>')
        config = {"HL": "en", "INNERTUBE_API_KEY": _WEB_KEY, "INNERTUBE_API_VERSION": "v1"}
        body = json.dumps(config, separators=(",", ":"))
        return page(f"<!DOCTYPE html><html><script>ytcfg.set({body});</script></html>")

    def _player(self, asked: Asked) -> Answer:
        told = json.loads(asked.body)
        assert told["context"]["client"]["clientName"] == "ANDROID"
        return page(json.dumps(self._shown(told["videoId"])), 200, ACCEPTED)

    def _shown(self, video: str) -> dict[str, object]:
        if self.blocked == "bot":
            reason = "Sign in to confirm you\u2019re not a bot"
            return {"playabilityStatus": {"status": "LOGIN_REQUIRED", "reason": reason}}
        clip = self.clips.get(video)
        if clip is None or clip.privacy == "private":
            reason = "This video is unavailable" if clip is None else "This video is private"
            status = "ERROR" if clip is None else "LOGIN_REQUIRED"
            return {"playabilityStatus": {"status": status, "reason": reason}}
        shown: dict[str, object] = {"playabilityStatus": dict(clip.playability)}
        if clip.playability["status"] == "OK":
            details = {"videoId": clip.id, "title": clip.title, "lengthSeconds": str(clip.seconds)}
            shown["videoDetails"] = details
        if clip.tracks and self.blocked != "silent":
            tracks = [self._track(clip, track) for track in clip.tracks]
            shown["captions"] = {"playerCaptionsTracklistRenderer": {"captionTracks": tracks}}
        return shown

    def _track(self, clip: Clip, track: Track) -> dict[str, object]:
        kind = "&kind=asr" if track.generated else ""
        proof = "&exp=xpe" if self.blocked == "pot" else ""
        name = _NAMES.get(track.language, track.language)
        shown: dict[str, object] = {
            "baseUrl": f"https://www.youtube.com/api/timedtext?v={clip.id}&caps=asr&expire=1749680182"
            f"{proof}{kind}&lang={track.language}&fmt=srv3",
            "name": {"runs": [{"text": f"{name} (auto-generated)" if kind else name}]},
            "vssId": f"{'a' if kind else ''}.{track.language}",
            "languageCode": track.language,
            "isTranslatable": True,
            "trackName": "",
        }
        return shown | ({"kind": "asr"} if track.generated else {})

    def _captions(self, asked: Asked) -> Answer:
        if self.empty_captions:
            return page(self.empty_captions.strip("."))
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        assert query.get("fmt") != "srv3"
        clip = self.clips[query["v"]]
        wanted = (query["lang"], query.get("kind") == "asr")
        lines = next(one.lines for one in clip.tracks if (one.language, one.generated) == wanted)
        return page(timed_text(lines), 200, {"content-type": "text/xml; charset=UTF-8"})


def timed_text(lines: Sequence[Line]) -> str:
    """Write captions as the recordings have them: text that is HTML, within XML."""
    rows = "".join(_row(line) for line in lines)
    return f'<?xml version="1.0" encoding="utf-8" ?><transcript>{rows}</transcript>'


def _row(line: Line) -> str:
    start, duration, text = line
    return f'<text start="{start:g}" dur="{duration:g}">{escape(html.escape(text))}</text>'


def clips(count: int) -> Iterable[str]:
    """Ids of videos."""
    return (f"video-{number:05}" for number in range(count))


_CONSENT = """<!DOCTYPE html><html lang="de"><body>
<form action="https://consent.youtube.com/s" method="POST" style="display:inline;">
<input type="hidden" name="v" value="cb.20210328-17-p0.de+FX+119"></form></body></html>"""


if __name__ == "__main__":
    from tests.vendors.youtube_server import main

    main()
