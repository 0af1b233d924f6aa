"""Places that documents come from, as the drivers change them; a kind more is a function more."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from connectors.model import Json, SourceId, TenantId, Upload
from connectors.port import UploadStore
from tests.faulty import Faults, served
from tests.hostile_server import HostileServer, fresh, page, serving
from tests.soak.pages import Telling, Told
from tests.vendors.drive import Drive, file_id
from tests.vendors.drive_api import DriveApi
from tests.vendors.google import service_account
from tests.vendors.notion import Workspace
from tests.vendors.notion_workspace import TOKEN
from tests.youtube import CHANNEL, video_id, youtube


class World(Protocol):
    """One source that can be told what to hold."""

    kind: str
    calls: str
    """The failpoint that is passed at each request; "" where `asked` counts them."""
    a_page: int
    """Documents of a page of its scans."""
    secrets: Mapping[str, str]
    endpoints: Mapping[str, str]
    """Fields of Endpoints."""

    @property
    def settings(self) -> Mapping[str, Json]:
        """What the source is set to."""
        ...

    async def become(self, telling: Telling, uploads: UploadStore) -> None:
        """Hold exactly these documents; what is the same stays untouched."""
        ...

    def ref(self, name: str) -> str:
        """Give the ref of a document."""
        ...

    def asked(self) -> int:
        """Give how many requests there were since this was asked last."""
        ...


@dataclass
class Folder:
    """A folder of Markdown files."""

    path: Path
    kind: str = "files"
    calls: str = "files.fetch"
    a_page: int = 64
    secrets: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Mapping[str, Json]:
        return {"path": str(self.path)}

    async def become(self, telling: Telling, uploads: UploadStore) -> None:
        self.path.mkdir(exist_ok=True)
        wanted = {self.ref(name): markdown(told) for name, told in telling.items()}
        for file in self.path.iterdir():
            if file.name not in wanted:
                file.unlink()
        for ref, text in wanted.items():
            file = self.path / ref
            if not file.exists() or file.read_text() != text:
                file.write_text(text)

    def ref(self, name: str) -> str:
        return f"{name}.md"

    def asked(self) -> int:
        return 0


@dataclass
class Pushed:
    """Documents that are pushed to us."""

    tenant: TenantId
    source: SourceId
    kind: str = "upload"
    calls: str = "upload.fetch"
    a_page: int = 64
    secrets: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Mapping[str, Json]:
        return {}

    async def become(self, telling: Telling, uploads: UploadStore) -> None:
        held = await uploads.list_uploads(self.tenant, self.source, 0, 10_000)
        there = {push.ref: push.upload.version for push in held if push.upload}
        wanted = {self.ref(name): markdown(told).encode() for name, told in telling.items()}
        for ref in there.keys() - wanted.keys():
            await uploads.remove_upload(self.tenant, self.source, ref)
        for ref, content in wanted.items():
            version = hashlib.sha256(content).hexdigest()
            if there.get(ref) != version:
                upload = Upload(ref, version, "text/markdown", "", "", None, NOBODY, NOBODY)
                await uploads.put_upload(self.tenant, self.source, upload, content)

    def ref(self, name: str) -> str:
        return f"{name}.md"

    def asked(self) -> int:
        return 0


@dataclass
class Website:
    """Pages behind a server on the loopback address."""

    server: HostileServer
    kind: str = "web"
    calls: str = ""
    a_page: int = 16
    secrets: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Mapping[str, Json]:
        return {
            "start": self.server.url("/"),
            "allow_private": True,
            "rate": 1000,
            "render": "never",
        }

    async def become(self, telling: Telling, uploads: UploadStore) -> None:
        self.server.routes.clear()
        for name, told in telling.items():
            text = html(told)
            etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:12]}"'
            self.server.routes[f"/{name}"] = fresh(text, etag, {"content-type": "text/html"})
        links = "".join(f'<p><a href="/{name}">{name}</a></p>' for name in sorted(telling))
        noindex = '<meta name="robots" content="noindex">'
        self.server.routes["/"] = page(f"<html><head>{noindex}</head><body>{links}</body></html>")

    def ref(self, name: str) -> str:
        return self.server.url(f"/{name}")

    def asked(self) -> int:
        count = len(self.server.requests)
        self.server.requests.clear()
        return count


@dataclass
class Vendor:
    """What stands behind a vendor's fake server."""

    kind: str
    settings: Mapping[str, Json]
    secrets: Mapping[str, str]
    endpoints: Mapping[str, str]
    put: Callable[[str, Told], object]
    remove: Callable[[str], object]
    ref: Callable[[str], str]
    faults: Faults
    a_page: int
    calls: str = ""
    holds: dict[str, Told] = field(default_factory=dict)

    async def become(self, telling: Telling, uploads: UploadStore) -> None:
        for name in self.holds.keys() - telling.keys():
            self.remove(name)
        for name, told in telling.items():
            if self.holds.get(name) != told:
                self.put(name, told)
        self.holds = dict(telling)

    def asked(self) -> int:
        count = len(self.faults.requests)
        self.faults.requests.clear()
        return count


def markdown(told: Told) -> str:
    """Write a version as Markdown."""
    return "".join(f"## Part {at}\n\n{text}\n\n" for at, text in enumerate(told.paragraphs))


def html(told: Told) -> str:
    """Write a version as HTML."""
    parts = "".join(f"<h2>Part {at}</h2><p>{text}</p>" for at, text in enumerate(told.paragraphs))
    return f"<html><head><title>{told.name}</title></head><body>{parts}</body></html>"


@asynccontextmanager
async def folder(place: Path) -> AsyncIterator[World]:
    """Open a folder."""
    yield Folder(place / "pages")


@asynccontextmanager
async def pushed(place: Path) -> AsyncIterator[World]:
    """Open a source that is pushed to."""
    yield Pushed(TENANT, SOURCE)


@asynccontextmanager
async def website(place: Path) -> AsyncIterator[World]:
    """Serve a website."""
    async with serving({}) as server:
        yield Website(server)


@asynccontextmanager
async def drive(_: Path) -> AsyncIterator[World]:
    """Serve My Drive of a service account."""
    made, faults = Drive(), Faults()
    api = DriveApi(made)
    async with served(api, faults) as server:
        api.root = server.url("")
        yield Vendor(
            kind="gdrive",
            settings={"rate": 1000},
            secrets={"service_account": service_account()},
            endpoints={"google": api.root, "google_token": f"{api.root}/token"},
            put=lambda name, told: made.put(file_id(name), "\n\n".join(told.paragraphs), name),
            remove=lambda name: made.delete(file_id(name)),
            ref=file_id,
            faults=faults,
            a_page=100,
        )


@asynccontextmanager
async def notion(_: Path) -> AsyncIterator[World]:
    """Serve a workspace."""
    workspace, faults = Workspace(), Faults()
    async with served(workspace.answer, faults) as server:
        workspace.base = server.url("")
        yield Vendor(
            kind="notion",
            settings={"rate": 100},
            secrets={"token": TOKEN},
            endpoints={"notion": server.url("")},
            put=lambda name, told: workspace.put(name, *told.paragraphs),
            remove=workspace.trash,
            ref=workspace.id_of,
            faults=faults,
            a_page=100,
        )


@asynccontextmanager
async def videos(_: Path) -> AsyncIterator[World]:
    """Serve a channel."""
    async with youtube() as world:
        yield Vendor(
            kind="youtube",
            settings=CHANNEL,
            secrets=world.secrets,
            endpoints={"google": world.root, "youtube": world.root},
            put=lambda name, told: world.fake.put(video_id(name), " ".join(told.paragraphs)),
            remove=lambda name: world.fake.remove(video_id(name)),
            ref=video_id,
            faults=world.faults,
            a_page=50,
        )


TENANT, SOURCE = TenantId("acme"), SourceId("s")
NOBODY: frozenset[str] = frozenset()
OpenWorld = Callable[[Path], AbstractAsyncContextManager[World]]
WORLDS: Mapping[str, OpenWorld] = {
    "files": folder,
    "upload": pushed,
    "web": website,
    "gdrive": drive,
    "notion": notion,
    "youtube": videos,
}
