"""YouTube's Data API v3, as its discovery document describes it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.hostile_server import Answer, Asked, page
from tests.vendors.google import old_refusal

if TYPE_CHECKING:
    from tests.vendors.youtube import Clip

KEY = "AIza-a-key-that-works"
ACCEPTED = {"content-type": "application/json; charset=UTF-8"}
_INVALID_KEY = {
    "code": 400,
    "message": "API key not valid. Please pass a valid API key.",
    "errors": [{"message": "API key not valid.", "domain": "global", "reason": "badRequest"}],
    "status": "INVALID_ARGUMENT",
    "details": [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": {"service": "youtube.googleapis.com"},
        }
    ],
}

Query = Mapping[str, str]


class DataApi:
    """Answers what is asked of the Data API, and counts what it costs."""

    def __init__(
        self,
        clips: Mapping[str, "Clip"],
        playlists: Mapping[str, Sequence[str]],
        handles: Mapping[str, str],
    ) -> None:
        self.units = 0
        self.revoked = False
        self.spent = False
        """Whether the quota of the day is used up."""
        self.tail = 0
        """So many items at the end of a playlist are left out of what is listed."""
        self._clips = clips
        self._playlists = playlists
        self._handles = handles
        self._age = 0
        """Of the page tokens that are taken."""

    def expire_tokens(self) -> None:
        """Take no page token any more that was given before."""
        self._age += 1

    def __call__(self, asked: Asked) -> Answer:
        parts = urlsplit(asked.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if asked.headers.get("x-goog-api-key", query.get("key")) != KEY or self.revoked:
            return page(json.dumps({"error": _INVALID_KEY}), 400, ACCEPTED)
        self.units += 1
        if self.spent:
            return old_refusal(403, "quotaExceeded", "The request exceeds your quota.")
        answers: dict[str, Callable[[Query], Answer]] = {
            "channels": self._channels,
            "playlistItems": self._items,
            "videos": self._videos,
        }
        return answers[parts.path.removeprefix("/youtube/v3/")](query)

    def _channels(self, query: Query) -> Answer:
        ids = query.get("id", self._handles.get(query.get("forHandle", ""), "")).split(",")
        known = [one for one in ids if one in self._handles.values()]
        items = [
            _item("channel", one, contentDetails={"relatedPlaylists": _related(one)})
            for one in known[: int(query.get("maxResults", "5"))]
        ]
        # Where there is none, it leaves the list itself out.
        return _list("channel", {"items": items} if items else {}, len(known))

    def _items(self, query: Query) -> Answer:
        playlist = query["playlistId"]
        videos = self._in(playlist)
        if videos is None:
            return old_refusal(404, "playlistNotFound", "The playlist cannot be found.")
        if "videoId" in query:
            videos = [one for one in videos if one == query["videoId"]]
        at = self._offset(query.get("pageToken", ""))
        if at is None:
            return old_refusal(400, "invalidPageToken", "The page token is not supported.")
        size = int(query.get("maxResults", "5"))
        shown = videos[: len(videos) - self.tail]
        some = shown[at : at + size]
        told: dict[str, Any] = {"items": [_in_list(playlist, one) for one in some]}
        if at + size < len(shown):
            told["nextPageToken"] = self._token(at + size)
        return _list("playlistItem", told, len(videos), size)

    def _videos(self, query: Query) -> Answer:
        found = [self._clips[one] for one in query["id"].split(",") if one in self._clips]
        items = [_video(clip) for clip in found if clip.privacy != "private"]
        return _list("video", {"items": items}, len(items))

    def _in(self, playlist: str) -> list[str] | None:
        """Give the videos of a playlist, the newest upload first."""
        if playlist in self._playlists:
            return list(self._playlists[playlist])
        channel = f"UC{playlist[2:]}"
        if channel not in self._handles.values() or not playlist.startswith("UU"):
            return None
        clips = reversed(list(self._clips.values()))
        return [one.id for one in clips if one.channel == channel and one.privacy == "public"]

    def _token(self, at: int) -> str:
        return urlsafe_b64encode(f"{self._age}:{at}".encode()).decode()

    def _offset(self, token: str) -> int | None:
        if not token:
            return 0
        age, _, at = urlsafe_b64decode(token).decode().partition(":")
        return int(at) if int(age) == self._age else None


def _list(kind: str, told: Mapping[str, Any], total: int, size: int = 5) -> Answer:
    info = {"totalResults": total, "resultsPerPage": size}
    body = {"kind": f"youtube#{kind}ListResponse", "etag": "e1", **told, "pageInfo": info}
    return page(json.dumps(body, indent=2), 200, ACCEPTED)


def _item(kind: str, id_: str, **parts: Any) -> dict[str, Any]:
    return {"kind": f"youtube#{kind}", "etag": f"e-{id_}", "id": id_, **parts}


def _related(channel: str) -> dict[str, str]:
    return {"likes": "", "uploads": f"UU{channel[2:]}"}


def _in_list(playlist: str, video: str) -> dict[str, Any]:
    return _item("playlistItem", f"{playlist}.{video}", contentDetails={"videoId": video})


def _video(clip: "Clip") -> dict[str, Any]:
    written = any(not track.generated for track in clip.tracks)
    return _item(
        "video",
        clip.id,
        snippet={
            "publishedAt": clip.published.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "channelId": clip.channel,
            "title": clip.title,
            "description": "",
            "liveBroadcastContent": "none",
        },
        contentDetails={"duration": f"PT{clip.seconds}S", "caption": str(written).lower()},
        status={"uploadStatus": "processed", "privacyStatus": clip.privacy},
    )
