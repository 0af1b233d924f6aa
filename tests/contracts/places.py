"""Sources that the connectors' contract is tried on, each with what changes it."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from connectors.endpoints import Endpoints
from connectors.gdrive import DriveConnector
from connectors.gdrive_settings import parse_drive
from connectors.model import (
    Completeness,
    Cursor,
    Document,
    Entry,
    Failure,
    KnownDocument,
    Page,
    Presence,
    Source,
    SourceId,
    TenantId,
    Tombstone,
    Upload,
)
from connectors.notion import NotionConnector
from connectors.notion_settings import parse_notion
from connectors.politeness import Turns
from connectors.port import Connector
from connectors.registry import open_connector
from connectors.surroundings import EVERYTHING, Surroundings
from tests.fakes import MemoryUploads
from tests.faulty import Faults, served
from tests.frontier import MemoryFrontier
from tests.site import website
from tests.vendors.drive import Drive, file_id
from tests.vendors.drive_api import DriveApi
from tests.vendors.google import service_account
from tests.vendors.notion import Workspace
from tests.vendors.notion_workspace import TOKEN
from tests.waiting import Waits
from tests.youtube import spoken, video_id, youtube

LATER = datetime(2100, 1, 1, tzinfo=UTC)
PATIENT_S, HASTY_S = 30.0, 1.0


@dataclass(frozen=True)
class Place:
    """A source that a test can change, and the connector that reads it."""

    connector: Connector
    put: Callable[[str, str], Awaitable[None]]
    """Make a document of this name say this, and nothing else."""
    remove: Callable[[str], Awaitable[None]]
    ref: Callable[[str], str] = str
    """Gives the ref of a document by its name."""
    says: Callable[[Document], str] = lambda document: document.content.decode()
    """Gives what a fetched document says, as it was put."""
    hasty: Connector | None = None
    """The same connector, giving an answer up after a second; where it gives up at all."""
    faults: Faults | None = None
    """What stands between, where documents come over the network."""
    pages: int = 3
    """On how many pages at least `MANY` documents are listed."""
    revoke: Callable[[], Awaitable[None]] | None = None
    """Have the credentials refused from now on."""


@asynccontextmanager
async def folder(tmp_path: Path) -> AsyncIterator[Place]:
    async def put(ref: str, content: str) -> None:
        path = tmp_path / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    async def remove(ref: str) -> None:
        (tmp_path / ref).unlink()

    source = _source("files", {"path": str(tmp_path)})
    around = Surroundings(MemoryUploads(), MemoryFrontier(), EVERYTHING, now=lambda: LATER)
    yield Place(open_connector(source, around), put, remove)


@asynccontextmanager
async def uploads(_: Path) -> AsyncIterator[Place]:
    store = MemoryUploads()
    source = _source("upload", {})

    async def put(ref: str, said: str) -> None:
        content = said.encode()
        version = hashlib.sha256(content).hexdigest()
        upload = Upload(ref, version, "text/plain", "", "", None, frozenset(), frozenset())
        await store.put_upload(source.tenant, source.id, upload, content)

    async def remove(ref: str) -> None:
        await store.remove_upload(source.tenant, source.id, ref)

    around = Surroundings(store, MemoryFrontier(), EVERYTHING)
    yield Place(open_connector(source, around), put, remove)


@asynccontextmanager
async def site(_: Path) -> AsyncIterator[Place]:
    async with website({}) as served:

        async def put(ref: str, content: str) -> None:
            served.put(f"/{ref}", content, {"content-type": "text/plain"})

        async def remove(ref: str) -> None:
            served.remove(f"/{ref}")

        yield Place(_Below(served.url("/"), served.connector()), put, remove)


class _Below:
    """Calls the pages of a site by their paths, as the tests do."""

    def __init__(self, root: str, connector: Connector) -> None:
        self._root = root
        self._connector = connector

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        held = {self._root + ref: replace(one, ref=self._root + ref) for ref, one in known.items()}
        async for step in self._connector.scan(cursor, held):
            if isinstance(step, Page):
                step = Page(tuple(map(self._short, step.items)), step.cursor)
            yield step

    async def fetch(self, entry: Entry) -> Document:
        document = await self._connector.fetch(replace(entry, ref=self._root + entry.ref))
        return replace(document, ref=entry.ref)

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        said = await self._connector.confirm_gone([self._root + ref for ref in refs])
        return {ref.removeprefix(self._root): presence for ref, presence in said.items()}

    def _short(self, item: Entry | Tombstone | Failure) -> Entry | Tombstone | Failure:
        return replace(item, ref=item.ref.removeprefix(self._root))


@asynccontextmanager
async def drive(_: Path) -> AsyncIterator[Place]:
    """My Drive of a service account."""
    made, faults = Drive(), Faults()
    api = DriveApi(made)
    async with served(api, faults) as server:
        api.root = server.url("")

        async def put(name: str, content: str) -> None:
            made.put(file_id(name), content, name)

        async def remove(name: str) -> None:
            made.delete(file_id(name))

        async def revoke() -> None:
            made.tokens.revoke()

        endpoints = Endpoints(google=api.root, google_token=f"{api.root}/token")
        around = vendor_surroundings({"service_account": service_account()}, endpoints)
        settings = parse_drive({"rate": 1000})
        source = _source("gdrive", {})
        connector, hasty = (
            DriveConnector(source, settings, around, page_size=50, within=within)
            for within in (PATIENT_S, HASTY_S)
        )
        yield Place(connector, put, remove, file_id, hasty=hasty, faults=faults, revoke=revoke)


@asynccontextmanager
async def videos(_: Path) -> AsyncIterator[Place]:
    """A channel: to put a name is to cut its video anew, with captions that say so."""
    async with youtube() as world:
        world.at = LATER
        hasty = replace(world, within=HASTY_S)

        async def put(name: str, said: str) -> None:
            world.fake.put(video_id(name), said)

        async def remove(name: str) -> None:
            world.fake.remove(video_id(name))

        async def revoke() -> None:
            world.fake.data.revoked = True

        yield Place(
            world.connector(),
            put,
            remove,
            video_id,
            spoken,
            hasty.connector(),
            world.faults,
            revoke=revoke,
        )


@asynccontextmanager
async def notion(_: Path) -> AsyncIterator[Place]:
    workspace, faults = Workspace(), Faults()
    async with served(workspace.answer, faults) as server:
        workspace.base = server.url("")

        async def put(name: str, content: str) -> None:
            workspace.put(name, content)

        async def remove(name: str) -> None:
            workspace.trash(name)

        async def revoke() -> None:
            workspace.revoke()

        around = vendor_surroundings({"token": TOKEN}, Endpoints(notion=server.url("")))
        source = _source("notion", {})
        connector, hasty = (
            NotionConnector(source, parse_notion({}), around, within=within)
            for within in (PATIENT_S, HASTY_S)
        )
        yield Place(
            connector,
            put,
            remove,
            ref=workspace.id_of,
            hasty=hasty,
            faults=faults,
            revoke=revoke,
        )


def vendor_surroundings(
    secrets: Mapping[str, str], endpoints: Endpoints, now: Callable[[], datetime] = lambda: LATER
) -> Surroundings:
    """Give what a vendor's connector needs, where nobody waits in earnest."""
    waits = Waits()

    async def credentials(_: TenantId, __: SourceId) -> Mapping[str, str]:
        return secrets

    return Surroundings(
        MemoryUploads(),
        MemoryFrontier(),
        EVERYTHING,
        now=now,
        sleep=waits.sleep,
        credentials=credentials,
        endpoints=endpoints,
        turns=Turns(waits.monotonic, waits.sleep),
    )


def _source(kind: str, settings: Mapping[str, str]) -> Source:
    return Source(SourceId("s1"), TenantId("acme"), kind, "Handbook", dict(settings))


Make = Callable[[Path], AbstractAsyncContextManager[Place]]

VENDORS: tuple[Make, ...] = (drive, notion, videos)
"""Those that stand behind a fake of their vendor's server, with `faults` and `revoke`."""
PLACES: tuple[Make, ...] = (folder, uploads, site, *VENDORS)
