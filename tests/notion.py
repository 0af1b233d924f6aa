"""A Notion connector over a fake workspace, with what goes wrong between."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from connectors.endpoints import Endpoints
from connectors.model import Json, Source, SourceId, TenantId
from connectors.notion import FEW, NotionConnector
from connectors.notion_settings import parse_notion
from tests.contracts.places import LATER, vendor_surroundings
from tests.faulty import Faults, served
from tests.vendors.notion import Workspace
from tests.vendors.notion_workspace import TOKEN


@dataclass
class NotionWorld:
    workspace: Workspace
    faults: Faults
    url: str
    secrets: dict[str, str] = field(default_factory=lambda: {"token": TOKEN})

    now: Callable[[], datetime] = lambda: LATER

    def connector(self, *, few: int = FEW, **settings: Json) -> NotionConnector:
        source = Source(SourceId("s1"), TenantId("acme"), "notion", "Handbook", settings)
        around = vendor_surroundings(self.secrets, Endpoints(notion=self.url), self.now)
        return NotionConnector(source, parse_notion(settings), around, within=30.0, few=few)

    def ref(self, name: str) -> str:
        return self.workspace.id_of(name)

    def asked(self, since: int = 0) -> list[str]:
        """Give the requests since then."""
        return [f"{one.method} {one.path}" for one in self.faults.requests[since:]]


@asynccontextmanager
async def notion_world() -> AsyncIterator[NotionWorld]:
    workspace, faults = Workspace(), Faults()
    async with served(workspace.answer, faults) as server:
        workspace.base = server.url("")
        yield NotionWorld(workspace, faults, server.url(""))
