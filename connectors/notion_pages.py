"""List pages, and read those that changed while doing so: only a page tells its files."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from connectors.errors import DocumentUnreadable
from connectors.model import Entry, Failure, KnownDocument, Tombstone
from connectors.notion_api import NotionApi
from connectors.notion_documents import (
    document_of,
    file_entry,
    is_known,
    is_settled,
    unread_version,
)
from connectors.notion_model import NotionPage, Place
from connectors.notion_reader import read_content
from connectors.notion_scope import Scope
from connectors.notion_settings import NotionSettings

Item = Entry | Tombstone | Failure
Got = TypeVar("Got")
_READ_AT_ONCE = 4
_READ = 16
"""Pages that are read before the first of them is handed on."""


class PageLister:
    """Make entries of pages, each page once."""

    def __init__(
        self,
        api: NotionApi,
        settings: NotionSettings,
        scope: Scope,
        known: Mapping[str, KnownDocument],
        *,
        anew: bool,
    ) -> None:
        """`anew` has what is known read too."""
        self.seen: set[str] = set()
        self.found: dict[str, Place] = {}
        """What stands in pages that were read, and was not listed yet."""
        self._api = api
        self._settings = settings
        self._scope = scope
        self._known = known
        self._anew = anew
        self._gate = asyncio.Semaphore(_READ_AT_ONCE)
        self._files: defaultdict[str, list[KnownDocument]] = defaultdict(list)
        for ref, held in known.items():
            page, _, file = ref.partition("/")
            if file:
                self._files[page].append(held)

    def portions(self, pages: Sequence[NotionPage], since: str) -> Iterator[Sequence[NotionPage]]:
        """Divide what was not listed before into parts with few pages to be read in each."""
        portion: list[NotionPage] = []
        to_read = 0
        for page in pages:
            if page.id in self.seen or page.edited < since:
                continue
            portion.append(page)
            to_read += not self._is_known(page)
            if to_read == _READ:
                yield portion
                portion, to_read = [], 0
        if portion:
            yield portion

    async def items(self, pages: Sequence[NotionPage]) -> tuple[Item, ...]:
        """Give the entries of pages and of the files in them; raises SourceUnavailable."""
        listed = await together(self._of(page) for page in pages)
        return tuple(item for some in listed for item in some)

    async def _of(self, page: NotionPage) -> list[Item]:
        self.seen.add(page.id)
        self.found.pop(page.id, None)
        if page.trashed:
            refs = (page.id, *(file.ref for file in self._files[page.id]))
            return [Tombstone(ref) for ref in refs if ref in self._known]
        try:
            if not await self._scope.holds(page.id, page.parent):
                return []
        except DocumentUnreadable as error:
            return [Failure(page.id, str(error))]
        if self._is_known(page):
            return [Entry(page.id, self._known[page.id].version), *self._files_known(page)]
        async with self._gate:
            return await self._read(page)

    async def _read(self, page: NotionPage) -> list[Item]:
        settled = is_settled(page, self._api.now())
        try:
            content = await read_content(self._api, page.id, with_files=self._settings.files)
            for place in content.below:
                if place.id not in self.seen and place.id not in self._known:
                    self.found[place.id] = place
            document = document_of(page, content, self._settings.max_bytes, settled=settled)
        except DocumentUnreadable:
            # Reading it alone will say why, and be tried again in its time.
            return [Entry(page.id, unread_version(page)), *self._files_known(page)]
        entry = Entry(page.id, document.version, document=document)
        files = (*page.files, *content.files) if self._settings.files else ()
        return [entry, *(file_entry(page.id, file) for file in files)]

    def _files_known(self, page: NotionPage) -> list[Entry]:
        if not self._settings.files:
            return []
        return [Entry(held.ref, held.version) for held in self._files[page.id]]

    def _is_known(self, page: NotionPage) -> bool:
        held = self._known.get(page.id)
        return not self._anew and is_known(page, held.version if held else None, self._api.now())


async def together(tasks: Iterable[Awaitable[Got]]) -> list[Got]:
    """Wait for all of them; the first that fails ends the others, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            begun = [group.create_task(_awaited(one)) for one in tasks]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [one.result() for one in begun]


async def _awaited(one: Awaitable[Got]) -> Got:
    return await one
