"""A `youtube` source over the fake, in a world whose clocks only tests move."""

import hashlib
import html
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from connectors.endpoints import Endpoints
from connectors.model import Document, Json, Source, SourceId, TenantId
from connectors.politeness import Turns
from connectors.surroundings import EVERYTHING, Surroundings
from connectors.youtube import YouTubeConnector
from connectors.youtube_settings import parse_youtube
from tests.fakes import MemoryUploads
from tests.faulty import Faults, served
from tests.frontier import MemoryFrontier
from tests.vendors.youtube import HANDLE, KEY, FakeYouTube

SOURCE = Source(SourceId("s"), TenantId("acme"), "youtube", "Films", {})
CHANNEL: Mapping[str, Json] = {"channels": [HANDLE], "rate": 1000}


@dataclass
class World:
    """What a connector stands in; nothing waits in earnest."""

    fake: FakeYouTube
    faults: Faults
    root: str
    secrets: dict[str, str] = field(default_factory=lambda: {"api_key": KEY})
    at: datetime = datetime(2026, 11, 22, tzinfo=UTC)
    slept: float = 0.0
    within: float = 30.0
    clock: Callable[[], datetime] | None = None
    """Tells the time in place of `at`."""

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)

    def connector(self, settings: Mapping[str, Json] = CHANNEL) -> YouTubeConnector:
        parsed = parse_youtube({"rate": 1000, **settings})
        return YouTubeConnector(SOURCE, parsed, self.surroundings(), self.within)

    def surroundings(self) -> Surroundings:
        return Surroundings(
            MemoryUploads(),
            MemoryFrontier(),
            EVERYTHING,
            now=lambda: self.clock() if self.clock else self.at,
            sleep=self._sleep,
            credentials=self._credentials,
            endpoints=Endpoints(google=self.root, youtube=self.root),
            turns=Turns(lambda: self.slept, self._sleep),
        )

    def asked(self, below: str) -> list[str]:
        """Paths below this that were asked for so far."""
        return [one.path for one in self.faults.requests if one.path.startswith(below)]

    async def _sleep(self, seconds: float) -> None:
        self.slept += seconds

    async def _credentials(self, _: TenantId, __: SourceId) -> Mapping[str, str]:
        return self.secrets


@asynccontextmanager
async def youtube() -> AsyncIterator[World]:
    fake, faults = FakeYouTube(), Faults()
    async with served(fake, faults) as server:
        yield World(fake, faults, server.url(""))


def video_id(name: str) -> str:
    """Make an id of a video out of any name."""
    return urlsafe_b64encode(hashlib.sha256(name.encode()).digest())[:11].decode()


def spoken(document: Document) -> str:
    """Give the words of a document's captions."""
    return " ".join(line for _, line in cues(document))


def cues(document: Document) -> list[tuple[str, str]]:
    """Give the captions of a document, each with when it begins."""
    found = re.findall(r"^([\d:.]+) --> .*\n(.*)$", document.content.decode(), re.MULTILINE)
    return [(start, html.unescape(line)) for start, line in found]
