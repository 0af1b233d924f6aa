"""What the Data API says of a video, and when its captions are looked at again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from zlib import crc32

_RHYTHM = (
    (timedelta(days=2), timedelta(hours=6)),
    (timedelta(days=14), timedelta(days=1)),
    (timedelta(days=60), timedelta(days=7)),
)
"""Up to which age captions are read again how often: they are made and mended when it is new."""


@dataclass(frozen=True, slots=True)
class Video:
    """One video as the Data API lists it."""

    id: str
    title: str
    published_at: datetime | None
    channel: str
    marks: tuple[str, ...]
    """What changes when the video does: its length, whether it is live, has captions of its own."""
    unlisted: bool = False

    @property
    def url(self) -> str:
        """Where people watch it."""
        return watch_url(self.id)


def watch_url(video: str) -> str:
    """Give the address where people watch a video."""
    return f"https://www.youtube.com/watch?v={video}"


def version_of(video: Video, now: datetime, recheck_days: int) -> str:
    """Give the version: another one where the video changed, or its captions are due again.

    No listing tells that captions were edited, and asking the player each time would have
    the address blocked. So each video has its own moments at which it is read again, spread
    evenly over the interval; between them an unchanged one is not asked for.
    """
    said = "\n".join((video.title, *video.marks))
    digest = sha256(said.encode()).hexdigest()[:16]
    interval = _interval(video, now, timedelta(days=recheck_days))
    return f"{digest}.{_turn(video.id, now, interval)}"


def _interval(video: Video, now: datetime, longest: timedelta) -> timedelta:
    age = now - video.published_at if video.published_at else None
    for limit, interval in _RHYTHM if age is not None else ():
        if age is not None and age < limit:
            return min(interval, longest)
    return longest


def _turn(video: str, now: datetime, interval: timedelta) -> str:
    seconds = int(interval.total_seconds())
    offset = crc32(video.encode()) % seconds
    return f"{seconds // 3600}h{(int(now.timestamp()) + offset) // seconds}"
