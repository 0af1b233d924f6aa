"""Ask YouTube's Data API: channels, playlists and videos, never its search."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from googleapiclient.http import HttpRequest

from connectors.errors import CursorExpired, SourceUnavailable
from connectors.feeds import moment
from connectors.google_api import GoogleApi, Got, Read, Writes
from connectors.google_errors import GoogleRefused, Malformed, whole_characters
from connectors.model import Json
from connectors.youtube_video import Video

PAGE = 50
"""The most that one request gives, and the most ids that one may name. Each costs one unit."""
_PARTS = "snippet,contentDetails,status"

Answer = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a playlist: ids of videos, some of which may not be shown to us."""

    videos: tuple[str, ...]
    following: str
    """Token of the next page; "" after the last."""
    total: int
    """How many items the playlist is said to have."""


@dataclass(frozen=True, slots=True)
class Uploads:
    """A channel, and the playlist of all that it shows."""

    channel: str
    playlist: str


class YouTubeData:
    """Requests of the Data API v3. All raise SourceUnavailable and CredentialsInvalid."""

    def __init__(self, api: GoogleApi, writes: Writes) -> None:
        self._api = api
        self._writes = writes

    async def uploads(self, channels: Sequence[str]) -> Mapping[str, Uploads]:
        """Give of each channel, named by id or handle, what it shows, where there is such a one."""
        found: dict[str, Uploads] = {}
        ids = [one for one in channels if not one.startswith("@")]
        for at in range(0, len(ids), PAGE):
            some = await self._channels(id=",".join(ids[at : at + PAGE]), maxResults=PAGE)
            found |= {one.channel: one for one in some}
        for handle in channels:
            if handle.startswith("@") and (one := await self._channels(forHandle=handle)):
                found[handle] = one[0]
        return found

    async def page(self, playlist: str, token: str) -> Listed | None:
        """Give the page of a playlist that begins with this token; None: no such playlist.

        Raises CursorExpired where the token is worth nothing any more.
        """
        request = self._writes("playlistItems").list(
            part="contentDetails",
            playlistId=playlist,
            maxResults=PAGE,
            pageToken=token or None,
        )
        try:
            return await self._api.call(request, _listed)
        except GoogleRefused as error:
            if error.status in {403, 404}:
                return None
            if token and error.status in {400, 410}:
                raise CursorExpired(f"YouTube no longer takes the page token: {error}") from error
            raise _unexpected(error) from error

    async def holds(self, playlist: str, video: str) -> bool | None:
        """Say whether a playlist has the video; None: there is no such playlist."""
        request = self._writes("playlistItems").list(
            part="contentDetails", playlistId=playlist, videoId=video, maxResults=1
        )
        try:
            return video in (await self._api.call(request, _listed)).videos
        except GoogleRefused as error:
            if error.status not in {403, 404}:
                raise _unexpected(error) from error
            # It says so of a playlist and of a video that is not in it.
            return False if "videoNotFound" in error.reasons else None

    async def videos(self, ids: Collection[str]) -> Mapping[str, Video]:
        """Give those of up to 50 videos that are shown to us: public or unlisted."""
        if not ids:
            return {}
        request = self._writes("videos").list(part=_PARTS, id=",".join(ids))
        return {video.id: video for video in await self._ask(request, _videos)}

    async def _channels(self, **which: str | int) -> Sequence[Uploads]:
        request: HttpRequest = self._writes("channels").list(part="contentDetails", **which)
        return await self._ask(request, _uploads)

    async def _ask(self, request: HttpRequest, read: Read[Got]) -> Got:
        try:
            return await self._api.call(request, read)
        except GoogleRefused as error:
            raise _unexpected(error) from error


def _unexpected(error: GoogleRefused) -> SourceUnavailable:
    return SourceUnavailable(f"YouTube's Data API refuses what it should answer: {error}")


def _uploads(answer: Answer) -> Sequence[Uploads]:
    return [
        Uploads(_text(item, "id"), _text(item, "contentDetails", "relatedPlaylists", "uploads"))
        for item in _items(answer, "youtube#channelListResponse")
    ]


def _listed(answer: Answer) -> Listed:
    items = _items(answer, "youtube#playlistItemListResponse")
    total = _at(answer, "pageInfo", "totalResults")
    return Listed(
        videos=tuple(_text(item, "contentDetails", "videoId") for item in items),
        following=_text(answer, "nextPageToken") if "nextPageToken" in answer else "",
        total=total if isinstance(total, int) else 0,
    )


def _videos(answer: Answer) -> Sequence[Video]:
    return [_video(item) for item in _items(answer, "youtube#videoListResponse")]


def _video(item: Answer) -> Video:
    published = _at(item, "snippet", "publishedAt")
    marks = (
        ("contentDetails", "duration"),
        ("contentDetails", "caption"),
        ("snippet", "liveBroadcastContent"),
    )
    return Video(
        id=_text(item, "id"),
        title=_text(item, "snippet", "title"),
        published_at=moment(published) if isinstance(published, str) else None,
        channel=_text(item, "snippet", "channelId"),
        marks=tuple(str(_at(item, *mark)) for mark in marks),
        unlisted=_at(item, "status", "privacyStatus") == "unlisted",
    )


def _items(answer: Answer, kind: str) -> Sequence[Answer]:
    """Give the items of a list; one of nothing says that it has none, or it is no list."""
    items = answer.get("items", [] if _at(answer, "pageInfo", "totalResults") == 0 else None)
    if answer.get("kind") != kind or not isinstance(items, list):
        raise Malformed("an answer that is not the list asked for")
    if not all(isinstance(item, dict) for item in items):
        raise Malformed("a list of what are no items")
    return [item for item in items if isinstance(item, dict)]


def _text(answer: Answer, *names: str) -> str:
    found = _at(answer, *names)
    if not isinstance(found, str):
        raise Malformed(f"an item without '{'.'.join(names)}'")
    return whole_characters(found)


def _at(answer: Answer, *names: str) -> Json:
    found: Json = dict(answer)
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found
