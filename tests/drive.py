"""A `gdrive` source over the fake, where nobody waits in earnest."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.endpoints import Endpoints
from connectors.gdrive import DriveConnector
from connectors.gdrive_settings import parse_drive
from connectors.model import Json, Source, SourceId, TenantId
from connectors.politeness import Turns
from connectors.surroundings import EVERYTHING, Surroundings
from tests.fakes import MemoryUploads
from tests.faulty import Faults, served
from tests.frontier import MemoryFrontier
from tests.vendors.drive import Drive
from tests.vendors.drive_api import DriveApi
from tests.vendors.google import service_account
from tests.waiting import Waits

SOURCE = Source(SourceId("s"), TenantId("acme"), "gdrive", "Handbook", {})


@dataclass
class DriveWorld:
    """What a connector stands in."""

    drive: Drive
    api: DriveApi
    faults: Faults
    secrets: dict[str, str] = field(default_factory=lambda: {"service_account": service_account()})
    waits: Waits = field(default_factory=Waits)
    now: Callable[[], datetime] = lambda: datetime(2100, 1, 1, tzinfo=UTC)
    page_size: int = 1000
    within: float = 30.0

    def connector(self, **settings: Json) -> DriveConnector:
        parsed = parse_drive({"rate": 1000, **settings})
        return DriveConnector(SOURCE, parsed, self._surroundings(), self.page_size, self.within)

    def asked(self, *below: str) -> list[str]:
        """Methods and paths, without queries, that were asked for since it was last said."""
        told = [f"{one.method} {one.path.partition('?')[0]}" for one in self.faults.requests]
        self.faults.requests.clear()
        return [one for one in told if not below or any(part in one for part in below)]

    def _surroundings(self) -> Surroundings:
        root = self.api.root
        return Surroundings(
            MemoryUploads(),
            MemoryFrontier(),
            EVERYTHING,
            now=self.now,
            sleep=self.waits.sleep,
            credentials=self._credentials,
            endpoints=Endpoints(google=root, google_token=f"{root}/token"),
            turns=Turns(self.waits.monotonic, self.waits.sleep),
        )

    async def _credentials(self, _: TenantId, __: SourceId) -> Mapping[str, str]:
        return dict(self.secrets)


@asynccontextmanager
async def drive_world() -> AsyncIterator[DriveWorld]:
    drive, faults = Drive(), Faults()
    api = DriveApi(drive)
    async with served(api, faults) as server:
        api.root = server.url("")
        yield DriveWorld(drive, api, faults)
