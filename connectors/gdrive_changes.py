"""Follow Drive's logs of changes.

A log tells what is now, not what happened, and of a folder that moved, was renamed, shared
or put into the trash it may tell that alone: what lies below is looked after here.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from connectors.errors import CursorExpired, SourceUnavailable
from connectors.failpoint import failpoint
from connectors.gdrive_api import DriveApi
from connectors.gdrive_cursor import Place
from connectors.gdrive_listing import Listing, lost_folder
from connectors.gdrive_model import FOLDER, Change, DriveFile
from connectors.gdrive_settings import DriveSettings
from connectors.gdrive_sift import Sift
from connectors.gdrive_tree import Path, Tree, read, read_all
from connectors.google_errors import GoogleRefused
from connectors.model import Entry, Failure, KnownDocument, Page, Tombstone

Item = Entry | Failure | Tombstone
_AT_ONCE = 200


class Log:
    """Read what changed since a place, and what follows from it."""

    def __init__(
        self,
        settings: DriveSettings,
        api: DriveApi,
        tree: Tree,
        sift: Sift,
        known: Mapping[str, KnownDocument],
    ) -> None:
        self._settings = settings
        self._api = api
        self._tree = tree
        self._sift = sift
        self._paths = read_all(known)
        self._versions = {ref: one.version for ref, one in known.items()}
        self.place: Place | None = None

    async def pages(self, place: Place) -> AsyncIterator[Page]:
        """Read all logs that are left; `place` says afterwards where they end."""
        left = place.left if place.left is not None else tuple(sorted(place.tokens))
        for number, corpus in enumerate(left):
            last = False
            while not last:
                page = await self._api.changes(place.tokens[corpus], corpus)
                failpoint("gdrive.changes")
                changes = [await self._sure(change) for change in page.changes]
                async for items in self._of_folders(changes, place.tokens):
                    yield Page(items, place.cursor())
                items = await self._of_files(changes)
                last = page.last
                place = place.having_read(corpus, page.token, left[number + last :])
                if items:
                    yield Page(items, place.cursor())
        self.place = place.ended()

    async def _sure(self, change: Change) -> Change:
        """Look for what is gone from one log: it may have moved to what another is of."""
        held = change.file_id in self._paths or self._tree.above(change.file_id) is not None
        if change.file is not None or not (held or change.file_id in self._settings.folders):
            return change
        with suppress(GoogleRefused):  # what the log says holds
            return replace(change, file=await self._api.file(change.file_id))
        return change

    async def _of_files(self, changes: Sequence[Change]) -> tuple[Item, ...]:
        items: list[Item] = []
        for change in changes:
            if change.file is None or change.file.media_type != FOLDER:
                items += await self._now(change.file_id, change.file)
        return tuple(items)

    async def _of_folders(
        self, changes: Sequence[Change], corpora: Collection[str]
    ) -> AsyncIterator[tuple[Item, ...]]:
        if any(not change.file_id and change.drive in corpora for change in changes):
            raise CursorExpired("A shared drive itself, or who is in it, changed.")
        folders = [one for one in changes if one.file is None or one.file.media_type == FOLDER]
        before = {one.file_id: self._tree.above(one.file_id) for one in folders}
        for change in folders:
            if change.file is not None:
                self._tree.note(change.file)
        for change in folders:
            async for items in self._of_folder(change, before[change.file_id], corpora):
                failpoint("gdrive.folder")
                yield items

    async def _of_folder(
        self, change: Change, before: Path | None, corpora: Collection[str]
    ) -> AsyncIterator[tuple[Item, ...]]:
        """Look after what lies, or lay, below a folder that changed; `before`: where it lay."""
        folder = change.file
        if change.file_id in self._settings.folders and (folder is None or folder.trashed):
            raise SourceUnavailable(lost_folder(change.file_id))
        if change.file_id in self._settings.folders and folder and folder.drive not in corpora:
            raise CursorExpired("A folder moved to a drive whose log was not followed.")
        listed: set[str] = set()
        if folder is not None and await self._sift.holds_folder(folder):
            listing = Listing(self._api, self._tree, self._sift)
            async for files in listing.below(folder.drive, folder.id):
                listed.update(file.id for file in files)
                yield tuple([item for file in files for item in await self._now(file.id, file)])
        if before is None:
            return  # nothing that we hold lay below it
        lost = [ref for ref, path in self._paths.items() if change.file_id in path]
        for refs in _slices([ref for ref in lost if ref not in listed]):
            yield tuple([item for ref in refs for item in await self._asked(ref)])

    async def _asked(self, ref: str) -> list[Item]:
        try:
            file = await self._api.file(ref)
        except GoogleRefused as error:
            return [Failure(ref, f"Google does not show it: {error}")]
        return await self._now(ref, file)

    async def _now(self, ref: str, file: DriveFile | None) -> list[Item]:
        """Say what has become of a file, unless it was said before."""
        item = await self._sift.item(file) if file is not None else None
        if item is None:
            if ref not in self._paths:
                return []
            del self._paths[ref], self._versions[ref]
            return [Tombstone(ref)]
        if isinstance(item, Entry):
            path = read(item.validators)
            if (self._versions.get(ref), self._paths.get(ref)) == (item.version, path):
                return []
            self._paths[ref], self._versions[ref] = path, item.version
        return [item]


def _slices(refs: Sequence[str]) -> list[Sequence[str]]:
    return [refs[at : at + _AT_ONCE] for at in range(0, len(refs), _AT_ONCE)]
