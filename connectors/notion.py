"""Documents that are the pages of a Notion workspace, and the files in them.

Refs are ids, which pages keep wherever they move; a file's is `<page>/<block>/<name>`.
A page's version is when it was last edited, which Notion tells to the minute, and what its
properties say; only while a second edit could lie in the same minute, its content too.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

from connectors.errors import CredentialsInvalid, DocumentUnreadable, FetchError
from connectors.http import HttpLimits, WebClient, follow
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
from connectors.notion_api import NotionApi, NotionWorld, open_notion
from connectors.notion_blocks import hosted_file, stands_in
from connectors.notion_documents import document_of, file_document, is_settled, was_read
from connectors.notion_mark import Step, next_mark, read_mark
from connectors.notion_model import HostedFile, NotionPage
from connectors.notion_pages import PageLister
from connectors.notion_reader import read_content
from connectors.notion_refusals import Missing
from connectors.notion_scan import NotionScan
from connectors.notion_scope import Scope
from connectors.notion_settings import NotionSettings
from connectors.politeness import Pace
from connectors.surroundings import Surroundings
from connectors.web_settings import AGENT

FEW = 2_000
"""Documents up to which everything is listed at every scan, for 100 of them are one request."""
_A_DAY = timedelta(hours=24)
_PROPERTY = "prop:"


class NotionConnector:
    """Read what is shared with one integration."""

    def __init__(
        self,
        source: Source,
        settings: NotionSettings,
        surroundings: Surroundings,
        *,
        within: float = 60.0,
        few: int = FEW,
    ) -> None:
        """`within` is how many seconds one answer may take.

        Up to `few` documents, every scan lists everything, so that what went to the trash
        leaves at the next run; above, those that go on from another list what was edited.
        """
        self._source = source
        self._settings = settings
        self._around = surroundings
        self._few = few
        self._world = NotionWorld(
            base_url=surroundings.endpoints.notion,
            pace=Pace(settings.rate, surroundings.turns),
            now=surroundings.now,
            sleep=surroundings.sleep,
            within=within,
        )

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        mark = read_mark(cursor) if cursor else None
        resumed = mark is not None and mark.step is not Step.ENDED
        async with self._notion() as api:
            if mark is None or not resumed:
                await api.let_in()
                every = _A_DAY if len(known) > self._few else timedelta(0)
                mark = next_mark(mark, api.now(), every)
            scope = Scope(api, self._settings.roots)
            lister = PageLister(api, self._settings, scope, known, anew=mark.anew)
            scan = NotionScan(api, lister, scope, self._settings.roots, known, mark, resumed)
            async for step in scan.steps():
                yield step

    async def fetch(self, entry: Entry) -> Document:
        page_ref, _, file_ref = entry.ref.partition("/")
        async with self._notion() as api:
            page = await _there(api, page_ref)
            if file_ref:
                return await self._fetch_file(api, page, entry.ref)
            settled = was_read(entry) and is_settled(page, api.now())
            content = await read_content(api, page.id, with_files=False)
            return document_of(page, content, self._settings.max_bytes, settled=settled)

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        said: dict[str, Presence] = {}
        pages: dict[str, Presence] = {}
        async with self._notion() as api:
            scope = Scope(api, self._settings.roots)
            for ref in refs:
                page = ref.partition("/")[0]
                if page not in pages:
                    pages[page] = await self._presence(api, scope, page)
                said[ref] = pages[page]
                if ref != page and pages[page] is Presence.PRESENT:
                    said[ref] = await self._file_presence(api, page, ref)
            # An integration that was revoked would see nothing anywhere.
            await api.let_in()
        return said

    def _notion(self) -> AbstractAsyncContextManager[NotionApi]:
        return _opened(self._token, self._world)

    async def _token(self) -> str:
        held = await self._around.credentials(self._source.tenant, self._source.id)
        token = held.get("token", "").strip()
        if not token:
            raise CredentialsInvalid(
                "The source has no credential 'token': give it the secret of a Notion "
                "integration that its pages are shared with."
            )
        return token

    async def _presence(self, api: NotionApi, scope: Scope, ref: str) -> Presence:
        try:
            page = await api.page(ref)
        except Missing:
            return await _unshared(api, ref)
        except DocumentUnreadable:
            return Presence.UNKNOWN
        if page.trashed or await scope.in_trash(page):
            return Presence.GONE
        try:
            held = await scope.holds(page.id, page.parent)
        except DocumentUnreadable:
            return Presence.UNKNOWN
        return Presence.PRESENT if held else Presence.GONE

    async def _file_presence(self, api: NotionApi, page: str, ref: str) -> Presence:
        if not self._settings.files:
            return Presence.GONE
        try:
            await _file(api, await api.page(page), ref)
        except Missing:
            return Presence.GONE
        except DocumentUnreadable:
            return Presence.UNKNOWN
        return Presence.PRESENT

    async def _fetch_file(self, api: NotionApi, page: NotionPage, ref: str) -> Document:
        file = await _file(api, page, ref)
        own = urlsplit(self._world.base_url)
        limits = HttpLimits(max_bytes=self._settings.max_bytes, total_s=600.0)

        def may_be_private(host: str, port: int) -> bool:
            return (host, port) == (own.hostname, own.port)

        try:
            async with WebClient(AGENT, may_be_private=may_be_private, limits=limits) as client:
                reply = (await follow(client, file.address, {})).reply
        except FetchError as error:
            # Its address holds a signature: it is no message for people.
            kind = type(error).__name__
            raise DocumentUnreadable(f"The file could not be downloaded ({kind}).") from error
        if reply.status != 200:
            raise DocumentUnreadable(f"The file could not be downloaded (HTTP {reply.status}).")
        return file_document(page, file, reply)


@asynccontextmanager
async def _opened(
    token: Callable[[], Awaitable[str]], world: NotionWorld
) -> AsyncIterator[NotionApi]:
    async with open_notion(await token(), world) as api:
        yield api


async def _there(api: NotionApi, ref: str) -> NotionPage:
    page = await api.page(ref)
    if page.trashed:
        raise Missing("It was moved to the trash after it was listed.")
    return page


async def _file(api: NotionApi, page: NotionPage, ref: str) -> HostedFile:
    """Find a file with an address that is fresh; raises Missing."""
    owner = ref.split("/")[1]
    files: Sequence[HostedFile] = page.files
    if not owner.startswith(_PROPERTY):
        block = await api.block(owner)
        kept = hosted_file(block) if await stands_in(api, block, page.id) else None
        files = (kept,) if kept else ()
    found = next((file for file in files if file.ref(page.id) == ref), None)
    if found is None:
        raise Missing("The file was taken out of its page after it was listed.")
    return found


async def _unshared(api: NotionApi, ref: str) -> Presence:
    """Say whether a page that is not to be had is not to be had as a block either."""
    try:
        await api.block(ref)
    except Missing:
        return Presence.GONE
    except DocumentUnreadable:
        return Presence.UNKNOWN
    return Presence.UNKNOWN
