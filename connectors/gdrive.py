"""Documents in Google Drive.

A first scan takes the place in each log of changes, then lists; every other reads the logs.
Refs are file ids, which neither renaming nor moving changes.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from connectors.errors import CursorExpired, DocumentUnreadable, SourceUnavailable
from connectors.failpoint import failpoint
from connectors.gdrive_access import Readers
from connectors.gdrive_api import PAGE, DriveApi
from connectors.gdrive_changes import Log
from connectors.gdrive_content import GONE, Broken, Content, ContentReader
from connectors.gdrive_cursor import Place, read_place, scope_of
from connectors.gdrive_formats import version_of
from connectors.gdrive_listing import Listing, Range, ranges_of, tokens_of
from connectors.gdrive_model import USER, DriveFile
from connectors.gdrive_settings import DriveSettings
from connectors.gdrive_sift import Sift
from connectors.gdrive_tree import Tree, read_all
from connectors.google_api import GoogleWorld, service
from connectors.google_consent import SCOPES
from connectors.google_credentials import Access, access_of
from connectors.google_errors import GoogleRefused
from connectors.google_line import GoogleLine
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

(SCOPE,) = SCOPES["gdrive"]
_TRIES = 3
_BROKEN = "Its bytes are not those that its checksum is of, three times."


class DriveConnector:
    """Read folders, shared drives and My Drive."""

    def __init__(
        self,
        source: Source,
        settings: DriveSettings,
        world: Surroundings,
        page_size: int = PAGE,
        within: float = 60.0,
    ) -> None:
        """`within` is the seconds that one answer may take."""
        self._source = source
        self._settings = settings
        self._world = world
        self._page_size = page_size
        pace = Pace(settings.rate, world.turns)
        self._line = GoogleLine(GoogleWorld(world.endpoints, pace, world.now, world.sleep, within))
        self._scope = scope_of(settings)
        self._writes = service("drive", "v3", f"{world.endpoints.google}/drive/v3/")
        self._access: tuple[Mapping[str, str], Access] | None = None

    async def scan(
        self, cursor: Cursor | None, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        place = read_place(cursor, self._scope) if cursor is not None else None
        async with self._asking() as api:
            if place is None or place.at is not None:
                steps = self._full(api, place)
            else:
                steps = self._incremental(api, place, known)
            try:
                async for step in steps:
                    yield step
            except GoogleRefused as error:
                raise SourceUnavailable(f"Google refuses to list it: {error}") from error

    async def fetch(self, entry: Entry) -> Document:
        async with self._asking() as api:
            for _ in range(_TRIES):
                file = await self._there(api, entry.ref)
                readers = self._readers(api, Tree(api))
                access = await readers.of(file)
                try:
                    content = await ContentReader(
                        api, self._settings.max_bytes, self._world.sleep
                    ).read(file)
                except Broken:
                    continue
                except DocumentUnreadable as error:
                    raise DocumentUnreadable(str(error), access=access or frozenset()) from error
                return self._document(file, content, access)
        raise DocumentUnreadable(_BROKEN, access=access or frozenset())

    async def confirm_gone(self, refs: Sequence[str]) -> Mapping[str, Presence]:
        async with self._asking() as api:
            # Who is let in nowhere would take everything for gone.
            try:
                await api.prove()
            except GoogleRefused as error:
                raise SourceUnavailable(f"Google does not let us in: {error}") from error
            tree = Tree(api)
            sift = Sift(self._settings, tree, self._readers(api, tree), self._world.now)
            return {ref: await _presence(api, sift, ref) for ref in refs}

    async def _full(self, api: DriveApi, place: Place | None) -> AsyncIterator[Page | Completeness]:
        tree = Tree(api)
        sift = Sift(self._settings, tree, self._readers(api, tree), self._world.now)
        ranges = await self._ranges(api, tree, place)
        if place is None:
            place = Place(self._scope, await tokens_of(api, ranges))
            failpoint("gdrive.tokens")
        listing = Listing(api, tree, sift)
        async for page in listing.pages(ranges, place):
            yield page
        notes = ["Google did not search everything."] if listing.incomplete else []
        if sift.astray:
            notes.append(f"{sift.astray} shortcuts were not followed: {_SHORTCUTS}")
        yield Completeness(not listing.incomplete, place.ended().cursor(), tuple(notes))

    async def _ranges(self, api: DriveApi, tree: Tree, place: Place | None) -> list[Range]:
        drives = self._settings.shared_drives
        if self._settings.all_drives:
            drives = await api.drives()
        corpora = [*([USER] if self._settings.my_drive else []), *sorted(drives)]
        ranges = await ranges_of(tree, self._settings.folders, corpora)
        if place is not None and {one.corpus for one in ranges} != place.tokens.keys():
            raise CursorExpired("Other drives are to be read than when the listing began.")
        return ranges

    async def _incremental(
        self, api: DriveApi, place: Place, known: Mapping[str, KnownDocument]
    ) -> AsyncIterator[Page | Completeness]:
        if self._settings.all_drives and place.left is None:
            new = set(await api.drives()) - place.tokens.keys()
            if new:
                raise CursorExpired(f"There are shared drives to read anew: {len(new)}.")
        tree = Tree(api, read_all(known).values())
        sift = Sift(self._settings, tree, self._readers(api, tree), self._world.now)
        log = Log(self._settings, api, tree, sift, known)
        async for page in log.pages(place):
            yield page
        ended = log.place or place.ended()
        yield Completeness(enumerates_all=False, cursor=ended.cursor())

    async def _there(self, api: DriveApi, ref: str) -> DriveFile:
        try:
            file = await api.file(ref)
        except GoogleRefused as error:
            raise DocumentUnreadable(f"Google does not show it: {error}") from error
        if file is None or file.trashed:
            raise DocumentUnreadable(GONE)
        return file

    def _document(
        self, file: DriveFile, content: Content, access: frozenset[str] | None
    ) -> Document:
        return Document(
            anchored=False,
            ref=file.id,
            version=version_of(file, access, self._world.now()),
            media_type=content.media_type,
            content=content.content,
            title=file.name,
            url=file.link,
            changed_at=file.modified_at,
            access=access or frozenset(),
        )

    def _readers(self, api: DriveApi, tree: Tree) -> Readers:
        return Readers(api, tree, self._world.now, wanted=self._settings.permissions)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[DriveApi]:
        async with self._line.asking(await self._let_in()) as api:
            root = self._world.endpoints.google
            yield DriveApi(api, self._writes, root, self._page_size)

    async def _let_in(self) -> Access:
        """Keep the tokens of credentials for as long as these are the same."""
        secrets = await self._world.credentials(self._source.tenant, self._source.id)
        if self._access is None or self._access[0] != secrets:
            token_url = self._world.endpoints.google_token
            access = access_of(secrets, SCOPE, token_url, self._settings.subject)
            self._access = (secrets, access)
        return self._access[1]


_SHORTCUTS = "what they lead to is read where it lies, if that is among what is read."


async def _presence(api: DriveApi, sift: Sift, ref: str) -> Presence:
    try:
        file = await api.file(ref)
        there = file is not None and await sift.item(file) is not None
    except GoogleRefused:
        return Presence.UNKNOWN
    return Presence.PRESENT if there else Presence.GONE
