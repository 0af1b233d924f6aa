"""The lists of a `youtube` source, page after page: named videos, uploads, playlists."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from connectors.youtube_cursor import END, Standing
from connectors.youtube_data import PAGE, Listed, Uploads, YouTubeData
from connectors.youtube_settings import YouTubeSettings

_NAMED = "videos"
_MOST_SHORT = 5


@dataclass(frozen=True, slots=True)
class Part:
    """One page: ids of videos, and where the scan stands after it."""

    videos: tuple[str, ...]
    following: Standing


@dataclass(slots=True)
class Lists:
    """What a source lists, in a fixed order; without the Data API its named videos alone."""

    settings: YouTubeSettings
    data: YouTubeData | None
    uploads: Mapping[str, Uploads]
    """What the channels show, by how they are named."""
    _counted: dict[str, int] = field(default_factory=dict)

    @classmethod
    async def open(cls, settings: YouTubeSettings, data: YouTubeData | None) -> "Lists":
        """Find the channels' uploads; raises SourceUnavailable, CredentialsInvalid."""
        return cls(settings, data, await data.uploads(settings.channels) if data else {})

    @property
    def channels(self) -> frozenset[str]:
        """Ids of the channels that were found."""
        return frozenset(one.channel for one in self.uploads.values())

    @property
    def missing(self) -> tuple[str, ...]:
        """Channels that were not found."""
        return tuple(one for one in self.settings.channels if one not in self.uploads)

    async def part(self, standing: Standing) -> Part:
        """Give the page that the scan stands before; raises CursorExpired, SourceUnavailable."""
        if standing.listing not in self._order:
            standing = self._begun(standing)
        if standing.listing == _NAMED:
            return self._named(standing)
        if self.data is None or standing.listing == END:
            return Part((), self._after(standing))
        page = await self.data.page(standing.listing, standing.token)
        if page is None:
            doubt = f"There is no playlist {standing.listing}, or it is private: correct it"
            return Part((), _doubting(self._after(standing), doubt))
        counted = self._count(standing, page)
        if page.following:
            return Part(page.videos, replace(standing, token=page.following))
        return Part(page.videos, self._checked(self._after(standing), standing, counted, page))

    @property
    def _order(self) -> tuple[str, ...]:
        shown = (one.playlist for one in self.uploads.values())
        lists = (*shown, *self.settings.playlists) if self.data else ()
        named = (_NAMED,) if self.settings.videos else ()
        return tuple(dict.fromkeys((*named, *lists, END)))

    def _begun(self, standing: Standing) -> Standing:
        doubts = tuple(
            f"There is no channel {one}: correct it, its handle stands below its name"
            for one in self.missing
        )
        return replace(standing, listing=self._order[0], token="", doubts=doubts)

    def _after(self, standing: Standing) -> Standing:
        order = self._order
        following = min(order.index(standing.listing) + 1, len(order) - 1)
        return replace(standing, listing=order[following], token="")

    def _named(self, standing: Standing) -> Part:
        at = int(standing.token or 0)
        videos = self.settings.videos[at : at + PAGE]
        if at + PAGE < len(self.settings.videos):
            return Part(videos, replace(standing, token=str(at + PAGE)))
        return Part(videos, self._after(standing))

    def _count(self, standing: Standing, page: Listed) -> int | None:
        """Count the items so far; None for a list that an earlier run began."""
        before = self._counted.get(standing.listing) if standing.token else 0
        if before is None:
            return None
        self._counted[standing.listing] = before + len(page.videos)
        return self._counted[standing.listing]

    def _checked(
        self, following: Standing, standing: Standing, counted: int | None, page: Listed
    ) -> Standing:
        """Doubt a list that ends far short of its total; YouTube leaves a few out by itself."""
        if counted is None or page.total - counted <= max(_MOST_SHORT, page.total // 10):
            return following
        doubt = f"The list {standing.listing} gave {counted} of its {page.total} videos"
        return _doubting(following, doubt)


def _doubting(standing: Standing, doubt: str) -> Standing:
    return replace(standing, doubts=(*standing.doubts, doubt))
