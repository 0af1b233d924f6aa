"""Read what is said in the videos of channels and playlists."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from connectors.errors import CredentialsInvalid, DocumentUnreadable, SourceUnavailable
from connectors.failpoint import failpoint
from connectors.google_api import GoogleWorld, Writes, asking, service
from connectors.google_credentials import ApiKey
from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    KnownDocument,
    Page,
    Presence,
    Source,
)
from connectors.politeness import Pace
from connectors.surroundings import Surroundings
from connectors.youtube_captions import CaptionReader, Captions, Wanted, proxy_of
from connectors.youtube_cursor import END, standing_of
from connectors.youtube_data import PAGE, YouTubeData
from connectors.youtube_errors import Removed, Withheld
from connectors.youtube_lists import Lists
from connectors.youtube_settings import YouTubeSettings
from connectors.youtube_silence import (
    is_second_look,
    may_lose_words,
    version_to_list,
    witness,
)
from connectors.youtube_video import Video, version_of, watch_url

_DATA_RATE = 20.0
_VTT = "text/vtt"


class YouTubeConnector:
    """List videos by the Data API, and read their captions as YouTube's own pages do.

    A ref is the id of a video.
    """

    def __init__(
        self,
        source: Source,
        settings: YouTubeSettings,
        surroundings: Surroundings,
        within: float = 60.0,
    ) -> None:
        """`within` is how many seconds one answer may take."""
        self._source = source
        self._settings = settings
        self._around = surroundings
        self._within = within
        self._pace = Pace(settings.rate, surroundings.turns)
        self._known: Mapping[str, KnownDocument] = {}
        self._listed = ""
        """A video that the scan listed last: whoever asks for it must be told of it."""
        self._writes: Writes | None = None
        self._captions_come: bool | None = None
        """Whether YouTube shows captions to us; None: not tried."""

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        """List every video; see `version_of` for when its captions are read again."""
        standing = standing_of(cursor)
        self._known = known
        seen: set[str] = set()
        hidden: list[str] = []
        async with self._data() as data:
            lists = await Lists.open(self._settings, data)
            failpoint("youtube.resolved")
            while standing.listing != END:
                part = await lists.part(standing)
                new = [video for video in dict.fromkeys(part.videos) if video not in seen]
                entries = await self._entries(data, new)
                seen.update(entry.ref for entry in entries)
                hidden += [one for one in new if one in self._settings.videos and one not in seen]
                self._listed = entries[-1].ref if entries else self._listed
                standing = part.following
                failpoint("youtube.page")
                if entries:
                    yield Page(entries, standing.cursor())
        if standing.doubts and not known and not seen:
            raise SourceUnavailable(f"{'. '.join(standing.doubts)}.")
        notes = (f"YouTube does not show the video {one}: correct it" for one in hidden)
        yield Completeness(not standing.doubts, notes=(*standing.doubts, *notes))

    async def fetch(self, entry: Entry) -> Document:
        """Read the captions; a document of no words where a video has none."""
        failpoint("youtube.fetch")
        async with self._data() as data:
            video = (await self._videos(data, [entry.ref])).get(entry.ref)
        if video is None:
            raise DocumentUnreadable(_vanished("the Data API does not show it"))
        try:
            captions = await (await self._reader()).read(video.id)
        except Removed as error:
            raise DocumentUnreadable(_vanished(str(error))) from error
        except Withheld as error:
            await self._believe(entry, error)
            captions = Captions("", generated=False, title=video.title, vtt=b"")
        failpoint("youtube.read")
        return Document(
            ref=video.id,
            version=self._version(video, self._around.now()),
            media_type=_VTT,
            content=captions.vtt,
            title=video.title or captions.title,
            url=watch_url(video.id),
            changed_at=video.published_at,
        )

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        """Ask for each video by itself, and where it still is; one not named any more is gone."""
        failpoint("youtube.confirm")
        said: dict[str, Presence] = {}
        async with self._data() as data:
            if data is None:
                named = self._settings.videos
                return {ref: _unless(ref in named, Presence.UNKNOWN) for ref in refs}
            lists = await Lists.open(self._settings, data)
            size = PAGE - 1
            for some in (refs[at : at + size] for at in range(0, len(refs), size)):
                proof = {self._listed or self._other_than(some)} - {""}
                videos = await data.videos({*some, *proof})
                if proof <= videos.keys():
                    said |= {
                        ref: await self._presence(lists, data, videos.get(ref)) for ref in some
                    }
        return said

    def _other_than(self, refs: Sequence[str]) -> str:
        """Give a video to be told of where the scan resumed at its end, and listed none."""
        return next((ref for ref in self._known if ref not in refs), "")

    async def _presence(self, lists: Lists, data: YouTubeData, video: Video | None) -> Presence:
        """Say whether a video that YouTube shows, or not, is still one of this source's."""
        if video is None:
            return Presence.GONE
        if video.id in self._settings.videos:
            return Presence.PRESENT
        if video.channel in lists.channels and not video.unlisted:
            return Presence.PRESENT
        held = [await data.holds(playlist, video.id) for playlist in self._settings.playlists]
        if any(held):
            return Presence.PRESENT
        unclear = None in held or bool(lists.missing)
        return Presence.UNKNOWN if unclear else Presence.GONE

    async def _entries(self, data: YouTubeData | None, ids: Sequence[str]) -> tuple[Entry, ...]:
        """List those of the videos that are shown to us; the others, a playlist only names."""
        now = self._around.now()
        videos = await self._videos(data, ids)
        return tuple(
            Entry(one, version_to_list(self._version(video, now), self._known.get(one), now))
            for one in ids
            if (video := videos.get(one)) is not None
        )

    async def _videos(self, data: YouTubeData | None, ids: Sequence[str]) -> Mapping[str, Video]:
        """Give what is known of the videos; without the Data API no more than their ids."""
        if data is None:
            return {one: Video(one, "", None, "", ()) for one in ids}
        return await data.videos(ids)

    def _version(self, video: Video, now: datetime) -> str:
        return version_of(video, now, self._settings.recheck_days)

    async def _believe(self, entry: Entry, silent: Withheld) -> None:
        """Take a video for one without captions, or raise DocumentUnreadable to keep its text."""
        if not may_lose_words(entry):
            return
        if is_second_look(entry, self._around.now()) and await self._shown_captions(entry.ref):
            return
        raise DocumentUnreadable(
            f"It may have had captions, and now {silent}. The text that there is stays; it goes "
            "when that is so again on another day, while another video does have captions."
        )

    async def _shown_captions(self, video: str) -> bool:
        """Say whether YouTube shows captions to us now, tried once a run on another video."""
        if self._captions_come is None:
            other = witness(self._known, video)
            try:
                if other is not None:
                    await (await self._reader()).read(other)
                # Where we know of no other, that it was silent twice has to do.
                self._captions_come = bool(self._known)
            except (Withheld, DocumentUnreadable):
                self._captions_come = False
        return self._captions_come

    async def _reader(self) -> CaptionReader:
        settings, around = self._settings, self._around
        return CaptionReader(
            root=around.endpoints.youtube,
            wanted=Wanted(settings.languages, settings.generated),
            proxy=proxy_of(await self._secrets()),
            pace=self._pace,
            sleep=around.sleep,
            within=self._within,
        )

    @asynccontextmanager
    async def _data(self) -> AsyncIterator[YouTubeData | None]:
        """Open the Data API; None where there is no key, and none is needed."""
        key = (await self._secrets()).get("api_key", "").strip()
        if not key and self._settings.needs_key:
            raise CredentialsInvalid(
                "Channels and playlists are listed by the YouTube Data API: set the credential "
                "'api_key', an API key of a Google Cloud project in which it is switched on."
            )
        if not key:
            yield None
            return
        around = self._around
        pace = Pace(_DATA_RATE, around.turns)
        world = GoogleWorld(around.endpoints, pace, around.now, around.sleep, self._within)
        async with asking(ApiKey(key), world) as api:
            # The paths of this API name it themselves: it stands at the root.
            self._writes = self._writes or service("youtube", "v3", f"{around.endpoints.google}/")
            yield YouTubeData(api, self._writes)

    async def _secrets(self) -> Mapping[str, str]:
        try:
            return await self._around.credentials(self._source.tenant, self._source.id)
        except CredentialsInvalid:
            if self._settings.needs_key:
                raise
            return {}


def _vanished(why: str) -> str:
    return f"It was removed or made private after it was listed: {why}."


def _unless(named: bool, otherwise: Presence) -> Presence:  # noqa: FBT001
    return otherwise if named else Presence.GONE
